-- One row per access, as PostgreSQL has it; what it says of people, in ciphertext alone.
CREATE TABLE IF NOT EXISTS MEMORY_AUDIT_LOG (
    SEQ                 INTEGER       NOT NULL,
    OCCURRED_AT         TIMESTAMP_TZ  NOT NULL,
    ACTOR_ID            INTEGER,
    ACTOR_SUBJECT       VARCHAR(36)   NOT NULL,
    ACTOR_CIPHERTEXT    VARCHAR       NOT NULL,
    BEHALF_SUBJECT      VARCHAR(36),
    BEHALF_CIPHERTEXT   VARCHAR,
    ROLE                VARCHAR(16)   NOT NULL,
    CHANNEL             VARCHAR(16)   NOT NULL,
    ACTION              VARCHAR(32)   NOT NULL,
    MEMORY_IDS          ARRAY,
    MEMORY_COUNT        INTEGER       NOT NULL,
    MEMORY_DIGEST       VARCHAR(64),
    OUTCOME             VARCHAR(8)    NOT NULL,
    REASON              VARCHAR(255),
    RETURNED            INTEGER       NOT NULL,
    QUERY_DIGEST        VARCHAR(64),
    REQUEST_ID          VARCHAR(64)
);

-- The signed head of every block, where whoever rewrites PostgreSQL does not reach it.
CREATE TABLE IF NOT EXISTS MEMORY_AUDIT_HEADS (
    NUMBER              INTEGER       NOT NULL,
    PREVIOUS            VARCHAR(64)   NOT NULL,
    HASH                VARCHAR(64)   NOT NULL,
    SIGNATURE           VARCHAR(128)  NOT NULL,
    KEY_ID              VARCHAR(16)   NOT NULL,
    SEALED_AT           TIMESTAMP_TZ  NOT NULL,
    HEADER              VARIANT       NOT NULL
);
