"""Who may do what, in any order of events: the hub against a few lines of an oracle.

Whatever happened just before (a share, its end, another role, an account disabled, a
deletion, an expiry), the next request is answered by what holds then, through the API,
MCP and the mediator alike, with the cache warm, and leaves one record that says how.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts.actor import Actor, Channel
from accounts.models import User
from accounts.roles import Role
from audit.models import Record
from mcp_server.auth import Named
from mcp_server.tools import TOOLS
from memories import mediator
from memories.errors import (
    ForbiddenError,
    HubError,
    InvalidError,
    NotFoundError,
)
from memories.models import Memory
from memories.schemas.annotating import Note
from memories.schemas.auditing import AuditRequest
from memories.schemas.draft import Amendment, Draft
from memories.schemas.search import RelatedRequest, SuggestRequest
from tests.conftest import Api
from tests.factories import CONTENTS, make_user

STEPS, RUNS = 50, 125
CAST: Mapping[str, Role] = {
    "ceo": Role.CEO,
    "manager": Role.MANAGER,
    "owner": Role.USER,
    "viewer": Role.USER,
    "changer": Role.USER,
    "member": Role.USER,
    "outsider": Role.USER,
    "service": Role.SERVICE,
}
SOURCE = "tool"
STATUSES: Mapping[type, int] = {
    NotFoundError: 404,
    ForbiddenError: 403,
    InvalidError: 400,
}


@dataclass
class Person:
    """An account, as the oracle knows it."""

    account: User
    role: Role
    active: bool = True
    in_team: bool = False
    token: Api | None = None
    """The token that they hold; none is good that was given for other rights."""
    token_is_good: bool = False


@dataclass
class Known:
    """A memory, as the oracle knows it."""

    id: UUID
    type: str
    word: str
    owner: str
    stored_by: str
    shares: dict[str, str] = field(default_factory=dict)
    """Who, or the team, may `view` or `change` it."""
    gone: bool = False

    @property
    def external_id(self) -> str:
        return f"item-{self.word}"


def may(name: str, person: Person, deed: str, memory: Known) -> bool:
    """Restate the role table."""
    shares = {memory.shares.get(name)} | (
        {memory.shares.get("team")} if person.in_team else set()
    )
    own, insight = memory.owner == name, memory.type == "insight"
    match person.role:
        case Role.CEO:
            return True
        case Role.MANAGER:
            return deed in {"read", "annotate"} or own or insight
        case Role.SERVICE:
            return memory.stored_by == name and deed in {"read", "change", "delete"}
    if deed in {"read", "annotate"}:
        return own or bool(shares & {"view", "change"})
    return own or (deed == "change" and "change" in shares)


@dataclass(frozen=True)
class Operation:
    """One thing to do with a memory, by each way in."""

    deed: str
    done: int
    """The status that says it was done."""
    by_api: Callable[[Api, Known, dict[str, str]], Any]
    by_verb: Callable[[Actor, Known], Any]
    tool: str = ""
    """The agents' tool that does it, if there is one."""
    arguments: Callable[[Known], dict[str, Any]] = lambda memory: {"id": str(memory.id)}


NO_CLIENT: Any = SimpleNamespace(session=SimpleNamespace(client_params=None))


def _version(memory: Known) -> int:
    found = Memory.objects.filter(pk=memory.id).values_list("version", flat=True)
    return found.first() or 1


def _draft(memory: Known) -> dict[str, Any]:
    title = f"{memory.word} at {timezone.now().isoformat()}"
    return {
        "type": memory.type,
        "content": CONTENTS[memory.type],
        "title": title,
        "source": SOURCE,
        "external_id": memory.external_id,
    }


def _verb(name: str, **fields: Any) -> Callable[[Actor, Known], Any]:
    verb = getattr(mediator, name)
    return lambda actor, memory: verb(
        actor=actor, memory_id=memory.id, now=timezone.now(), **fields
    )


