"""Who may do what, in any order of events: the hub against a few lines of an oracle.

Whatever happened just before (a share, its end, another role, an account disabled, a
deletion, an expiry), the next request is answered by what holds then, through the API
and the mediator alike, with the cache warm, and leaves one record that says how.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
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
from memories import mediator
from memories.errors import (
    ForbiddenError,
    HubError,
    InvalidError,
    NotFoundError,
)
from memories.models import Memory
from memories.schemas.annotating import Note
from memories.schemas.draft import Amendment, Draft
from memories.schemas.search import RelatedRequest, SearchRequest
from tests.conftest import Api
from tests.factories import CONTENTS, make_user

STEPS, RUNS = 50, 115
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
    """One thing to do with a memory, by either way in."""

    deed: str
    done: int
    """The status that says it was done."""
    by_api: Callable[[Api, Known, dict[str, str]], Any]
    by_verb: Callable[[Actor, Known], Any]


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
    "read": Operation("read", 200, _get(""), _verb("retrieve_one")),
    "history": Operation("read", 200, _get("/history"), _verb("history")),
    "related": Operation(
        "read", 200, _get("/related"), _verb("related", request=RelatedRequest())
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
    ),
    "annotate": Operation(
        "annotate",
        201,
        lambda api, memory, headers: api.post(
            f"memory/{memory.id}/annotations", {"body": "Noted"}, **headers
        ),
        _verb("annotate", note=Note(body="Noted")),
    ),
}


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

    @precondition(lambda self: len(self.memories) < 6)
    @rule(
        owner=st.sampled_from(["owner", "manager", "member"]),
        type_=st.sampled_from(["chat", "insight", "decision"]),
    )
    def one_more_is_stored(self, owner: str, type_: str) -> None:
        """Store another, where the service may still do so."""
        service, person = self.people["service"], self.people[owner]
        if service.active and service.role is Role.SERVICE and person.active:
            self.remember(owner, type_, "view", "change")

    @rule(
        data=st.data(),
        whom=st.sampled_from(["viewer", "changer", "member", "outsider", "team"]),
        can=st.sampled_from(["view", "change"]),
    )
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
        name=st.sampled_from([*CAST, "anonymous"]),
        what=st.sampled_from(sorted(OPERATIONS)),
        behalf=st.sampled_from([None, None, "owner", "viewer", "outsider", "ceo"]),
    )
    def somebody_tries(
        self, data: st.DataObject, name: str, what: str, behalf: str | None
    ) -> None:
        """Do something with a memory over the API, and by the verb, which agree."""
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

    @rule(data=st.data(), name=st.sampled_from(sorted(CAST)))
    def somebody_searches(self, data: st.DataObject, name: str) -> None:
        """Find what one sees and nothing else."""
        memory, person = data.draw(st.sampled_from(self.memories)), self.people[name]
        if not person.active:
            return
        actor = Actor(user=fresh(person.account), channel=Channel.MCP)
        request = SearchRequest(query=memory.word, mode="lexical")

        found = mediator.search(actor=actor, request=request, now=timezone.now())

        sees = not memory.gone and may(name, person, "read", memory)
        assert [one.memory.pk for one in found.results] == [memory.id] * sees
        assert found.found.total == sees

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

    def expected(self, name: str, deed: str, memory: Known, behalf: str | None) -> int:
        """Say how the contract answers."""
        person = self.people.get(name)
        if person is None or not person.active:
            return 401
        reader, reads_as = person, name
        if behalf:
            reader, reads_as = self.people[behalf], behalf
            if not reader.active:
                return 400
        if memory.gone or not may(reads_as, reader, "read", memory):
            return 404
        if deed == "read" or may(name, person, deed, memory):
            return 200
        return 403

    def asked(
        self, name: str, behalf: str | None, operation: Operation, memory: Known
    ) -> int:
        """Ask over the API, first with the token from before where there is one."""
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
    ) -> int:
        """Ask, and see that this leaves so many records of how it ended."""
        before = Record.objects.count()
        status = int(operation.by_api(api, memory, headers).status_code)
        left = Record.objects.order_by("seq")[before:]
        assert [one.outcome for one in left] == [
            "allowed" if status < 300 else "refused"
        ] * records
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
            statuses = {NotFoundError: 404, ForbiddenError: 403, InvalidError: 400}
            return statuses[type(refusal)]
        return 200


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
    assert Rights.steps >= 5000
