"""connectors.admin: what came in is seen, replayed and decided on by the CEO alone."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.test import Client
from django.urls import reverse, reverse_lazy
from django.utils import timezone

from accounts.models import User
from audit.models import Record
from connectors.models import Delivery, Rules
from connectors.registry import registry
from connectors.rules import rules_of
from tests.connectors.delivering import deliver, make_delivery, work
from tests.connectors.slack.payloads import message

LIST = reverse_lazy("admin:connectors_delivery_changelist")
RULES = reverse_lazy("admin:connectors_rules_changelist")


def admin(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page_of(user: User, delivery: Delivery) -> Any:
    where = reverse("admin:connectors_delivery_change", args=[delivery.pk])
    return admin(user).get(where)


def replay(user: User, *deliveries: Delivery) -> Any:
    ticked = [delivery.pk for delivery in deliveries]
    return admin(user).post(LIST, {"action": "replay", ACTION_CHECKBOX_NAME: ticked})


class TestTheList:
    def test_says_how_each_connector_fares(self, ceo: User) -> None:
        make_delivery(received_at=timezone.now(), reason="It is no JSON.")

        page = admin(ceo).get(LIST).text

        assert "Slack" in page
        assert "1 in the last day, 1 failed, 0 waiting" in " ".join(page.split())
        assert "failed It is no JSON." in page

    def test_says_what_is_to_be_done_at_the_vendor(self, ceo: User) -> None:
        assert "http://testserver/webhooks/slack" in admin(ceo).get(LIST).text

    def test_notices_silence(self, ceo: User) -> None:
        make_delivery(received_at=timezone.now() - timedelta(days=2))

        assert "silent" in admin(ceo).get(LIST).text

    def test_is_on_record(self, ceo: User) -> None:
        admin(ceo).get(LIST)

        assert Record.objects.get(action="delivery_list").outcome == "allowed"

    def test_is_the_ceos_alone(self, manager: User, outsider: User) -> None:
        for person in (manager, outsider):
            assert admin(person).get(LIST).status_code == 403


class TestAPage:
    def test_shows_what_was_sent_as_text(self, ceo: User) -> None:
        page = page_of(
            ceo, make_delivery(body=b'{"text": "<script>alert(1)</script>"}')
        )

        assert "&lt;script&gt;alert(1)" in page.text
        assert "<script>alert(1)" not in page.text

    def test_shows_what_is_no_json(self, ceo: User) -> None:
        assert (
            "{&quot;text&quot;: trunc"
            in page_of(ceo, make_delivery(body=b'{"text": trunc')).text
        )

    def test_cannot_be_changed(self, ceo: User) -> None:
        delivery = make_delivery()
        where = reverse("admin:connectors_delivery_change", args=[delivery.pk])

        assert admin(ceo).post(where, {"event": "another"}).status_code == 403

    def test_is_the_ceos_alone(self, manager: User) -> None:
        assert page_of(manager, make_delivery()).status_code == 403


class TestReplaying:
    @pytest.mark.django_db(transaction=True)
    def test_follows_what_was_decided_meanwhile(self, ceo: User) -> None:
        Rules.objects.update_or_create(
            pk="slack", defaults={"values": {"channels": []}}
        )
        deliver(message(text="Shall we?"))
        work()
        ignored = Delivery.objects.get()
        assert ignored.state == Delivery.State.IGNORED
        Rules.objects.update(values={})

        replay(ceo, ignored)
        work()

        ignored.refresh_from_db()
        assert ignored.state == Delivery.State.DONE
        assert len(ignored.memory_ids) == 1

    def test_is_on_record(self, ceo: User) -> None:
        replay(ceo, make_delivery(), make_delivery())

        assert Record.objects.get(action="delivery_replay").reason == "2 deliveries"
        assert set(Delivery.objects.values_list("state", "attempts")) == {
            (Delivery.State.RECEIVED, 0)
        }

    def test_is_the_ceos_alone(self, manager: User) -> None:
        delivery = make_delivery()

        assert replay(manager, delivery).status_code == 403
        delivery.refresh_from_db()
        assert delivery.state == Delivery.State.FAILED


class TestTheRules:
    @pytest.fixture(autouse=True)
    def _there(self, db: None) -> None:
        Rules.objects.get_or_create(connector="slack")

    def decide(self, user: User, values: str) -> Any:
        where = reverse("admin:connectors_rules_change", args=["slack"])
        return admin(user).post(where, {"values": values})

    def test_are_listed(self, ceo: User) -> None:
        assert "slack" in admin(ceo).get(RULES).text

    def test_say_what_there_is_to_decide(self, ceo: User) -> None:
        where = reverse("admin:connectors_rules_change", args=["slack"])

        assert "decision_reactions" in admin(ceo).get(where).text

    def test_hold_once_they_are_decided(self, ceo: User) -> None:
        answer = self.decide(ceo, '{"channels": ["pricing"]}')

        assert answer.status_code == 302
        assert rules_of(registry()["slack"]).channels == ["pricing"]
        assert Record.objects.get(action="rules_change").reason == "rules slack"

    @pytest.mark.parametrize("values", ['{"channels": 3}', '{"chanels": []}', "[]"])
    def test_are_refused_with_the_field_that_is_wrong(
        self, ceo: User, values: str
    ) -> None:
        answer = self.decide(ceo, values)

        assert answer.status_code == 200
        assert answer.context["adminform"].form.errors["values"]
        assert rules_of(registry()["slack"]).channels == ["*"]

    def test_are_the_ceos_alone(self, manager: User) -> None:
        assert self.decide(manager, "{}").status_code == 403
