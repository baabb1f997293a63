"""accounts.actor: who acts, in which role, and whose view they have."""

import pytest

from accounts.actor import Actor, Channel, Stranger, claimed_name, hub
from accounts.models import User
from accounts.roles import Role
from tests.factories import PASSWORD


def test_somebody_acts_in_their_role_with_their_own_view(manager: User) -> None:
    actor = Actor(user=manager, channel=Channel.ADMIN)

    assert (actor.role, actor.role_name) == (Role.MANAGER, "Manager")
    assert actor.reader == manager
    assert (actor.actor_id, actor.actor_name) == (manager.pk, manager.email)
    assert actor.behalf_name == ""


def test_a_service_acts_for_somebody_in_its_own_role(service: User, user: User) -> None:
    actor = Actor(user=service, behalf=user, channel=Channel.API)

    assert actor.role is Role.SERVICE
    assert actor.reader == user
    assert (actor.actor_name, actor.behalf_name) == (service.email, user.email)


def test_the_hub_itself_has_no_role() -> None:
    actor = hub(Channel.TASK)

    assert (actor.role, actor.reader, actor.actor_id) == (None, None, None)
    assert (actor.actor_name, actor.role_name) == ("memory-hub", "Hub")


def test_a_stranger_has_nothing_but_a_name() -> None:
    stranger = Stranger(actor_name="who@example.com", channel=Channel.API)

    assert (stranger.actor_id, stranger.role_name) == (None, "Stranger")
    assert stranger.behalf_name == ""


def test_a_stranger_is_known_by_the_address_that_they_gave() -> None:
    assert claimed_name("Who@example.com") == "Who@example.com"


@pytest.mark.parametrize("given", ["", PASSWORD, "hunter2", "a@b", "mhs_x@", "x" * 300])
def test_what_is_no_address_is_not_kept(given: str) -> None:
    assert claimed_name(given) == "unknown"
