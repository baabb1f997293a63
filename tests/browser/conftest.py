"""A real Chromium, where there is one; where there is none the tests say so."""

import os
import shutil
from collections.abc import Iterator

import pytest
from django.db import connections
from django.test import Client
from playwright.sync_api import Browser, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from accounts.roles import Role
from tests.factories import make_user

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = os.path.dirname(__file__)  # noqa: PTH120 - as pytest names its files
    for item in items:
        if str(item.path).startswith(here):
            item.add_marker(pytest.mark.django_db(transaction=True))
            if CHROMIUM is None:
                reason = "no Chromium here: install it (apt install chromium)"
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    # Playwright runs an event loop in this thread. Django's guard mistakes that for
    # asynchronous code, and keeps a connection of its own to the database for it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        connections.close_all()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def faults() -> list[str]:
    """What went wrong in the browser; a test may take away what it provoked."""
    return []


@pytest.fixture(params=[1440, 390], ids=["desk", "phone"])
def page(
    request: pytest.FixtureRequest,
    browser: Browser,
    live_server: LiveServer,
    faults: list[str],
) -> Iterator[Page]:
    """A page that fails its test when it asks another host for anything, or errs.

    The console has an error for whatever the content security policy refuses.
    """
    context = browser.new_context(
        viewport={"width": request.param, "height": 900}, base_url=live_server.url
    )
    page = context.new_page()
    page.on("pageerror", lambda error: faults.append(f"{error} at {page.url}"))
    page.on(
        "console",
        lambda message: (
            faults.append(f"{message.text} at {page.url}")
            if message.type == "error"
            else None
        ),
    )
    page.on(
        "request",
        lambda sent: (
            None
            if sent.url.startswith((live_server.url, "data:", "blob:"))
            else faults.append(f"asked {sent.url}")
        ),
    )
    yield page
    context.close()
    assert faults == []


@pytest.fixture
def signed_in(page: Page, live_server: LiveServer) -> User:
    """The CEO, with a session of their own."""
    ceo = make_user(email="ceo@example.com", role=Role.CEO)
    sign_in(page, ceo, live_server.url)
    return ceo


def sign_in(page: Page, user: User, url: str) -> None:
    """Give somebody a session in the place of whoever had the page before."""
    client = Client()
    client.force_login(user)
    session = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": url}])
