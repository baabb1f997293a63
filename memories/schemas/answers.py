"""What the hub answers: a memory as it is read, and the results of a search."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel


class Owner(BaseModel):
    """Whose memory it is."""

    id: int
    email: str


class MemoryAnswer(BaseModel):
    """A memory as it is read."""

    id: UUID
    type: str
    schema_version: int
    version: int
    title: str
    content: dict[str, Any]
    metadata: dict[str, Any]
    tags: list[str]
    source: str
    external_id: str | None
    owner: Owner | None
    occurred_at: datetime
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None
    legal_hold: bool
    annotations_count: int
    shared_with_count: int


class StoredAnswer(MemoryAnswer):
    """A memory as it stands after it was stored."""

    status: Literal["stored", "updated", "unchanged"]


class FaultAnswer(BaseModel):
    """One field that is wrong."""

    pointer: str
    detail: str


class ProblemAnswer(BaseModel):
    """What went wrong, and what to do (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FaultAnswer] = []
    code: Literal["otp_required", "otp_refused", "locked_out"] | None = None
    """Only where signing in asks for more than a password, or for patience."""


class BatchAnswer(BaseModel):
    """One result for each item, in order: the memory, or the problem with it."""

    results: list[StoredAnswer | ProblemAnswer]


class RetrievedAnswer(BaseModel):
    """What was found of what was asked for."""

    memories: list[MemoryAnswer]
    missing: list[UUID]


class WhyAnswer(BaseModel):
    """How an arm of the search found a result; the score is the arm's own."""

    arm: Literal["lexical", "tail", "semantic", "company", "listing"]
    rank: int
    score: float


class AdjustmentAnswer(BaseModel):
    """What a result's score was multiplied by."""

    name: Literal["recency", "disputed", "superseded"]
    factor: float


class ResultAnswer(BaseModel):
    """A memory that a search found; highlights are [start, end) in the snippet."""

    memory: MemoryAnswer
    score: float
    snippet: str
    highlights: list[tuple[int, int]]
    disputed: bool
    superseded: bool
    superseded_by: UUID | None
    why: list[WhyAnswer] | None = None
    adjustments: list[AdjustmentAnswer] | None = None


class InterpretedAnswer(BaseModel):
    """How a query was read."""

    words: list[str]
    phrases: list[str]
    prefixes: list[str]
    without: list[str]
    ignored: list[str]
    corrected: dict[str, str]
    filters: dict[str, list[str]]
    excluded: dict[str, list[str]]
    after: datetime | None
    before: datetime | None
    notes: list[str]


class FacetAnswer(BaseModel):
    """A value that results have, and how many have it."""

    value: str
    count: int


class SearchAnswer(BaseModel):
    """One page of a search."""

    results: list[ResultAnswer]
    total: int
    total_is_exact: bool
    next_cursor: str | None
    took_ms: float
    mode: Literal["hybrid", "lexical", "semantic"]
    interpreted: InterpretedAnswer
    facets: dict[str, list[FacetAnswer]] | None = None


class SuggestionAnswer(BaseModel):
    """Something to go on typing with: `insert` replaces the last word typed."""

    kind: Literal["term", "type", "source", "tag", "customer", "owner"]
    text: str
    insert: str
    count: int


class SuggestAnswer(BaseModel):
    """What could be meant, the most frequent of each kind first."""

    suggestions: list[SuggestionAnswer]


class RelatedMemoryAnswer(BaseModel):
    """A memory that is like another, and what they share."""

    memory: MemoryAnswer
    score: float
    shared: list[str]


class RelatedAnswer(BaseModel):
    """What is like a memory, the most alike first."""

    related: list[RelatedMemoryAnswer]


class VersionAnswer(BaseModel):
    """One version of a memory, who made it, and when."""

    version: int
    op: Literal["put", "delete"]
    at: datetime
    by: dict[str, Any]
    title: str | None
    content: dict[str, Any] | None
    metadata: dict[str, Any] | None
    tags: list[str] | None


class HistoryAnswer(BaseModel):
    """Every version of a memory, the newest first."""

    versions: list[VersionAnswer]


class PersonAnswer(BaseModel):
    """Somebody with an account."""

    id: int
    email: str


class GroupAnswer(BaseModel):
    """A group of people."""

    id: int
    name: str


class ShareAnswer(BaseModel):
    """A person or a group, and what they may do with a memory."""

    user: PersonAnswer | None
    group: GroupAnswer | None
    can: Literal["view", "change"]


class SharesAnswer(BaseModel):
    """With whom a memory is shared."""

    shares: list[ShareAnswer]


class ReasonAnswer(BaseModel):
    """A rule that lets somebody see a memory, and the role or group it goes by."""

    rule: Literal["role", "owner", "stored", "share", "group"]
    through: str | None


class ReaderAnswer(BaseModel):
    """Somebody who may see a memory, why, and what they may do with it."""

    user: PersonAnswer
    role: str
    because: list[ReasonAnswer]
    may: list[Literal["read", "change", "delete", "annotate", "share"]]


class LookAnswer(BaseModel):
    """One access to a memory, allowed or refused."""

    at: datetime
    actor: str
    on_behalf_of: str
    role: str
    channel: str
    action: str
    outcome: Literal["allowed", "refused"]
    reason: str


class AccessAnswer(BaseModel):
    """Who may see a memory; all of them, and who has looked, for who may know."""

    readers: list[ReaderAnswer]
    is_whole: bool
    looks: list[LookAnswer] | None


class AnnotationAnswer(BaseModel):
    """A remark; without an author where the account is gone."""

    id: int
    kind: Literal["note", "confirm", "dispute", "correction"]
    body: str
    author: PersonAnswer | None
    created_at: datetime


class AnnotationsAnswer(BaseModel):
    """One page of a memory's remarks, the newest last."""

    annotations: list[AnnotationAnswer]
    next_cursor: str | None


class RecordAnswer(BaseModel):
    """One access; past 200 memories it has their count and a digest, and no ids."""

    seq: int
    at: datetime
    actor_id: int | None
    actor: str
    on_behalf_of: str
    role: str
    channel: str
    action: str
    memory_ids: list[UUID]
    memory_count: int
    memory_digest: str
    outcome: Literal["allowed", "refused"]
    reason: str
    returned: int
    query_digest: str
    ip: str | None
    user_agent: str
    request_id: str


class AuditAnswer(BaseModel):
    """One page of the audit, the newest first."""

    records: list[RecordAnswer]
    next_cursor: str | None


class StatsAnswer(BaseModel):
    """What there is, as far as the asker may see it."""

    total: int
    by_type: dict[str, int]
    by_source: dict[str, int]
    stored_last_7_days: int
    expiring_next_7_days: int


class SchemaVersionAnswer(BaseModel):
    """One version of a type, in short."""

    version: int
    url: str


class SchemaTypeAnswer(BaseModel):
    """A type of memory and its versions."""

    type: str
    latest: int
    versions: list[SchemaVersionAnswer]


class SchemasAnswer(BaseModel):
    """All types of memory."""

    schemas: list[SchemaTypeAnswer]


class TokenAnswer(BaseModel):
    """An access token for ten minutes, and the one to renew it with."""

    access: str
    refresh: str
