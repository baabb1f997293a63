"""Snowflake: the only module that knows the connector.

A batch of journal entries becomes one NDJSON file, PUT to the table's own stage,
copied into a staging table and merged by version, and within a version by its last
update, so that the same batch twice, or two batches in the wrong order, end in the same
rows.
"""

import json
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from snowflake import connector
from snowflake.connector import SnowflakeConnection
from snowflake.connector.errors import Error as ConnectorError

DDL = Path(__file__).parent / "ddl"
_SECONDS_TO_SIGN_IN, _SECONDS_TO_ANSWER = 15, 60

_COLUMNS = {
    "ID": "V:id::VARCHAR",
    "TYPE": "V:type::VARCHAR",
    "SCHEMA_VERSION": "V:schema_version::INTEGER",
    "VERSION": "V:version::INTEGER",
    "TITLE": "V:title::VARCHAR",
    "CONTENT": "V:content",
    "METADATA": "V:metadata",
    "TAGS": "V:tags::ARRAY",
    "SOURCE": "V:source::VARCHAR",
    "EXTERNAL_ID": "V:external_id::VARCHAR",
    "OWNER_ID": "V:owner_id::INTEGER",
    "OWNER_EMAIL": "V:owner_email::VARCHAR",
    "ACL": "V:acl::ARRAY",
    "OCCURRED_AT": "V:occurred_at::VARCHAR::TIMESTAMP_TZ",
    "CREATED_AT": "V:created_at::VARCHAR::TIMESTAMP_TZ",
    "UPDATED_AT": "V:updated_at::VARCHAR::TIMESTAMP_TZ",
    "EXPIRES_AT": "V:expires_at::VARCHAR::TIMESTAMP_TZ",
    "DELETED_AT": "V:deleted_at::VARCHAR::TIMESTAMP_TZ",
    "SEARCH_TEXT": "V:search_text::VARCHAR",
}

_AUDIT_COLUMNS = {
    "SEQ": "V:seq::INTEGER",
    "OCCURRED_AT": "V:at::VARCHAR::TIMESTAMP_TZ",
    "ACTOR_ID": "V:actor_id::INTEGER",
    "ACTOR_SUBJECT": "V:actor_subject::VARCHAR",
    "ACTOR_CIPHERTEXT": "V:actor_ciphertext::VARCHAR",
    "BEHALF_SUBJECT": "V:behalf_subject::VARCHAR",
    "BEHALF_CIPHERTEXT": "V:behalf_ciphertext::VARCHAR",
    "ROLE": "V:role::VARCHAR",
    "CHANNEL": "V:channel::VARCHAR",
    "ACTION": "V:action::VARCHAR",
    "MEMORY_IDS": "V:memory_ids::ARRAY",
    "MEMORY_COUNT": "V:memory_count::INTEGER",
    "MEMORY_DIGEST": "V:memory_digest::VARCHAR",
    "OUTCOME": "V:outcome::VARCHAR",
    "REASON": "V:reason::VARCHAR",
    "RETURNED": "V:returned::INTEGER",
    "QUERY_DIGEST": "V:query_digest::VARCHAR",
    "REQUEST_ID": "V:request_id::VARCHAR",
}
_HEAD_COLUMNS = {
    "NUMBER": "V:number::INTEGER",
    "PREVIOUS": "V:previous::VARCHAR",
    "HASH": "V:hash::VARCHAR",
    "SIGNATURE": "V:signature::VARCHAR",
    "KEY_ID": "V:key_id::VARCHAR",
    "SEALED_AT": "V:sealed_at::VARCHAR::TIMESTAMP_TZ",
    "HEADER": "V",
}

_NAMES = ", ".join(_COLUMNS)
_NEWEST_OF_BATCH = (
    "CREATE OR REPLACE TEMPORARY TABLE MEMORY_BATCH AS SELECT "
    + ", ".join(f"{sql} AS {name}" for name, sql in _COLUMNS.items())
    + " FROM MEMORY_STAGE "
    "QUALIFY ROW_NUMBER() "
    "OVER (PARTITION BY ID ORDER BY VERSION DESC, UPDATED_AT DESC) = 1"
)
_MERGE = (
    "MERGE INTO MEMORY_RECORDS T USING MEMORY_BATCH S ON T.ID = S.ID "
    "WHEN MATCHED AND (S.VERSION > T.VERSION "
    "OR (S.VERSION = T.VERSION AND S.UPDATED_AT > T.UPDATED_AT)) THEN UPDATE SET "
    + ", ".join(f"{name} = S.{name}" for name in _COLUMNS if name != "ID")
    + f" WHEN NOT MATCHED THEN INSERT ({_NAMES}) VALUES "
    f"({', '.join(f'S.{name}' for name in _COLUMNS)})"
)


class UnreachableError(Exception):
    """Snowflake refused or did not answer; the work stays in the journal."""


class NotConfiguredError(Exception):
    """There is no Snowflake in the settings: set SNOWFLAKE_ACCOUNT and its user."""


def is_configured() -> bool:
    """Say whether the settings name a Snowflake."""
    return bool(settings.SNOWFLAKE["account"])


