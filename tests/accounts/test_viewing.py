"""Viewing the hub as somebody else."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit.models import Record
from memories.models import Memory
from tests.factories import make_memory, make_user, share

VIEW_AS, END = "/admin/view-as/", "/admin/view-as/end/"


@pytest.fixture
def ceos(ceo: User) -> Client:
    client = Client()
    client.force_login(ceo)
    return client


@pytest.fixture
def memory(user: User) -> Memory:
    return make_memory(owner=user, title="Only theirs")


def page(memory: Memory) -> str:
    return reverse("admin:memories_chatmemory_change", args=[memory.pk])


def view_as(client: Client, email: str) -> str:
    return client.post(VIEW_AS, {"email": email}, follow=True).content.decode()


def ended() -> list[tuple[str, str]]:
    """Return whose views of whom are on record as ended."""
    found = Record.objects.with_people().filter(action="view_as_end")
    return [(one.actor, one.on_behalf_of) for one in found]


class TestBeginning:
    def test_shows_their_view_and_a_banner(
        self, ceos: Client, user: User, outsider: User, memory: Memory
    ) -> None:
        hidden = make_memory(owner=outsider)

        first = view_as(ceos, user.email.upper())

        assert "You are viewing as user@example.com (User)" in first
        assert ceos.get(page(memory)).status_code == 200
        assert ceos.get(page(hidden)).status_code == 404

    def test_is_on_record_with_both(
        self, ceos: Client, ceo: User, user: User, memory: Memory
    ) -> None:
        view_as(ceos, user.email)
        ceos.get(page(memory))

        found = {
            (one.actor, one.on_behalf_of, one.action, one.role)
            for one in Record.objects.all()
        }
        assert found >= {
            (ceo.email, user.email, "view_as", "CEO"),
            (ceo.email, user.email, "retrieve", "CEO"),
        }

    @pytest.mark.parametrize("who", ["manager", "user"])
    def test_is_the_ceos(
        self, who: str, outsider: User, request: pytest.FixtureRequest
    ) -> None:
        client = Client()
        client.force_login(request.getfixturevalue(who))

        assert client.get(VIEW_AS).status_code == 403
        assert client.post(VIEW_AS, {"email": outsider.email}).status_code == 403
        assert Record.objects.get(action="view_as").outcome == "refused"

    def test_is_of_people_there_are(
        self, ceos: Client, ceo: User, service: User
    ) -> None:
        make_user(email="gone@example.com", is_active=False)

        for email in ("gone@example.com", service.email, ceo.email, "nobody@x.com"):
            told = view_as(ceos, email)
            assert f"no other person with the address {email}" in told


class TestMeanwhile:
    def test_governance_is_out_of_sight(self, ceos: Client, user: User) -> None:
        view_as(ceos, user.email)

        assert ceos.get("/admin/audit/record/").status_code == 403
        assert ceos.get(VIEW_AS).status_code == 403

    def test_nothing_can_be_changed(
        self, ceos: Client, user: User, outsider: User, memory: Memory
    ) -> None:
        view_as(ceos, user.email)
        screen = reverse("admin:memories_chatmemory_access", args=[memory.pk])
        delete = reverse("admin:memories_chatmemory_delete", args=[memory.pk])

        assert ceos.post(page(memory), {}).status_code == 403
        assert ceos.post(delete, {"post": "yes"}).status_code == 403
        wanted = {"user": outsider.email, "can": "view"}
        assert ceos.post(screen, wanted).status_code == 403
        assert Memory.objects.filter(pk=memory.pk).exists()
        assert not memory.user_permissions.exists()

    def test_what_is_refused_is_on_record_with_both(
        self, ceos: Client, ceo: User, user: User, memory: Memory
    ) -> None:
        view_as(ceos, user.email)
        ceos.post(page(memory), {})

        record = Record.objects.with_people().get(action="view_as_change")
        assert record.outcome == "refused"
        assert record.reason == f"forbidden: {page(memory)}"
        assert record.memory_ids == [memory.pk]
        assert (record.actor, record.on_behalf_of) == (ceo.email, user.email)

    def test_what_is_taken_from_them_is_out_of_sight_at_once(
        self, ceos: Client, outsider: User, memory: Memory
    ) -> None:
        share(memory, outsider)
        view_as(ceos, outsider.email)
        assert ceos.get(page(memory)).status_code == 200

        memory.user_permissions.all().delete()

        assert ceos.get(page(memory)).status_code == 404


class TestTheEnd:
    def test_comes_by_the_banner(
        self, ceos: Client, user: User, outsider: User
    ) -> None:
        hidden = make_memory(owner=outsider)
        view_as(ceos, user.email)

        own = ceos.post(END, follow=True).content.decode()

        assert "You are viewing as" not in own
        assert ceos.get(page(hidden)).status_code == 200

    def test_is_on_record_with_both(self, ceos: Client, ceo: User, user: User) -> None:
        view_as(ceos, user.email)
        ceos.post(END)
        ceos.post(END)

        assert ended() == [(ceo.email, user.email)]

    def test_does_not_come_by_a_link(self, ceos: Client, user: User) -> None:
        view_as(ceos, user.email)

        assert "You are viewing as" in ceos.get(END, follow=True).content.decode()

    def test_comes_when_the_person_goes(
        self, ceos: Client, ceo: User, user: User
    ) -> None:
        view_as(ceos, user.email)
        User.objects.filter(pk=user.pk).update(is_active=False)

        assert "You are viewing as" not in ceos.get("/admin/").content.decode()
        assert ended() == [(ceo.email, user.email)]

    def test_comes_when_the_persons_account_is_deleted(
        self, ceos: Client, ceo: User, user: User
    ) -> None:
        view_as(ceos, user.email)
        user.delete()

        assert "You are viewing as" not in ceos.get("/admin/").content.decode()
        assert ended() == [(ceo.email, "")]

    def test_comes_when_the_viewers_account_is_disabled(
        self, ceos: Client, ceo: User, user: User
    ) -> None:
        view_as(ceos, user.email)
        User.objects.filter(pk=ceo.pk).update(is_active=False)

        assert ceos.get("/admin/").status_code == 302
        assert ended() == [(ceo.email, user.email)]

    def test_comes_when_the_viewer_is_a_ceo_no_more(
        self, ceos: Client, ceo: User, user: User, outsider: User
    ) -> None:
        hidden = make_memory(owner=outsider)
        view_as(ceos, user.email)
        ceo.groups.clear()

        assert ceos.get("/admin/").status_code == 302
        ceos.force_login(User.objects.get(pk=ceo.pk))
        assert "You are viewing as" not in ceos.get("/admin/").content.decode()
        assert ceos.get(page(hidden)).status_code == 404

    def test_comes_with_signing_out(self, ceos: Client, ceo: User, user: User) -> None:
        view_as(ceos, user.email)

        assert ceos.post("/admin/logout/").status_code == 200
        assert ceos.get("/admin/").status_code == 302
        assert ended() == [(ceo.email, user.email)]


def test_an_answer_without_a_session_varies_by_no_cookie() -> None:
    assert "Cookie" not in Client().get("/healthz").headers.get("Vary", "")
