"""PostgreSQL's 64-bit transaction id as a model field."""

from typing import Any, override

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Expression


class TransactionIdField(models.Field[int, int]):
    """The transaction that wrote the row: an `xid8` that PostgreSQL fills in."""

    description = "64-bit transaction id"

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        """Name the column type."""
        return "xid8"

    def from_db_value(
        self,
        value: str | int | None,
        expression: Expression,
        connection: BaseDatabaseWrapper,
    ) -> int | None:
        """Read the id as a number."""
        return None if value is None else int(value)

    @override
    def get_db_prep_value(
        self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False
    ) -> Any:
        """Write the id as text, which PostgreSQL reads as an xid8."""
        return str(value) if isinstance(value, int) else value


class CurrentTransactionId(models.Func):
    """The id of the transaction that is writing."""

    function = "pg_current_xact_id"
    template = "%(function)s()"
    arity = 0
    output_field = TransactionIdField()
