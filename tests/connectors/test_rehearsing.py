"""connectors.rehearsing: a test takes the whole way, and becomes no memory."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from audit.models import Record
from connectors.models import Delivery, Thing
from connectors.registry import registry
from connectors.rules import decide
from memories.models import Memory
from tests.connectors.delivering import work

pytestmark = pytest.mark.django_db

BECOMES = {
    "slack": "the chat “Decision: this way is open.”; the decision “This way is open.”",
    "github": "the decision “This way is open”",
    "linear": "the event “",
    "gong": "the event “",
}


@pytest.fixture(autouse=True)
def _all_are_set_up(settings: Settings) -> None:
    settings.CONNECTOR_SECRETS = {name: ["a secret"] for name in registry()}


def send_test(user: User, connector: str) -> Any:
    client = Client()
    client.force_login(user)
    where = reverse("admin:connectors_delivery_test", args=[connector])
    return client.post(where, follow=True)


class TestATest:
    @pytest.mark.parametrize("connector", registry())
    def test_says_what_it_would_become(self, ceo: User, connector: str) -> None:
        page = send_test(ceo, connector).text
        work()

        delivery = Delivery.objects.get()
        assert "The test came in." in page
        assert delivery.state == Delivery.State.DONE, delivery.reason
        assert delivery.reason.startswith(
            f"A test: it would become {BECOMES[connector]}"
        )
        assert not Memory.objects.exists()
        assert not Thing.objects.exists()

    def test_follows_the_rules(self, ceo: User) -> None:
        rules = registry()["slack"].rules(channels=["none-such"])
        decide(registry()["slack"], rules.model_dump())
        send_test(ceo, "slack")
        work()

        assert Delivery.objects.get().state == Delivery.State.IGNORED

    def test_is_no_sign_of_the_vendor(self, ceo: User) -> None:
        send_test(ceo, "slack")
        client = Client()
        client.force_login(ceo)

        page = client.get(reverse("admin:connectors_delivery_changelist")).text

        assert page.count("Nothing was delivered yet.") == len(registry())

    def test_is_on_record(self, ceo: User) -> None:
        send_test(ceo, "slack")

        record = Record.objects.get(action="delivery_test")
        assert record.reason == str(Delivery.objects.get())

    def test_needs_the_secret(self, ceo: User, settings: Settings) -> None:
        settings.CONNECTOR_SECRETS = {name: [] for name in registry()}

        page = send_test(ceo, "gong").text

        assert "Gong has not been set up: its secret is missing." in page
        assert "Send a test" not in page
        assert not Delivery.objects.exists()

    def test_is_the_ceos(self, manager: User) -> None:
        assert send_test(manager, "slack").status_code == 403
        assert not Delivery.objects.exists()

    def test_is_of_a_connector_that_there_is(self, ceo: User) -> None:
        assert send_test(ceo, "none-such").status_code == 404
