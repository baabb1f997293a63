"""audit.admin: the records are read, found by a person's address, and never changed."""

import pytest
from django.contrib.admin import site as admin_site
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from audit import trail
from audit.admin import RecordAdmin
from audit.models import Record
from tests.audit.writing import LATER, run, write

pytestmark = pytest.mark.django_db

LIST = reverse("admin:audit_record_changelist")


@pytest.fixture
def admin(ceo: User) -> Client:
    client = Client()
    client.force_login(ceo)
    return client


def page_of(record: Record) -> str:
    return reverse("admin:audit_record_change", args=[record.pk])


def shown(admin: Client, search: str = "") -> list[str]:
    """Return whose records the list shows, beside those of looking at it."""
    answer = admin.get(LIST, {"q": search})
    records = answer.context["cl"].result_list
    return [record.actor for record in records if record.action != "audit"]


class TestTheList:
    def test_shows_who_it_was(self, admin: Client) -> None:
        write(2)

        assert shown(admin) == ["person1@example.com", "person0@example.com"]
        assert "person1@example.com" in admin.get(LIST).text

    @pytest.mark.parametrize("search", ["person1@example.com", " PERSON1@example.com"])
    def test_finds_a_person_by_the_whole_address(
        self, admin: Client, search: str
    ) -> None:
        write(3)

        assert shown(admin, search) == ["person1@example.com"]

    def test_finds_what_was_done_on_somebodys_behalf(self, admin: Client) -> None:
        write(1, behalf="boss@example.com")
        write(1)

        assert len(shown(admin, "boss@example.com")) == 1

    def test_finds_a_person_by_the_two_indexes_of_subjects(self, ceo: User) -> None:
        write(1)
        request = RequestFactory().get(LIST)
        request.user = ceo
        run("SET LOCAL enable_seqscan = off")

        found, _ = RecordAdmin(Record, admin_site).get_search_results(
            request, Record.objects.all(), "person0@example.com"
        )

        plan = found.explain()
        assert "audit_record_subject" in plan
        assert "audit_record_behalf" in plan
        assert "Filter" not in plan

    @pytest.mark.parametrize(
        ("search", "found"), [("SEARCH", 3), ("request-2", 1), ("person", 0)]
    )
    def test_finds_an_action_and_a_request(
        self, admin: Client, search: str, found: int
    ) -> None:
        write(3)

        assert len(shown(admin, search)) == found

    def test_shows_an_erased_person_as_such(self, admin: Client) -> None:
        write(1)
        trail.erase(address="person0@example.com", now=LATER)

        assert shown(admin) == ["(erased)"]
        assert "person0" not in admin.get(LIST).text

    def test_asks_for_the_keys_of_many_at_once(
        self, admin: Client, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        write(20, behalf="boss@example.com")

        admin.get(LIST)
        with django_assert_max_num_queries(14):
            assert len(shown(admin)) == 20


class TestAPage:
    def test_shows_what_a_record_says_of_people(self, admin: Client) -> None:
        (record,) = write(behalf="boss@example.com")

        page = admin.get(page_of(record)).text

        for said in ("person0@example.com", "boss@example.com", "192.0.2.7"):
            assert said in page
        assert "ciphertext" not in page

    def test_changes_nothing(self, admin: Client) -> None:
        (record,) = write()

        assert admin.post(page_of(record), {"action": "x"}).status_code == 403
        assert Record.objects.get(pk=record.pk).action == "search"
