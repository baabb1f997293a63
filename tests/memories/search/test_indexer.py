"""Following the journal into the index."""

from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import User
from horizon.order import Position
from memories import mediator
from memories.models import Memory
from memories.schemas.draft import Amendment
from memories.schemas.search import SearchRequest
from memories.search import indexer
from memories.search.index import Index
from memories.search.query import read
from tests.conftest import acting
from tests.factories import make_draft

pytestmark = pytest.mark.django_db(transaction=True)


def store(user: User, text: str) -> Memory:
    draft = make_draft(content={"message": text})
    return mediator.store(actor=acting(user), draft=draft, now=timezone.now()).memory


def found(index: Index, text: str) -> list[object]:
    query = read(SearchRequest(query=text))
    return [hit.id for hit in index.search(query, readers=None, limit=10)]


def test_what_was_stored_is_indexed(index: Index, user: User) -> None:
    memory = store(user, "The renewal is at risk")

    assert indexer.follow(index) == 1

    assert found(index, "renewals") == [memory.pk]


def test_what_was_changed_is_found_by_its_new_words_alone(
    index: Index, user: User
) -> None:
    memory = store(user, "The renewal is at risk")
    indexer.follow(index)
    mediator.amend(
        actor=acting(user),
        memory_id=memory.pk,
        amendment=Amendment(content={"message": "All is well"}),
        expected_version=1,
        now=timezone.now(),
    )

    indexer.follow(index)

    assert found(index, "renewal") == []
    assert found(index, "well") == [memory.pk]


def test_what_was_forgotten_is_taken_out(index: Index, user: User) -> None:
    memory = store(user, "The renewal is at risk")
    indexer.follow(index)
    mediator.forget(actor=acting(user), memory_id=memory.pk, now=timezone.now())

    indexer.follow(index)

    assert found(index, "renewal") == []


def test_it_goes_on_where_it_stopped(index: Index, user: User) -> None:
    store(user, "One")
    indexer.follow(index)
    store(user, "Two")

    again = Index(index.directory.parent)

    assert indexer.follow(again) == 1
    assert indexer.follow(again) == 0


def test_a_batch_that_is_repeated_changes_nothing(index: Index, user: User) -> None:
    memory = store(user, "The renewal is at risk")
    indexer.follow(index)
    (index.directory / "position.json").unlink()

    indexer.follow(index)

    assert found(index, "renewal") == [memory.pk]


def test_an_index_that_followed_another_journal_begins_anew(
    index: Index, user: User
) -> None:
    memory = store(user, "The renewal is at risk")
    index.apply(cards=[], gone=[], journal=uuid4(), to=Position(10**9, 10**9))
    assert indexer.lag(index, now=timezone.now()) > 0

    indexer.follow(index)

    assert found(index, "renewal") == [memory.pk]


def test_its_lag_is_the_age_of_the_oldest_change_it_has_not_seen(
    index: Index, user: User
) -> None:
    now = timezone.now()
    assert indexer.lag(index, now=now) == 0.0

    store(user, "One")

    assert indexer.lag(index, now=timezone.now()) > 0.0
    indexer.follow(index)
    assert indexer.lag(index, now=timezone.now()) == 0.0