@contextmanager
def connected() -> Iterator[SnowflakeConnection]:
    """Connect with the settings' account, in the hub's database and schema.

    Raises:
        NotConfiguredError: the settings name no account.
        UnreachableError: signing in, or a statement inside the block, failed.
    """
    if not is_configured():
        raise NotConfiguredError
    named = {name: value for name, value in settings.SNOWFLAKE.items() if value}
    if "private_key_file" in named:
        named["authenticator"] = "SNOWFLAKE_JWT"
    try:
        with connector.connect(
            **named,
            application="MemoryHub",
            login_timeout=_SECONDS_TO_SIGN_IN,
            network_timeout=_SECONDS_TO_ANSWER,
            client_telemetry_enabled=False,
        ) as connection:
            yield connection
    except ConnectorError as error:
        raise UnreachableError(str(error)) from error


def migrate() -> list[str]:
    """Apply the files of ddl/ in their order; returns their names. Repeatable."""
    database, schema = settings.SNOWFLAKE["database"], settings.SNOWFLAKE["schema"]
    files = sorted(DDL.glob("*.sql"))
    with connected() as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE IF NOT EXISTS {database}")
        cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {database}.{schema}")
        cursor.execute(f"USE SCHEMA {database}.{schema}")
        for file in files:
            for statement in _statements(file.read_text()):
                cursor.execute(statement)
    return [file.name for file in files]


def merge(batch: str, bodies: Sequence[Mapping[str, Any]]) -> None:
    """Bring MEMORY_RECORDS up to a batch of versions; `batch` names its file.

    Only the last statement changes what others see, so a batch arrives whole or not
    at all; the tables before it are this session's own and go with it.

    Raises:
        UnreachableError, NotConfiguredError: nothing has changed.
    """
    with connected() as connection, connection.cursor() as cursor:
        _stage(cursor, batch, bodies)
        cursor.execute(_NEWEST_OF_BATCH)
        cursor.execute(_MERGE)


def merge_audit(batch: str, bodies: Sequence[Mapping[str, Any]]) -> None:
    """Bring into MEMORY_AUDIT_LOG the records that it lacks.

    Raises:
        UnreachableError, NotConfiguredError: nothing has changed.
    """
    _add("MEMORY_AUDIT_LOG", batch, bodies, columns=_AUDIT_COLUMNS, key=("SEQ",))


def merge_heads(batch: str, bodies: Sequence[Mapping[str, Any]]) -> None:
    """Bring into MEMORY_AUDIT_HEADS the heads that it lacks; none ever gives way.

    Raises:
        UnreachableError, NotConfiguredError: nothing has changed.
    """
    _add(
        "MEMORY_AUDIT_HEADS",
        batch,
        bodies,
        columns=_HEAD_COLUMNS,
        key=("NUMBER", "HASH"),
    )


def last_head() -> int:
    """Return the number of the last block whose head is in Snowflake, or 0.

    Raises:
        UnreachableError, NotConfiguredError: nobody knows.
    """
    with connected() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT MAX(NUMBER) FROM MEMORY_AUDIT_HEADS")
        row = cursor.fetchone()
    return (row and row[0]) or 0


def heads() -> list[dict[str, object]]:
    """Return the number and hash of every head in Snowflake, in their order.

    Raises:
        UnreachableError, NotConfiguredError: nobody knows.
    """
    with connected() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT NUMBER, HASH FROM MEMORY_AUDIT_HEADS ORDER BY 1, 2")
        rows = cursor.fetchall()
    return [{"number": number, "hash": hash_} for number, hash_ in rows]


def _stage(cursor: Any, batch: str, bodies: Sequence[Mapping[str, Any]]) -> None:
    """Put a batch into a table of this session's own."""
    cursor.execute("CREATE OR REPLACE TEMPORARY TABLE MEMORY_STAGE (V VARIANT)")
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / f"{batch}.ndjson"
        file.write_text("".join(map(_line, bodies)))
        cursor.execute(
            f"PUT 'file://{file}' @%MEMORY_STAGE AUTO_COMPRESS=FALSE OVERWRITE=TRUE"
        )
    cursor.execute(
        f"COPY INTO MEMORY_STAGE FROM '@%MEMORY_STAGE/{file.name}' "
        "FILE_FORMAT = (TYPE = JSON) PURGE = TRUE"
    )


def _add(
    table: str,
    batch: str,
    bodies: Sequence[Mapping[str, Any]],
    *,
    columns: Mapping[str, str],
    key: Sequence[str],
) -> None:
    """Insert the rows of a batch whose key is not there yet, in one statement."""
    selected = ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
    same = " AND ".join(f"T.{name} = S.{name}" for name in key)
    with connected() as connection, connection.cursor() as cursor:
        _stage(cursor, batch, bodies)
        cursor.execute(
            f"CREATE OR REPLACE TEMPORARY TABLE AUDIT_BATCH AS SELECT {selected} "
            f"FROM MEMORY_STAGE QUALIFY ROW_NUMBER() "
            f"OVER (PARTITION BY {', '.join(key)} ORDER BY {key[0]}) = 1"
        )
        cursor.execute(
            f"MERGE INTO {table} T USING AUDIT_BATCH S ON {same} "
            f"WHEN NOT MATCHED THEN INSERT ({', '.join(columns)}) "
            f"VALUES ({', '.join(f'S.{name}' for name in columns)})"
        )


def _line(body: Mapping[str, Any]) -> str:
    """Return one NDJSON line; a column that has no value is left out of it."""
    present = {name: value for name, value in body.items() if value is not None}
    return json.dumps(present) + "\n"


def _statements(sql: str) -> list[str]:
    without_comments = re.sub(r"--[^\n]*", "", sql)
    return [each.strip() for each in without_comments.split(";") if each.strip()]
