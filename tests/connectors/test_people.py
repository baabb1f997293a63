"""connectors.people: unknown people are joined to their accounts once there are any."""

import pytest
from django.db import transaction
from django.utils import timezone

from connectors.base import Known
from connectors.models import News, Person
from connectors.people import People, meet
from memories.models import Memory
from tests.connectors.delivering import deliver, spread, work
from tests.connectors.slack.payloads import ANN, BOB, channel_made, joined, message
from tests.factories import make_user
from tests.sessions import together

pytestmark = pytest.mark.django_db

ADDRESS = "ann@example.com"


class TestMeeting:
    def test_remembers_names_and_addresses(self) -> None:
        meet("slack", [Known(id=ANN, name="Ann Lee", email="Ann@Example.com")])

        assert People("slack").get(ANN) == Known(
            id=ANN, name="Ann Lee", email="ann@example.com"
        )

    def test_keeps_what_is_not_told_again(self) -> None:
        meet("slack", [Known(id=ANN, name="Ann Lee", email=ADDRESS)])

        meet("slack", [Known(id=ANN, name="Ann Lee-Wu")])

        known = People("slack").get(ANN)
        assert known
        assert (known.name, known.email) == ("Ann Lee-Wu", ADDRESS)

    def test_of_whom_all_is_known_is_no_news(self) -> None:
        meet("slack", [Known(id=ANN, name="Ann Lee", email=ADDRESS)])
        News.objects.all().delete()

        meet("slack", [Known(id=ANN, name="Ann Lee"), Known(id=ANN)])

        assert not News.objects.exists()

    def test_is_apart_for_each_tool(self) -> None:
        meet("slack", [Known(id=ANN, name="Ann Lee")])

        assert People("github").get(ANN) is None

    @pytest.mark.django_db(transaction=True)
    def test_of_the_same_in_two_sessions_makes_one(self) -> None:
        many = [Known(id=f"U{number}", name=f"{number}") for number in range(50)]

        together(4, transaction.atomic(lambda: meet("slack", many)))

        assert Person.objects.count() == 50
        assert not Person.objects.filter(name="").exists()

    def test_an_address_is_known_by_itself(self) -> None:
        assert People("gong").get("Ann@Example.com") == Known(
            id="Ann@Example.com", email=ADDRESS
        )


class TestSomebody:
    def test_owns_what_they_wrote(self) -> None:
        ann = make_user(email="Ann@example.com")
        deliver(joined(ANN, "Ann Lee", ADDRESS), message("We keep the price"))
        work()

        memory = Memory.objects.get()
        assert memory.owner == ann
        assert memory.content["author"] == "Ann Lee"

    def test_unknown_is_named_by_id_and_their_memory_nobodys(self) -> None:
        deliver(message("We keep the price"))
        work()

        memory = Memory.objects.get()
        assert memory.owner is None
        assert memory.content["author"] == ANN


@pytest.mark.django_db(transaction=True)
class TestNews:
    def test_of_an_account_gives_it_what_it_wrote(self) -> None:
        deliver(joined(ANN, "Ann Lee", ADDRESS), message("We keep the price"))
        work()
        assert Memory.objects.get().owner is None

        ann = make_user(email=ADDRESS)
        spread()

        memory = Memory.objects.get()
        assert (memory.owner, memory.version) == (ann, 2)

    def test_of_an_account_that_has_another_address_now_does_so_too(self) -> None:
        ann = make_user(email="old@example.com")
        deliver(joined(ANN, "Ann Lee", ADDRESS), message("We keep the price"))
        work()

        ann.email = ADDRESS
        ann.save()
        spread()

        assert Memory.objects.get().owner == ann

    def test_of_a_name_puts_it_in(self) -> None:
        deliver(message(f"<@{BOB}> We keep the price"))
        work()

        deliver(joined(ANN, "Ann Lee"), joined(BOB, "Bob Ray"), channel_made())
        work()
        spread()

        content = Memory.objects.get().content
        assert content["message"] == "@Bob Ray We keep the price"
        assert content["author"] == "Ann Lee"
        assert content["channel"] == "#pricing"

    def test_of_somebody_nobody_awaits_changes_nothing(self) -> None:
        deliver(message("We keep the price"))
        work()

        make_user(email="carol@example.com")
        spread()

        assert Memory.objects.get().version == 1
        assert not News.objects.exists()

    def test_is_none_when_somebody_signs_in(self) -> None:
        ann = make_user(email=ADDRESS)
        News.objects.all().delete()

        ann.last_login = timezone.now()
        ann.save(update_fields=["last_login"])

        assert not News.objects.exists()

    def test_of_many_accounts_gives_each_their_own(self) -> None:
        deliver(joined(ANN, "Ann Lee", ADDRESS), joined(BOB, "Bob Ray", "bob@x.com"))
        for number in range(6):
            by = ANN if number % 2 else BOB
            deliver(message(f"{number}", ts=f"178031520{number}.000100", user=by))
        work()

        ann, bob = make_user(email=ADDRESS), make_user(email="bob@x.com")
        together(2, spread)

        assert Memory.objects.filter(owner=ann).count() == 3
        assert Memory.objects.filter(owner=bob).count() == 3
