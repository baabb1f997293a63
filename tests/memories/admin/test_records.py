"""What the admin shows, and what it refuses, is on record: once, and as what it was."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit.models import Record
from memories import mediator
from memories.errors import ConflictError
from memories.models import Memory, RetentionPolicy
from tests.conftest import Api, acting
from tests.factories import NOW, make_memory, share


@pytest.fixture
def memory(user: User) -> Memory:
    return make_memory(type="decision", owner=user, title="Secret plans")


def browse(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def page(memory: Memory, name: str = "change") -> str:
    return reverse(f"admin:memories_decisionmemory_{name}", args=[memory.pk])


def records() -> list[tuple[str, str, str]]:
    found = Record.objects.order_by("seq")
    return [(one.action, one.outcome, one.reason) for one in found]


class TestAPage:
    @pytest.mark.parametrize("method", ["options", "put", "patch", "delete", "trace"])
    def test_is_shown_by_no_other_method(
        self, method: str, memory: Memory, ceo: User
    ) -> None:
        answer: Any = getattr(browse(ceo), method)(page(memory))

        assert answer.status_code == 405
        assert "Secret plans" not in answer.text

    @pytest.mark.parametrize("method", ["get", "head"])
    @pytest.mark.parametrize("name", ["change", "delete"])
    def test_leaves_a_record(
        self, method: str, name: str, memory: Memory, ceo: User
    ) -> None:
        getattr(browse(ceo), method)(page(memory, name))

        assert records() == [("retrieve", "allowed", "")]

    def test_that_comes_back_with_faults_leaves_one_too(
        self, memory: Memory, user: User
    ) -> None:
        answer = browse(user).post(page(memory), {"content_decision": ""})

        assert answer.status_code == 200
        assert records() == [("retrieve", "allowed", "")]

    def test_that_asks_with_whom_to_share_leaves_one(
        self, memory: Memory, user: User
    ) -> None:
        ticked = {"action": "share_chosen", "_selected_action": [str(memory.pk)]}

        browse(user).post("/admin/memories/decisionmemory/", ticked)

        (record,) = Record.objects.all()
        assert (record.action, record.memory_ids) == ("browse", [memory.pk])


class TestARefusal:
    @pytest.mark.parametrize(
        ("name", "action"), [("change", "amend"), ("delete", "forget")]
    )
    def test_of_a_change_leaves_a_record(
        self, name: str, action: str, memory: Memory, manager: User
    ) -> None:
        answer = browse(manager).post(page(memory, name), {"post": "yes"})

        assert answer.status_code == 403
        assert records() == [(action, "refused", "forbidden")]

    @pytest.mark.parametrize(
        ("name", "action"),
        [("change", "retrieve"), ("delete", "retrieve"), ("history", "history")],
    )
    def test_of_what_is_hidden_leaves_a_record(
        self, name: str, action: str, memory: Memory, outsider: User
    ) -> None:
        assert browse(outsider).get(page(memory, name)).status_code == 404

        assert records() == [(action, "refused", "not_found")]

    @pytest.mark.parametrize(
        ("name", "action"),
        [
            ("change", "retrieve"),
            ("delete", "retrieve"),
            ("history", "history"),
            ("access", "access"),
        ],
    )
    def test_of_what_is_of_another_type_leaves_a_record(
        self, name: str, action: str, memory: Memory, user: User
    ) -> None:
        elsewhere = page(memory, name).replace("decision", "chat")

        assert browse(user).get(elsewhere).status_code == 404

        assert records() == [(action, "refused", "not_found")]

    def test_to_remark_on_another_type_leaves_a_record(
        self, memory: Memory, user: User
    ) -> None:
        elsewhere = page(memory, "annotate").replace("decision", "chat")
        remark = {"kind": "note", "body": "Seen"}

        assert browse(user).post(elsewhere, remark).status_code == 404

        assert records() == [("annotate", "refused", "not_found")]
        assert not memory.annotations.exists()

    def test_of_a_form_that_is_not_ours_leaves_a_record(
        self, memory: Memory, user: User
    ) -> None:
        answer = browse(user).post(page(memory), {"_to_field": "title"})

        assert answer.status_code == 400
        assert records() == [("amend", "refused", "invalid")]

    def test_names_the_memory_however_its_address_is_written(
        self, memory: Memory, outsider: User
    ) -> None:
        address = page(memory).replace(str(memory.pk), f"urn_3Auuid_3A{memory.pk}")

        assert browse(outsider).post(address).status_code == 404

        assert Record.objects.get().memory_ids == [memory.pk]

    def test_of_a_filter_that_is_wrong_leaves_a_record(self, user: User) -> None:
        path = reverse("admin:memories_decisionmemory_changelist")

        assert browse(user).get(path, {"occurred_at__gte": "abc"}).status_code == 302

        assert records() == [("browse", "refused", "invalid")]

    @pytest.mark.parametrize(
        ("name", "action"), [("change", "amend"), ("delete", "forget")]
    )
    def test_of_a_change_to_what_is_hidden_leaves_a_record(
        self, name: str, action: str, memory: Memory, outsider: User
    ) -> None:
        answer = browse(outsider).post(page(memory, name), {"post": "yes"})

        assert answer.status_code == 404
        assert records() == [(action, "refused", "not_found")]

    def test_outlives_the_transaction_of_the_form(
        self, memory: Memory, user: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def too_late(**_: object) -> None:
            raise ConflictError(current_version=2)

        monkeypatch.setattr(mediator, "amend", too_late)
        form = {
            "content_decision": "Go",
            "content_status": "proposed",
            "content_priority": "medium",
            "content_action_items": "",
            "metadata": "{}",
            "seen_version": "1",
            "occurred_at_0": f"{memory.occurred_at:%Y-%m-%d}",
            "occurred_at_1": f"{memory.occurred_at:%H:%M:%S}",
        }

        assert browse(user).post(page(memory), form).status_code == 303

        assert records() == [("amend", "refused", "conflict")]

    def test_of_the_audit_is_no_look_at_it(self, user: User) -> None:
        found = browse(user).get("/admin/audit/record/", {"q": "ann@example.com"})

        assert found.status_code == 403
        assert records() == [("audit", "refused", "forbidden")]

    def test_of_viewing_as_somebody_shows_nobody(self, user: User, ceo: User) -> None:
        answer = browse(user).post("/admin/view-as/", {"email": ""})

        assert answer.status_code == 403
        assert ceo.email not in answer.text
        assert records() == [("view_as", "refused", "forbidden")]

    def test_of_all_that_was_to_be_shared_is_one(
        self, memory: Memory, manager: User, outsider: User
    ) -> None:
        ticked = {
            "action": "share_chosen",
            "_selected_action": [str(memory.pk)],
            "user": outsider.email,
            "can": "view",
        }

        browse(manager).post("/admin/memories/decisionmemory/", ticked)

        (record,) = Record.objects.filter(action="share_batch")
        assert (record.outcome, record.reason) == ("refused", "forbidden")
        assert record.memory_ids == [memory.pk]

    def test_to_act_for_another_leaves_a_record(
        self, memory: Memory, user: User, service: User
    ) -> None:
        headers = {"X-On-Behalf-Of": user.email}

        assert Api(user).get(f"memory/{memory.pk}", **headers).status_code == 403
        unknown = {"X-On-Behalf-Of": "nobody@example.com"}
        assert Api(service).get(f"memory/{memory.pk}", **unknown).status_code == 400
        assert records() == [
            ("act_for", "refused", "forbidden"),
            ("act_for", "refused", "invalid"),
        ]


GOVERNED = {
    "account": "accounts_user",
    "group": "auth_group",
    "retention": "memories_retentionpolicy",
}


@pytest.fixture
def known(user: User) -> dict[str, object]:
    """One of each kind, by its key."""
    RetentionPolicy.objects.create(type="chat", days=30, updated_at=NOW)
    group = Group.objects.create(name="Sales")
    return {"account": user.pk, "group": group.pk, "retention": "chat"}


def governed(kind: str, name: str, *args: object) -> str:
    return reverse(f"admin:{GOVERNED[kind]}_{name}", args=args)


@pytest.mark.parametrize("kind", GOVERNED)
class TestWhatIsTheCeos:
    def test_leaves_a_record_of_its_list(
        self, kind: str, known: dict[str, object], ceo: User
    ) -> None:
        shown = browse(ceo).get(governed(kind, "changelist")).context["cl"].result_list

        (record,) = Record.objects.all()
        assert (record.action, record.outcome) == (f"{kind}_list", "allowed")
        assert record.returned == len(shown) > 0

    @pytest.mark.parametrize("name", ["change", "delete", "history"])
    def test_leaves_a_record_of_each_page(
        self, kind: str, name: str, known: dict[str, object], ceo: User
    ) -> None:
        browse(ceo).get(governed(kind, name, known[kind]))

        assert records() == [(f"{kind}_read", "allowed", f"{kind} {known[kind]}")]

    @pytest.mark.parametrize("method", ["get", "post"])
    @pytest.mark.parametrize("name", ["changelist", "add", "change", "delete"])
    def test_leaves_a_record_of_a_refusal(
        self,
        kind: str,
        name: str,
        method: str,
        known: dict[str, object],
        manager: User,
    ) -> None:
        args = [known[kind]] if name in {"change", "delete"} else []

        answer = getattr(browse(manager), method)(governed(kind, name, *args))

        assert answer.status_code == 403
        (record,) = Record.objects.all()
        about = ": ".join(["forbidden", *(f"{kind} {key}" for key in args)])
        assert (record.outcome, record.reason) == ("refused", about)

    def test_is_not_theirs_who_view_as_somebody_else(
        self, kind: str, known: dict[str, object], ceo: User, user: User
    ) -> None:
        client = browse(ceo)
        client.post("/admin/view-as/", {"email": user.email})

        assert client.get(governed(kind, "changelist")).status_code == 403
        assert client.get(governed(kind, "change", known[kind])).status_code == 403
        assert [outcome for _, outcome, _ in records()[1:]] == ["refused"] * 2

    def test_is_nothing_under_a_key_that_cannot_be(
        self, kind: str, known: dict[str, object], ceo: User
    ) -> None:
        for key in ("\0", "9" * 30, "nobody"):
            answer = browse(ceo).get(governed(kind, "change", key), follow=True)
            assert "exist" in answer.text


class TestAnAccount:
    def test_leaves_a_record_where_its_password_is_set(
        self, ceo: User, user: User, manager: User
    ) -> None:
        address = reverse("admin:auth_user_password_change", args=[user.pk])

        browse(ceo).get(address)
        browse(manager).post(address)

        about = f"account {user.pk}"
        assert records() == [
            ("account_read", "allowed", about),
            ("account_change", "refused", f"forbidden: {about}"),
        ]

    def test_leaves_a_record_where_its_second_factor_is_reset(
        self, ceo: User, user: User, manager: User
    ) -> None:
        address = reverse("admin:second_factor_reset", args=[user.pk])

        browse(ceo).get(address)
        browse(manager).get(address)
        browse(manager).post(address)

        about = f"account {user.pk}"
        assert records() == [
            ("account_read", "allowed", about),
            ("account_read", "refused", f"forbidden: {about}"),
            ("second_factor_reset", "refused", f"forbidden: {about}"),
        ]

    def test_leaves_a_record_where_all_are_offered_to_be_viewed_as(
        self, ceo: User, manager: User
    ) -> None:
        browse(ceo).get("/admin/view-as/")
        browse(manager).get("/admin/view-as/")

        assert records() == [
            ("account_list", "allowed", ""),
            ("account_list", "refused", "forbidden"),
        ]

    def test_is_not_looked_up_elsewhere(self, ceo: User) -> None:
        field = {"app_label": "memories", "model_name": "chatmemory"}
        asked = {**field, "field_name": "owner", "term": "e"}

        assert browse(ceo).get("/admin/autocomplete/", asked).status_code == 404
        assert browse(ceo).get("/admin/otp_totp/totpdevice/").status_code == 404


def test_a_record_that_is_to_be_changed_leaves_one(ceo: User) -> None:
    mediator.refused(actor=acting(ceo), action="search", reason="invalid", now=NOW)
    record = Record.objects.get()
    change = reverse("admin:audit_record_change", args=[record.pk])

    assert browse(ceo).post(change, {"action": "x"}).status_code == 403

    about = f"forbidden: change record {record.pk}"
    assert records()[1:] == [("audit", "refused", about)]


def test_a_search_of_the_audit_keeps_no_address(ceo: User) -> None:
    browse(ceo).get("/admin/audit/record/", {"q": "ann@example.com"})

    record = Record.objects.get()
    assert (record.action, record.reason) == ("audit", "")
    assert len(record.query_digest) == 64


def test_nobody_acts_for_another_in_the_admin(ceo: User, user: User) -> None:
    client = browse(ceo)

    answer = client.get("/admin/", headers={"X-On-Behalf-Of": user.email})

    assert answer.status_code == 200
    assert Record.objects.get().on_behalf_of == ""


def test_a_service_learns_nothing_of_the_audit_for_a_ceo(
    memory: Memory, ceo: User, service: User
) -> None:
    share(memory, ceo)
    headers = {"X-On-Behalf-Of": ceo.email}

    answer = Api(service).get(f"memory/{memory.pk}/access", **headers)

    assert answer.json()["looks"] is None


@pytest.mark.parametrize("query", ["?at__gte=x", "?nosuch=1", "?seq__in=x"])
def test_a_file_that_is_asked_for_wrongly_is_no_fault_of_ours(
    query: str, ceo: User
) -> None:
    assert browse(ceo).get(f"/admin/audit/record/csv/{query}").status_code == 400