def _get(what: str) -> Callable[[Api, Known, dict[str, str]], Any]:
    return lambda api, memory, headers: api.get(f"memory/{memory.id}{what}", **headers)


OPERATIONS: Mapping[str, Operation] = {
    "read": Operation(
        "read",
        200,
        _get(""),
        _verb("retrieve_one"),
        "memory_retrieve",
        lambda memory: {"id": [str(memory.id)]},
    ),
    "history": Operation("read", 200, _get("/history"), _verb("history")),
    "related": Operation(
        "read",
        200,
        _get("/related"),
        _verb("related", request=RelatedRequest()),
        "memory_related",
    ),
    "access": Operation("read", 200, _get("/access"), _verb("access")),
    "annotations": Operation("read", 200, _get("/annotations"), _verb("annotations")),
    "shares": Operation("share", 200, _get("/shares"), _verb("shares")),
    "external": Operation(
        "read",
        200,
        lambda api, memory, headers: api.get(
            "memory/retrieve",
            {"source": SOURCE, "external_id": memory.external_id},
            **headers,
        ),
        lambda actor, memory: mediator.retrieve_external(
            actor=actor,
            source=SOURCE,
            external_id=memory.external_id,
            now=timezone.now(),
        ),
        "memory_retrieve",
        lambda memory: {"source": SOURCE, "external_id": memory.external_id},
    ),
    "amend": Operation(
        "change",
        200,
        lambda api, memory, headers: api.patch(
            f"memory/{memory.id}",
            {"title": f"{memory.word} again"},
            **{"If-Match": f'"{_version(memory)}"'},
            **headers,
        ),
        lambda actor, memory: mediator.amend(
            actor=actor,
            memory_id=memory.id,
            amendment=Amendment.model_validate({"title": f"{memory.word} anew"}),
            expected_version=_version(memory),
            now=timezone.now(),
        ),
    ),
    "store": Operation(
        "change",
        200,
        lambda api, memory, headers: api.post(
            "memory/store", _draft(memory), **headers
        ),
        lambda actor, memory: mediator.store(
            actor=actor, draft=Draft.model_validate(_draft(memory)), now=timezone.now()
        ),
        "memory_store",
        _draft,
    ),
    "annotate": Operation(
        "annotate",
        201,
        lambda api, memory, headers: api.post(
            f"memory/{memory.id}/annotations", {"body": "Noted"}, **headers
        ),
        _verb("annotate", note=Note(body="Noted")),
        "memory_annotate",
        lambda memory: {"id": str(memory.id), "body": "Noted"},
    ),
}

DELETE = Operation(
    "delete",
    204,
    lambda api, memory, headers: api.delete(f"memory/{memory.id}", **headers),
    _verb("forget"),
)


def _share(whom: Mapping[str, str], can: Any, *, is_new: bool) -> Operation:
    with_whom = {f"with_{kind}": named for kind, named in whom.items()}
    return Operation(
        "share",
        201 if is_new else 200,
        lambda api, memory, headers: api.post(
            f"memory/{memory.id}/shares", {**whom, "can": can}, **headers
        ),
        _verb("share", can=can, **with_whom),
    )


def _unshare(whom: Mapping[str, str]) -> Operation:
    with_whom = {f"with_{kind}": named for kind, named in whom.items()}
    return Operation(
        "share",
        204,
        lambda api, memory, headers: api.delete(
            f"memory/{memory.id}/shares?{urlencode(whom)}", **headers
        ),
        _verb("unshare", **with_whom),
    )


def _batch(memory: Known) -> list[dict[str, Any]]:
    """Return a draft of a memory that is there, and one that is none."""
    return [_draft(memory), {"type": memory.type}]


BEHALF = st.sampled_from([None, None, "owner", "viewer", "outsider", "ceo"])
EVERYBODY = st.sampled_from([*CAST, "anonymous"])
SHARED_WITH = st.sampled_from(["viewer", "changer", "member", "outsider", "team"])


