-- One row per memory: the newest version, or the tombstone that it left.
CREATE TABLE IF NOT EXISTS MEMORY_RECORDS (
    ID              VARCHAR(36)   NOT NULL,
    TYPE            VARCHAR(16)   NOT NULL,
    SCHEMA_VERSION  INTEGER       NOT NULL,
    VERSION         INTEGER       NOT NULL,
    TITLE           VARCHAR,
    CONTENT         VARIANT,
    METADATA        VARIANT,
    TAGS            ARRAY,
    SOURCE          VARCHAR(64),
    EXTERNAL_ID     VARCHAR(255),
    OWNER_ID        INTEGER,
    OWNER_EMAIL     VARCHAR(254),
    ACL             ARRAY,
    OCCURRED_AT     TIMESTAMP_TZ,
    CREATED_AT      TIMESTAMP_TZ,
    UPDATED_AT      TIMESTAMP_TZ,
    EXPIRES_AT      TIMESTAMP_TZ,
    DELETED_AT      TIMESTAMP_TZ,
    SEARCH_TEXT     VARCHAR
);
