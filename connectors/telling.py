"""From the parts of a thing to its memories: what changed is stored, what went goes."""

import hashlib
from collections.abc import Mapping, Sequence, Set
from contextlib import suppress
from datetime import datetime
from uuid import UUID

import structlog

from accounts.actor import Actor
from connectors.base import Telling
from connectors.models import Thing, Told
from connectors.people import People, accounts_at, news_of, spread_word
from connectors.registry import registry
from connectors.rules import rules_of
from memories import mediator
from memories.drafting import read_draft
from memories.errors import HeldError, HubError, NotFoundError
from memories.models import Memory
from memories.schemas.draft import Draft

logger = structlog.get_logger(__name__)

EVIDENCE = 100
"""How much of a group a memory cites."""


def tell(thing: Thing, *, actor: Actor, now: datetime) -> Sequence[UUID]:
    """Tell a locked thing's memories from what is known by now; return what changed.

    Raises:
        HubError: one of them cannot be stored; the message says why.
    """
    connector = registry()[thing.connector]
    parts = list(thing.parts.all())
    people = People(thing.connector, {one for each in parts for one in each.people})
    alive = {part.key: part.data for part in parts if part.data is not None}
    tellings = connector.tell(thing.name, alive, people, rules_of(connector))
    work = _Telling(thing, people, actor, now)
    # What cites comes after what it may cite.
    for cites in (False, True):
        work.store([one for one in tellings if _cites(one) is cites], cites=cites)
    work.forget_all_but({str(one.draft.external_id) for one in tellings})
    unknown = {news_of(thing.connector, one) for one in people.unknown()}
    awaits = sorted(work.awaits | unknown)
    if awaits != thing.awaits:
        thing.awaits = awaits
        thing.save(update_fields=["awaits"])
    return work.changed


def news_of_memory(connector: str, external_id: str) -> str:
    """Name what is awaited of a memory that is not there yet."""
    return f"memory:{connector}:{external_id}"


def news_of_group(thing: Thing) -> str:
    """Name what is awaited of a thing's group: one more memory."""
    return f"group:{thing.connector}:{thing.group}"


class _Telling:
    """What the steps of telling one thing share."""

    def __init__(
        self, thing: Thing, people: People, actor: Actor, now: datetime
    ) -> None:
        self.thing, self.people, self.actor, self.now = thing, people, actor, now
        self.accounts = accounts_at(people.emails())
        self.told = {one.external_id: one for one in thing.told.all()}
        self.awaits: set[str] = set()
        self.changed: list[UUID] = []

    def store(self, tellings: Sequence[Telling], *, cites: bool) -> None:
        """Store what is new or differs from what was told before."""
        ids = self._ids_of({one for each in tellings for one in _cited(each)})
        drafts = [self._draft(each, ids) for each in tellings]
        differing = [draft for draft in drafts if self._differs(draft)]
        changed = self._but_deleted(differing) if differing else []
        if not changed:
            return
        outcomes = mediator.store_many(actor=self.actor, drafts=changed, now=self.now)
        rows = []
        for draft, outcome in zip(changed, outcomes, strict=True):
            if isinstance(outcome, HubError):
                raise outcome
            self.changed.append(outcome.memory.pk)
            rows.append(self._row(draft, outcome.memory.pk, cites=cites))
        Told.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["connector", "external_id"],
            update_fields=["thing", "memory_id", "digest", "cites"],
        )
        new = [row for row in rows if row.external_id not in self.told]
        spread_word(news_of_memory(row.connector, row.external_id) for row in new)
        if new and not cites:
            self._spread_word_to_group()

    def forget_all_but(self, external_ids: Set[str]) -> None:
        """Delete what is told no more, but for what a legal hold keeps."""
        for external_id, row in self.told.items():
            if external_id in external_ids:
                continue
            try:
                # Somebody may have deleted it, or its time was over.
                with suppress(NotFoundError):
                    mediator.forget(
                        actor=self.actor, memory_id=row.memory_id, now=self.now
                    )
            except HeldError:
                logger.warning("telling_held", memory_id=str(row.memory_id))
                continue
            self.changed.append(row.memory_id)
            row.delete()
            if not row.cites:
                self._spread_word_to_group()

    def _draft(self, telling: Telling, ids: Mapping[str, UUID]) -> Draft:
        """Put in whose it is, and the ids of what it cites."""
        whole = telling.draft.model_dump(mode="json", exclude_unset=True)
        content = dict(whole["content"])
        evidence = [ids[one] for one in telling.evidence if one in ids]
        if telling.rests_on_group:
            evidence += self._group()
        if evidence:
            content["evidence"] = [str(one) for one in dict.fromkeys(evidence)]
        if telling.supersedes and telling.supersedes in ids:
            content["supersedes"] = str(ids[telling.supersedes])
        whole |= {"source": self.thing.connector, "content": content}
        if owner := self._owner(telling.owner):
            whole["owner"] = owner
        return read_draft(whole)

    def _owner(self, person: str | None) -> str | None:
        """Return the address of a person's account; one that has none is awaited."""
        if person is None:
            return None
        known = self.people.get(person)
        if known and known.email in self.accounts:
            return known.email
        self.awaits.add(news_of(self.thing.connector, person))
        return None

    def _ids_of(self, external_ids: Set[str]) -> Mapping[str, UUID]:
        """Return the memories that are cited; those that are not there are awaited."""
        if not external_ids:
            return {}
        found = dict(
            Told.objects.filter(
                connector=self.thing.connector, external_id__in=external_ids
            ).values_list("external_id", "memory_id")
        )
        self.awaits |= {
            news_of_memory(self.thing.connector, one)
            for one in external_ids - found.keys()
        }
        return found

    def _group(self) -> list[UUID]:
        """Return what else is told in the thing's group; what comes is awaited."""
        if not self.thing.group:
            return []
        self.awaits.add(news_of_group(self.thing))
        others = Told.objects.filter(
            connector=self.thing.connector, thing__group=self.thing.group, cites=False
        ).exclude(thing=self.thing)
        of_time = others.order_by("external_id").values_list("memory_id", flat=True)
        return list(of_time[:EVIDENCE])

    def _spread_word_to_group(self) -> None:
        if self.thing.group:
            spread_word([news_of_group(self.thing)])

    def _differs(self, draft: Draft) -> bool:
        row = self.told.get(str(draft.external_id))
        return row is None or bytes(row.digest) != _digest(draft)

    def _but_deleted(self, drafts: Sequence[Draft]) -> Sequence[Draft]:
        """Leave out what was told and is there no more: who deleted it, meant it."""
        rows = [self.told.get(str(draft.external_id)) for draft in drafts]
        told = [row.memory_id for row in rows if row]
        there = set(Memory.objects.filter(pk__in=told).values_list("pk", flat=True))
        return [
            draft
            for draft, row in zip(drafts, rows, strict=True)
            if row is None or row.memory_id in there
        ]

    def _row(self, draft: Draft, memory_id: UUID, *, cites: bool) -> Told:
        return Told(
            connector=self.thing.connector,
            external_id=str(draft.external_id),
            thing=self.thing,
            memory_id=memory_id,
            digest=_digest(draft),
            cites=cites,
        )


def _cites(telling: Telling) -> bool:
    return bool(_cited(telling)) or telling.rests_on_group


def _cited(telling: Telling) -> Set[str]:
    return {one for one in (*telling.evidence, telling.supersedes) if one}


def _digest(draft: Draft) -> bytes:
    return hashlib.sha256(draft.model_dump_json(exclude_unset=True).encode()).digest()
