"""mediator: who reads the audit, and what is on record of that."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from accounts.actor import Actor
from accounts.models import User
from audit import trail
from audit.models import Record
from memories import mediator
from memories.errors import ForbiddenError
from memories.schemas.auditing import AuditRequest
from tests.audit.writing import write
from tests.conftest import acting
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def read(actor: Actor) -> object:
    return mediator.audit(actor=actor, request=AuditRequest(), now=NOW)


def look(actor: Actor) -> None:
    mediator.look_at_audit(actor=actor, what="a record", now=NOW)


def export(actor: Actor) -> list[Record]:
    taken = mediator.export_audit(
        actor=actor, choose=lambda: trail.find(action="search"), what="all", now=NOW
    )
    return list(taken)


@pytest.mark.parametrize("verb", [read, look, export])
class TestTheAudit:
    def test_is_the_ceos(self, verb: Callable[[Actor], object], ceo: User) -> None:
        verb(acting(ceo))

        assert Record.objects.get().outcome == "allowed"

    def test_is_no_managers(
        self, verb: Callable[[Actor], object], manager: User
    ) -> None:
        with pytest.raises(ForbiddenError):
            verb(acting(manager))

        assert Record.objects.get().outcome == "refused"

    def test_is_out_of_sight_of_a_ceo_who_views_as_another(
        self, verb: Callable[[Actor], object], ceo: User, user: User
    ) -> None:
        with pytest.raises(ForbiddenError):
            verb(replace(acting(ceo), behalf=user))

        record = Record.objects.get()
        assert (record.outcome, record.on_behalf_of) == ("refused", user.email)


def test_an_export_says_how_many_records_were_taken(ceo: User) -> None:
    write(3)

    assert len(export(acting(ceo))) == 3
    assert Record.objects.get(action="audit_export").returned == 3
