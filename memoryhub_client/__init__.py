"""A client of the Memory Hub, that services trust with what they have to say."""

from .blocking import MemoryClient
from .client import AsyncMemoryClient
from .errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    MemoryHubError,
    NotFoundError,
    ProblemError,
    SignInError,
    SpoolError,
    TooLargeError,
    TooManyRequestsError,
    UnavailableError,
    UnreachableError,
    UnreadableError,
)
from .results import (
    Memory,
    Outcome,
    Outcomes,
    RelatedMemories,
    Retrieved,
    SearchPage,
    Spooled,
    Stats,
)
from .schemas.draft import Draft

__all__ = [
    "AsyncMemoryClient",
    "ConflictError",
    "Draft",
    "ForbiddenError",
    "InvalidError",
    "Memory",
    "MemoryClient",
    "MemoryHubError",
    "NotFoundError",
    "Outcome",
    "Outcomes",
    "ProblemError",
    "RelatedMemories",
    "Retrieved",
    "SearchPage",
    "SignInError",
    "SpoolError",
    "Spooled",
    "Stats",
    "TooLargeError",
    "TooManyRequestsError",
    "UnavailableError",
    "UnreachableError",
    "UnreadableError",
]
