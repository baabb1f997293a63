"""Which records of the audit to read."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StrictInt

from .base import Instant, Strict, Text
from .draft import Email
from .search import PAGE_LIMIT


class AuditRequest(Strict):
    """Whose accesses, to what, and when; all fields are optional, the newest first.

    `actor` is whoever asked, or was acted for.
    """

    actor: Email | None = None
    memory: UUID | None = None
    action: Annotated[Text, Field(max_length=32)] | None = None
    outcome: Literal["allowed", "refused"] | None = None
    from_: Annotated[Instant | None, Field(alias="from")] = None
    to: Instant | None = None
    limit: Annotated[StrictInt, Field(ge=1, le=PAGE_LIMIT)] = PAGE_LIMIT
    cursor: Annotated[Text, Field(pattern=r"^[0-9]{1,18}$")] | None = None
