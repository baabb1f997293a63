"""connectors.sealed: bodies at rest, and keys that take turns."""

import secrets

import pytest
from pytest_django import Settings

from connectors.models import Delivery
from connectors.sealed import UnopenedError, opened, seal
from tests.connectors.delivering import deliver, work
from tests.connectors.slack.payloads import message

BODY = b'{"text": "We keep the price"}' * 10


def test_a_body_is_opened_as_it_was_sealed() -> None:
    assert opened(seal(BODY)) == BODY


def test_a_sealed_body_shows_nothing_and_takes_less() -> None:
    sealed = seal(BODY)

    assert b"price" not in sealed
    assert len(sealed) < len(BODY)


def test_a_new_key_opens_what_the_old_one_sealed_while_both_are_set(
    settings: Settings,
) -> None:
    old, new = secrets.token_bytes(32), secrets.token_bytes(32)
    settings.DELIVERY_KEYS = [old]
    before = seal(BODY)

    settings.DELIVERY_KEYS = [new, old]
    after = seal(BODY)
    assert opened(before) == BODY

    settings.DELIVERY_KEYS = [new]
    assert opened(after) == BODY
    with pytest.raises(UnopenedError, match="DELIVERY_KEYS"):
        opened(before)


@pytest.mark.django_db
def test_a_delivery_whose_key_is_gone_fails_and_says_so(settings: Settings) -> None:
    settings.DELIVERY_KEYS = [secrets.token_bytes(32)]
    deliver(message("x"))
    settings.DELIVERY_KEYS = [secrets.token_bytes(32)]

    work()

    kept = Delivery.objects.get()
    assert kept.state == Delivery.State.FAILED
    assert "DELIVERY_KEYS" in kept.reason
