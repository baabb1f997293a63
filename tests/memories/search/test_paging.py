"""What a page of a ranking says where the order of the pages before it is lost."""

from typing import Any

import pytest
from django.core.cache import cache

from accounts.models import User
from memories.search import pages
from tests.memories.search.asking import catch_up, chat, search, store

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("index"),
]


@pytest.fixture
def second(user: User) -> Any:
    """The second of five pages."""
    store(user, *(chat(f"Renewal {number}") for number in range(10)))
    catch_up()
    return page_after(user, page_after(user))


def page_after(user: User, page: Any = None) -> Any:
    cursor = page["next_cursor"] if page else None
    return search(user, "renewal", limit=2, cursor=cursor)


def notes(page: Any) -> list[str]:
    found: list[str] = page["interpreted"]["notes"]
    return found


def test_a_page_says_nothing_while_the_order_is_kept(user: User, second: Any) -> None:
    assert notes(second) == notes(page_after(user, second)) == []


def test_a_page_says_that_the_order_was_lost(user: User, second: Any) -> None:
    cache.clear()

    third = page_after(user, second)

    assert notes(third) == [pages.LOST]
    assert len(third["results"]) == 2


def test_only_the_page_that_lost_the_order_says_so(user: User, second: Any) -> None:
    cache.clear()
    third = page_after(user, second)

    assert notes(page_after(user, third)) == []


def test_the_second_page_needs_no_order_that_was_kept(user: User) -> None:
    store(user, *(chat(f"Renewal {number}") for number in range(4)))
    first = page_after(user)
    cache.clear()

    assert notes(page_after(user, first)) == []
