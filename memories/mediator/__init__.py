"""The hub's verbs: every way in calls one of these, and nothing else.

Each verb says who acts and what time it is, does its work in one PostgreSQL
transaction with its audit record and its journal entries, and either does all of it or
raises one of `memories.errors` (or `audit.trail.UnavailableError`) and does nothing.
"""

from memories.access import refused
from memories.mediator.administering import (
    administered,
    create_service,
    look,
    rotate_secret,
    services,
)
from memories.mediator.annotating import annotate, annotations, open_page
from memories.mediator.auditing import audit, export_audit, look_at_audit
from memories.mediator.finding import related, search, standings, suggest
from memories.mediator.reading import (
    browse,
    browsed,
    history,
    may,
    overview,
    retrieve,
    retrieve_external,
    retrieve_one,
)
from memories.mediator.sharing import access, share, share_many, shares, unshare
from memories.mediator.storing import amend, expire, forget, store, store_many
from memories.mediator.viewing import view_as

__all__ = [
    "access",
    "administered",
    "amend",
    "annotate",
    "annotations",
    "audit",
    "browse",
    "browsed",
    "create_service",
    "expire",
    "export_audit",
    "forget",
    "history",
    "look",
    "look_at_audit",
    "may",
    "open_page",
    "overview",
    "refused",
    "related",
    "retrieve",
    "retrieve_external",
    "retrieve_one",
    "rotate_secret",
    "search",
    "services",
    "share",
    "share_many",
    "shares",
    "standings",
    "store",
    "store_many",
    "suggest",
    "unshare",
    "view_as",
]
