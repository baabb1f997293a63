"""Sharing, and viewing as another, as somebody at a desk and with a phone does it."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from memories.models import Memory
from tests.factories import make_memory, make_user

pytestmark = pytest.mark.usefixtures("index")


@pytest.fixture
def ann(transactional_db: None) -> User:
    return make_user(email="ann@example.com", first_name="Ann", last_name="Lee")


@pytest.fixture
def memory(ann: User) -> Memory:
    return make_memory(type="decision", title="Why Acme left", owner=ann)


def test_a_memory_is_shared_and_taken_back(
    page: Page, signed_in: User, memory: Memory
) -> None:
    make_user(email="bob@example.com", first_name="Bob", last_name="Ray")
    page.goto(f"/admin/memories/decisionmemory/{memory.pk}/access/")
    expect(page.get_by_text("It is shared with nobody")).to_be_visible()

    page.get_by_label("A person").fill("bob@example.com")
    page.get_by_label("may").select_option("change")
    page.get_by_label("may").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.get_by_text("It is shared with bob@example.com.")).to_be_visible()
    expect(page.get_by_role("row", name="Bob Ray")).to_contain_text("shared with them")

    page.get_by_role("button", name="Stop sharing with bob@example.com").click()

    expect(page.get_by_text("no longer shared with")).to_be_visible()
    expect(page.get_by_role("row", name="Bob Ray")).to_have_count(0)


def test_many_are_shared_from_the_list(
    page: Page, signed_in: User, memory: Memory
) -> None:
    make_user(email="bob@example.com")
    page.goto("/admin/memories/decisionmemory/")
    page.locator("input.action-select").first.check(force=True)
    page.locator("select[name=action]").select_option("share_chosen")
    page.get_by_role("button", name="Run").click()

    page.get_by_label("A person").fill("bob@example.com")
    page.get_by_role("button", name="Share", exact=True).click()

    expect(page.get_by_text("One is shared.")).to_be_visible()
    assert memory.user_permissions.count() == 1


def test_the_hub_is_seen_as_another_sees_it(
    page: Page, signed_in: User, ann: User, memory: Memory
) -> None:
    make_memory(type="decision", title="Not for Ann")
    page.goto("/admin/view-as/")
    page.get_by_label("A person").fill(ann.email)
    page.keyboard.press("Enter")

    expect(page.get_by_role("status")).to_contain_text("You are viewing as Ann Lee")
    expect(page.get_by_text("Why Acme left")).to_be_visible()
    expect(page.get_by_text("Not for Ann")).to_have_count(0)

    page.get_by_role("button", name="View as yourself again").click()

    expect(page.get_by_text("Not for Ann")).to_be_visible()
    expect(page.get_by_role("status")).to_have_count(0)