class Rights(RuleBasedStateMachine):
    """Everything that may happen to who may do what."""

    steps = 0

    @initialize()
    def begin(self) -> None:
        """Hire everybody, and let each store a memory."""
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.team = Group.objects.create(name="Team")
        self.people = {
            name: Person(make_user(email=f"{name}@example.com", role=role), role)
            for name, role in CAST.items()
        }
        self.memories: list[Known] = []
        for owner, type_ in (("owner", "chat"), ("manager", "insight")):
            self.remember(owner, type_, "view", "change")

    def teardown(self) -> None:
        """Take everything back."""
        if hasattr(self, "undo"):
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)

    def remember(self, owner: str, type_: str, viewer: str, changer: str) -> None:
        """Store a memory for somebody, through the service, and share it."""
        word = f"kx{len(self.memories)}q"
        memory = Known(UUID(int=0), type_, word, owner, "service")
        service = self.people["service"]
        stored = mediator.store(
            actor=Actor(user=service.account, channel=Channel.API),
            draft=Draft.model_validate(
                _draft(memory) | {"owner": self.people[owner].account.email}
            ),
            now=timezone.now(),
        )
        memory.id = stored.memory.pk
        self.memories.append(memory)
        for name, can in (("viewer", viewer), ("changer", changer)):
            if self.may_be_given(memory, name):
                self.share("ceo", memory, name, can)

    def share(self, by: str, memory: Known, whom: str, can: str) -> None:
        """Share as somebody who may."""
        mediator.share(
            actor=Actor(user=fresh(self.people[by].account), channel=Channel.API),
            memory_id=memory.id,
            can=can,  # type: ignore[arg-type]  # drawn from both
            now=timezone.now(),
            with_user=None if whom == "team" else self.people[whom].account.email,
            with_group=self.team.name if whom == "team" else None,
        )
        memory.shares[whom] = can

    # What happens to rights.

    @precondition(lambda self: sum(not one.gone for one in self.memories) < 4)
    @rule(
        owner=st.sampled_from(["owner", "manager", "member"]),
        type_=st.sampled_from(["chat", "insight", "decision"]),
    )
    def one_more_is_stored(self, owner: str, type_: str) -> None:
        """Store another, where the service may still do so."""
        service, person = self.people["service"], self.people[owner]
        if service.active and service.role is Role.SERVICE and person.active:
            self.remember(owner, type_, "view", "change")

    @rule(data=st.data(), whom=SHARED_WITH, can=st.sampled_from(["view", "change"]))
    def a_share_is_given(self, data: st.DataObject, whom: str, can: str) -> None:
        """Share something as the CEO, who may."""
        memory = self.alive(data)
        if memory and self.may_be_given(memory, whom):
            self.share("ceo", memory, whom, can)

    @rule(data=st.data())
    def a_share_is_taken_back(self, data: st.DataObject) -> None:
        """Unshare something that was shared."""
        memory = self.alive(data)
        if not memory or not memory.shares or not self.people["ceo"].active:
            return
        whom = data.draw(st.sampled_from(sorted(memory.shares)))
        mediator.unshare(
            actor=Actor(user=fresh(self.people["ceo"].account), channel=Channel.API),
            memory_id=memory.id,
            now=timezone.now(),
            with_user=None if whom == "team" else self.people[whom].account.email,
            with_group=self.team.name if whom == "team" else None,
        )
        del memory.shares[whom]

    @rule(name=st.sampled_from(["member", "outsider", "viewer", "manager"]))
    def somebody_joins_or_leaves_the_team(self, name: str) -> None:
        """Change who is in the group."""
        person = self.people[name]
        act = (
            person.account.groups.remove
            if person.in_team
            else (person.account.groups.add)
        )
        act(self.team)
        person.in_team = not person.in_team

    @rule(
        name=st.sampled_from(["manager", "owner", "viewer", "outsider"]),
        role=st.sampled_from([Role.CEO, Role.MANAGER, Role.USER]),
    )
    def somebody_gets_another_role(self, name: str, role: Role) -> None:
        """Promote or demote somebody."""
        person = self.people[name]
        if person.role is not role:
            person.account.groups.remove(Group.objects.get(name=person.role))
            person.account.groups.add(Group.objects.get(name=role))
            person.role, person.token_is_good = role, False

    @rule(name=st.sampled_from(["manager", "owner", "viewer", "member", "service"]))
    def an_account_is_disabled_or_enabled(self, name: str) -> None:
        """Disable an account, or let it in again."""
        person = self.people[name]
        person.active = not person.active
        User.objects.filter(pk=person.account.pk).update(is_active=person.active)
        person.token_is_good = False

    @rule(data=st.data())
    def one_is_deleted(self, data: st.DataObject) -> None:
        """Forget something."""
        memory = self.alive(data)
        if memory and len(self.memories) > 2:
            mediator.forget(
                actor=Actor(
                    user=fresh(self.people["ceo"].account), channel=Channel.API
                ),
                memory_id=memory.id,
                now=timezone.now(),
            )
            memory.gone = True

    @rule(data=st.data())
    def one_expires(self, data: st.DataObject) -> None:
        """Let the time of something be over, before it is removed."""
        memory = self.alive(data)
        if memory and len(self.memories) > 2:
            over = timezone.now() - timedelta(seconds=1)
            Memory.objects.filter(pk=memory.id).update(expires_at=over)
            memory.gone = True

    # What is tried.

    @rule(
        data=st.data(),
        name=EVERYBODY,
        what=st.sampled_from(sorted(OPERATIONS)),
        behalf=BEHALF,
    )
    def somebody_tries(
        self, data: st.DataObject, name: str, what: str, behalf: str | None
    ) -> None:
        """Do something over the API, by the verb and as an agent, which agree."""
        memory = data.draw(st.sampled_from(self.memories))
        behalf = behalf if name == "service" else None
        operation = OPERATIONS[what]
        expected = self.expected(name, operation.deed, memory, behalf)
        if what == "store" and memory.gone:
            return
        by_api = self.asked(name, behalf, operation, memory)
        wanted = operation.done if expected == 200 else expected
        assert by_api == wanted, f"{name} for {behalf}: {what} {memory}"
        if expected != 401:
            by_verb = self.verb(name, behalf, operation, memory)
            assert by_verb == expected, f"{name} for {behalf}: {what} {memory}"
        if operation.tool and expected != 401:
            by_agent = self.agent(name, behalf, operation, memory)
            assert by_agent == expected, f"{name} for {behalf}: {what} {memory}"

    @precondition(lambda self: len(self.memories) > 2)
    @rule(data=st.data(), name=EVERYBODY, behalf=BEHALF)
    def somebody_tries_to_delete(
        self, data: st.DataObject, name: str, behalf: str | None
    ) -> None:
        """Forget a memory, which is gone if it was theirs to forget."""
        memory = data.draw(st.sampled_from(self.memories))
        if self.done_once(data, name, behalf, DELETE, memory):
            memory.gone = True

    @rule(
        data=st.data(),
        name=EVERYBODY,
        behalf=BEHALF,
        whom=SHARED_WITH,
        can=st.sampled_from(["view", "change"]),
    )
    def somebody_tries_to_share(
        self, data: st.DataObject, name: str, behalf: str | None, whom: str, can: str
    ) -> None:
        """Share a memory, which holds if it was theirs to share."""
        memory = data.draw(st.sampled_from(self.memories))
        if not self.may_be_given(memory, whom):
            return
        operation = _share(self.named(whom), can, is_new=whom not in memory.shares)
        if self.done_once(data, name, behalf, operation, memory):
            memory.shares[whom] = can

    @rule(data=st.data(), name=EVERYBODY, behalf=BEHALF, whom=SHARED_WITH)
    def somebody_tries_to_unshare(
        self, data: st.DataObject, name: str, behalf: str | None, whom: str
    ) -> None:
        """Take a share back, if it was theirs to take and there is one."""
        memory = data.draw(st.sampled_from(self.memories))
        operation = _unshare(self.named(whom))
        there = whom in memory.shares
        if self.done_once(data, name, behalf, operation, memory, there=there):
            del memory.shares[whom]

    @rule(data=st.data(), name=EVERYBODY, behalf=BEHALF)
    def somebody_stores_a_batch(
        self, data: st.DataObject, name: str, behalf: str | None
    ) -> None:
        """Store what is there already, beside what cannot be stored."""
        memory = data.draw(st.sampled_from(self.memories))
        if memory.gone:
            return
        behalf = behalf if name == "service" else None
        expected = self.expected(name, "change", memory, behalf)
        called = self.expected_of_a_call(name, behalf)
        found: list[Any] = []

        def ask(api: Api, _: Known, headers: dict[str, str]) -> Any:
            answer = api.post(
                "memory/store/batch", {"memories": _batch(memory)}, **headers
            )
            found[:] = [one["status"] for one in answer.json().get("results", [])]
            return answer

        def store(actor: Actor, _: Known) -> None:
            drafts: list[Draft | InvalidError] = [
                Draft.model_validate(_draft(memory)),
                InvalidError([]),
            ]
            stored = mediator.store_many(actor=actor, drafts=drafts, now=timezone.now())
            found[:] = [STATUSES.get(type(one), "updated") for one in stored]

        operation = Operation("change", 200, ask, store)
        recorded = "allowed" if expected == 200 else "refused"
        self.called(data, name, behalf, operation, recorded=recorded)
        first = "updated" if expected == 200 else expected
        assert found == ([first, 400] if called == 200 else [])

    @rule(data=st.data(), name=EVERYBODY, behalf=BEHALF)
    def somebody_is_helped_to_type(
        self, data: st.DataObject, name: str, behalf: str | None
    ) -> None:
        """Suggest no word but those of what one sees."""
        behalf = behalf if name == "service" else None
        known = {one.word for one in self.memories if self.sees(name, behalf, one)}

        def check(suggestions: Iterable[tuple[str, int]]) -> None:
            words = {text: count for text, count in suggestions if "kx" in text}
            assert words.keys() <= known
            assert set(words.values()) <= {1}

        def ask(api: Api, _: Known, headers: dict[str, str]) -> Any:
            answer = api.get("memory/suggest", {"q": "kx", "limit": 50}, **headers)
            found = answer.json().get("suggestions", [])
            check((one["text"], one["count"]) for one in found)
            return answer

        def suggest(actor: Actor, _: Known) -> None:
            request = SuggestRequest(q="kx", limit=50)
            found = mediator.suggest(actor=actor, request=request, now=timezone.now())
            check((one.text, one.count) for one in found)

        self.called(data, name, behalf, Operation("read", 200, ask, suggest))

    @rule(data=st.data(), name=EVERYBODY, behalf=BEHALF)
    def somebody_counts(
        self, data: st.DataObject, name: str, behalf: str | None
    ) -> None:
        """Count what one sees and nothing else."""
        behalf = behalf if name == "service" else None
        types = [one.type for one in self.memories if self.sees(name, behalf, one)]

        def ask(api: Api, _: Known, headers: dict[str, str]) -> Any:
            answer = api.get("stats", **headers)
            if answer.status_code == 200:
                assert answer.json()["total"] == len(types)
                assert answer.json()["by_type"] == Counter(types)
            return answer

        def count(actor: Actor, _: Known) -> None:
            found = mediator.overview(actor=actor, now=timezone.now())
            assert found.by_type == Counter(types)

        self.called(data, name, behalf, Operation("read", 200, ask, count))

    @rule(data=st.data(), name=EVERYBODY, behalf=BEHALF)
    def somebody_reads_the_audit(
        self, data: st.DataObject, name: str, behalf: str | None
    ) -> None:
        """Show it to a CEO, and to nobody who acts for one."""
        behalf = behalf if name == "service" else None
        operation = Operation(
            "audit",
            200,
            lambda api, _, headers: api.get("audit", {"limit": 1}, **headers),
            lambda actor, _: mediator.audit(
                actor=actor, request=AuditRequest(limit=1), now=timezone.now()
            ),
        )
        is_theirs = name in CAST and self.people[name].role is Role.CEO
        self.called(data, name, behalf, operation, may=is_theirs)

    @rule(data=st.data(), name=st.sampled_from(sorted(CAST)))
    def somebody_searches(self, data: st.DataObject, name: str) -> None:
        """Find what one sees and nothing else."""
        memory, person = data.draw(st.sampled_from(self.memories)), self.people[name]
        if not person.active:
            return
        asked = {"query": memory.word, "mode": "lexical"}
        actor = Named(email=person.account.email)(NO_CLIENT)

        result = TOOLS["memory_search"].call(actor, asked, timezone.now())

        found = result.structured_content
        sees = not memory.gone and may(name, person, "read", memory)
        assert [one["id"] for one in found["results"]] == [str(memory.id)] * sees
        assert found["total"] == sees

    @rule(name=st.sampled_from(sorted(CAST)))
    def somebody_lists(self, name: str) -> None:
        """Hold in a list what one sees."""
        person = self.people[name]
        actor = Actor(user=fresh(person.account), channel=Channel.API)
        visible = Memory.objects.visible_to(actor).live(timezone.now())
        assert set(visible.values_list("pk", flat=True)) == {
            memory.id
            for memory in self.memories
            if not memory.gone and may(name, person, "read", memory)
        }

    @invariant()
    def it_went_on(self) -> None:
        """Count the steps."""
        Rights.steps += 1

    # How it is asked.

    def alive(self, data: st.DataObject) -> Known | None:
        """Choose a memory that is there."""
        there = [memory for memory in self.memories if not memory.gone]
        return data.draw(st.sampled_from(there)) if there else None

    def may_be_given(self, memory: Known, whom: str) -> bool:
        """Say whether sharing with somebody is no mistake."""
        return whom == "team" or (self.people[whom].active and memory.owner != whom)

    def named(self, whom: str) -> dict[str, str]:
        """Name somebody to share with, as the API takes it."""
        if whom == "team":
            return {"group": self.team.name}
        return {"user": self.people[whom].account.email}

    def sees(self, name: str, behalf: str | None, memory: Known) -> bool:
        """Say whether somebody reads a memory, in the view that they have."""
        reader = behalf or name
        is_read = reader in CAST and may(reader, self.people[reader], "read", memory)
        return is_read and not memory.gone

    def done_once(
        self,
        data: st.DataObject,
        name: str,
        behalf: str | None,
        operation: Operation,
        memory: Known,
        *,
        there: bool = True,
    ) -> bool:
        """Do by one way in what cannot be done by both; returns whether it was done."""
        behalf = behalf if name == "service" else None
        expected = self.expected(name, operation.deed, memory, behalf)
        if expected == 200 and not there:
            expected = 404
        if expected != 401 and data.draw(st.booleans()):
            answered = self.verb(name, behalf, operation, memory)
            wanted = expected
        else:
            answered = self.asked(name, behalf, operation, memory)
            wanted = operation.done if expected == 200 else expected
        assert answered == wanted, f"{name} for {behalf}: {operation.deed} {memory}"
        return expected == 200

    def called(
        self,
        data: st.DataObject,
        name: str,
        behalf: str | None,
        operation: Operation,
        *,
        may: bool = True,
        recorded: str | None = None,
    ) -> None:
        """Make a call that is about no one memory, by one way in."""
        memory = self.memories[0]
        expected = self.expected_of_a_call(name, behalf)
        if expected == 200 and not may:
            expected = 403
        if expected != 401 and data.draw(st.booleans()):
            assert self.verb(name, behalf, operation, memory) == expected
        else:
            answered = self.asked(name, behalf, operation, memory, recorded=recorded)
            assert answered == expected

    def expected_of_a_call(self, name: str, behalf: str | None) -> int:
        """Say how the contract answers where it is not about one memory."""
        if name not in CAST or not self.people[name].active:
            return 401
        return 200 if self.is_somebody(behalf) else 400

    def expected(self, name: str, deed: str, memory: Known, behalf: str | None) -> int:
        """Say how the contract answers."""
        called = self.expected_of_a_call(name, behalf)
        if called != 200:
            return called
        if not self.sees(name, behalf, memory):
            return 404
        if deed == "read" or may(name, self.people[name], deed, memory):
            return 200
        return 403

    def asked(
        self,
        name: str,
        behalf: str | None,
        operation: Operation,
        memory: Known,
        *,
        recorded: str | None = None,
    ) -> int:
        """Ask over the API, first with the token from before where there is one.

        `recorded` is how it is on record, where the status does not say so.
        """
        headers = {}
        if behalf:
            headers["X-On-Behalf-Of"] = self.people[behalf].account.email
        person = self.people.get(name)
        if person is None:
            return self.status(operation, Api(None), memory, headers, records=0)
        if person.token and not person.token_is_good:
            ended = self.status(operation, person.token, memory, headers, records=0)
            assert ended == 401, f"{name} got in with a token of other rights"
        if not person.token_is_good:
            person.token = Api(fresh(person.account))
            person.token_is_good = person.active
        assert person.token
        return self.status(
            operation,
            person.token,
            memory,
            headers,
            records=int(person.active),
            recorded=recorded,
        )

    def is_somebody(self, behalf: str | None) -> bool:
        """Say whether who is acted for has an active account, if anybody is."""
        return behalf is None or self.people[behalf].active

    def status(
        self,
        operation: Operation,
        api: Api,
        memory: Known,
        headers: dict[str, str],
        *,
        records: int,
        recorded: str | None = None,
    ) -> int:
        """Ask, and see that this leaves so many records of how it ended."""
        before = Record.objects.count()
        status = int(operation.by_api(api, memory, headers).status_code)
        left = Record.objects.order_by("seq")[before:]
        outcome = recorded or ("allowed" if status < 300 else "refused")
        assert [one.outcome for one in left] == [outcome] * records
        return status

    def verb(
        self, name: str, behalf: str | None, operation: Operation, memory: Known
    ) -> int:
        """Call the mediator, and say what status its answer stands for."""
        if not self.is_somebody(behalf):
            return 400
        actor = Actor(
            user=fresh(self.people[name].account),
            behalf=fresh(self.people[behalf].account) if behalf else None,
            channel=Channel.MCP,
        )
        try:
            operation.by_verb(actor, memory)
        except HubError as refusal:
            return STATUSES[type(refusal)]
        return 200

    def agent(
        self, name: str, behalf: str | None, operation: Operation, memory: Known
    ) -> int:
        """Call a tool, and say what status its answer stands for."""
        who = Named(
            email=self.people[name].account.email,
            behalf=self.people[behalf].account.email if behalf else None,
        )
        before, tool = Record.objects.count(), TOOLS[operation.tool]
        try:
            actor = who(NO_CLIENT)
            result = tool.call(actor, operation.arguments(memory), timezone.now())
        except HubError as refusal:
            status = STATUSES[type(refusal)]
        else:
            status = 404 if result.structured_content.get("missing") else 200
        (record,) = Record.objects.order_by("seq")[before:]
        outcome = "allowed" if status == 200 else "refused"
        assert (record.channel, record.outcome) == ("mcp", outcome)
        return status


def fresh(account: User) -> User:
    """Return an account as a request finds it."""
    return User.objects.with_roles().get(pk=account.pk)


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.usefixtures("index")
def test_every_request_is_answered_by_what_holds_then() -> None:
    run_state_machine_as_test(
        Rights,
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert Rights.steps >= 5000, Rights.steps
