"""The admin as somebody at a desk and somebody with a phone use it."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from memories.models import DecisionMemory
from tests.factories import PASSWORD, make_memory, make_user

pytestmark = pytest.mark.usefixtures("index")


def test_somebody_signs_in_by_the_keyboard(page: Page) -> None:
    user = make_user(email="ann@example.com")
    user.set_password(PASSWORD)
    user.save()

    page.goto("/admin/")
    page.get_by_label("E-mail address").focus()
    page.keyboard.type(user.email)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")

    page.wait_for_url("**/admin/")
    expect(page.get_by_text("Nothing is remembered yet")).to_be_visible()


@pytest.mark.usefixtures("signed_in")
def test_a_decision_is_written_down_and_shows_on_the_dashboard(page: Page) -> None:
    page.goto("/admin/memories/decisionmemory/add/")
    page.locator("[name=content_decision]").fill("Drop the per-seat price")
    page.locator("[name=content_status]").select_option("accepted")
    page.get_by_role("button", name="Add a row").click()
    page.locator("[name=content_action_items-0-text]").fill("Tell Globex")
    page.locator("[name=content_action_items-0-due_date]").fill("2026-12-24")
    page.locator("[name=content_action_items-0-done]").check()
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/decisionmemory/")

    page.goto("/admin/")

    expect(page.get_by_role("link", name="Drop the per-seat price")).to_be_visible()
    assert DecisionMemory.objects.get().content["action_items"] == [
        {"text": "Tell Globex", "due_date": "2026-12-24", "done": True}
    ]


def test_rows_of_a_stored_decision_are_shown_and_can_be_removed(
    page: Page, signed_in: User
) -> None:
    content = {
        "decision": "Go",
        "action_items": [{"text": 'Say "hi" & wave'}, {"text": "Leave"}],
    }
    memory = make_memory(type="decision", content=content, owner=signed_in)
    page.goto(f"/admin/memories/decisionmemory/{memory.pk}/change/")
    first = page.locator("[name=content_action_items-0-text]")
    expect(first).to_have_value('Say "hi" & wave')

    page.get_by_role("button", name="Remove this row").first.click()
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/decisionmemory/")

    memory.refresh_from_db()
    assert [item["text"] for item in memory.content["action_items"]] == ["Leave"]


@pytest.mark.usefixtures("signed_in")
def test_a_list_is_searched_from_its_box(page: Page) -> None:
    page.goto("/admin/memories/chatmemory/add/")
    page.locator("[name=content_message]").fill("Renewals are at risk")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/chatmemory/")

    page.get_by_role("searchbox").or_(page.locator("#searchbar")).first.fill("renewal")
    page.keyboard.press("Enter")

    page.wait_for_url("**q=renewal*")
    expect(page.get_by_text("Renewals are at risk").first).to_be_visible()


@pytest.mark.usefixtures("signed_in")
def test_a_fault_is_shown_beside_its_field(page: Page) -> None:
    page.goto("/admin/memories/decisionmemory/add/")
    page.locator("[name=content_decision]").fill("Go")
    page.locator("[name=content_supersedes]").fill("no id")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_text("valid UUID").first).to_be_visible()


@pytest.mark.usefixtures("signed_in")
@pytest.mark.parametrize(
    "path",
    [
        "/admin/",
        "/admin/memories/decisionmemory/",
        "/admin/memories/decisionmemory/add/",
        "/admin/memories/retentionpolicy/",
        "/admin/audit/record/",
        "/admin/accounts/user/",
        "/admin/view-as/",
    ],
)
def test_no_page_is_wider_than_the_screen(page: Page, path: str) -> None:
    make_memory(type="decision", title="A long title " * 12)

    page.goto(path)

    overflow = "document.documentElement.scrollWidth - window.innerWidth"
    assert page.evaluate(overflow) <= 0


def test_the_api_docs_open(page: Page) -> None:
    page.goto("/api/docs/")

    expect(page.get_by_text("/api/v1/memory/store").first).to_be_visible()
