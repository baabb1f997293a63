"""The content security policy refuses nothing of the hub's, and all that is put in.

The page of every test fails it when the console has an error, as for a violation.
"""

from collections.abc import Iterator, Mapping
from itertools import cycle
from typing import Any

import pytest
from django.contrib.auth.models import Group
from playwright.sync_api import Page, expect
from pydantic import ValidationError
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from accounts.roles import Role
from memories.models import Annotation, Memory
from memories.schemas.base import Content
from memories.schemas.registry import registry
from tests.browser.conftest import sign_in
from tests.factories import NOW, PASSWORD, make_memory, make_user

pytestmark = pytest.mark.usefixtures("index")

TYPES = ("chat", "event", "insight", "decision")
OTHER_LISTS = (
    "audit/record",
    "memories/retentionpolicy",
    "accounts/user",
    "auth/group",
)

RUN = "window.ran=1"
MARK = "data-put-in"
PAYLOADS = (
    f"<script {MARK}>{RUN}</script>",
    f'"><script {MARK}>{RUN}</script>',
    f"'><script {MARK}>{RUN}</script>",
    f"</textarea><script {MARK}>{RUN}</script>",
    f"</title><script {MARK}>{RUN}</script>",
    f"</script><script {MARK}>{RUN}</script>",
    f"<img {MARK} src=x onerror={RUN}>",
    f'"><img {MARK} src=x onerror={RUN}>',
    f"'><img {MARK} src=x onerror={RUN}>",
    f"<svg {MARK} onload={RUN}>",
    f"<svg {MARK}><script>{RUN}</script></svg>",
    f"<body {MARK} onload={RUN}>",
    f"<iframe {MARK} srcdoc='<script>parent.ran=1</script>'></iframe>",
    f"<iframe {MARK} src=javascript:{RUN}></iframe>",
    f"<input {MARK} autofocus onfocus={RUN}>",
    f"<details {MARK} open ontoggle={RUN}>x</details>",
    f"<video {MARK}><source onerror={RUN}></video>",
    f"<a {MARK} href=javascript:{RUN}>x</a>",
    f"<form {MARK}><button formaction=javascript:{RUN}>x</button></form>",
    f"<math {MARK}><mtext><style><img src=x onerror={RUN}></style></mtext></math>",
    f"<style {MARK}>@import 'javascript:{RUN}';</style>",
    f"<meta {MARK} http-equiv=refresh content='0;url=javascript:{RUN}'>",
    f"<object {MARK} data=javascript:{RUN}></object>",
    f"<div {MARK} x-data x-init={RUN}></div>",
    f"<div {MARK} hx-get=/ hx-trigger=load hx-on::load={RUN}></div>",
    f'" x-init="{RUN}" {MARK}="',
    f"' autofocus onfocus='{RUN}' {MARK}='",
    f"`; {RUN}; `",
    f"{{{{ constructor.constructor('{RUN}')() }}}}",
    f"${{(() => {{ {RUN} }})()}}",
)
PAIRS = tuple(zip(PAYLOADS[::2], PAYLOADS[1::2], strict=True))


def test_there_are_thirty_payloads() -> None:
    assert len(set(PAYLOADS)) == 30


def test_no_page_of_the_hub_is_refused_anything(
    page: Page, live_server: LiveServer
) -> None:
    ceo = make_user(email="ceo@example.com", role=Role.CEO)
    ceo.set_password(PASSWORD)
    ceo.save()
    memories = [make_memory(type=type_, owner=ceo) for type_ in TYPES]
    page.goto("/admin/")
    page.get_by_label("E-mail address").fill(ceo.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "login" not in url)

    for name in (*(f"memories/{type_}memory" for type_ in TYPES), *OTHER_LISTS):
        page.goto(f"/admin/{name}/")
    for memory in memories:
        for part in ("change", "history", "delete"):
            page.goto(f"/admin/memories/{memory.type}memory/{memory.pk}/{part}/")
    for path in (
        f"accounts/user/{ceo.pk}/change/",
        f"accounts/user/{ceo.pk}/password/",
        f"accounts/user/{ceo.pk}/second-factor/",
        "accounts/user/add/",
        "auth/group/add/",
        "memories/decisionmemory/add/",
        "password_change/",
        "second-factor/",
    ):
        page.goto(f"/admin/{path}")
    page.goto("/api/docs/")

    expect(page.get_by_text("/api/v1/memory/store").first).to_be_visible()


@pytest.mark.parametrize("page", [1440], indirect=True, ids=["desk"])
def test_what_is_put_into_a_page_does_not_run(page: Page, faults: list[str]) -> None:
    page.goto("/admin/login/")
    refused = """() => {
        const script = document.createElement("script");
        script.textContent = "window.ran = 1";
        document.body.append(script);
        return window.ran;
    }"""

    assert page.evaluate(refused) is None
    (fault,) = faults
    assert "violates the following Content Security Policy directive" in fault
    faults.clear()


@pytest.mark.parametrize("page", [1440], indirect=True, ids=["desk"])
@pytest.mark.parametrize("type_", TYPES)
def test_no_text_of_a_memory_is_ever_html(
    page: Page, signed_in: User, live_server: LiveServer, type_: str
) -> None:
    memories = [_with_payloads(type_, signed_in, shift) for shift in range(len(PAIRS))]

    _look_at(page, f"/admin/memories/{type_}memory/")
    _look_at(page, "/admin/")
    for memory in memories:
        _look_at(page, f"/admin/memories/{type_}memory/{memory.pk}/change/")
    _look_at(page, f"/admin/memories/{type_}memory/{memories[0].pk}/history/")
    _look_at(page, f"/admin/memories/{type_}memory/{memories[0].pk}/delete/")
    # Whoever may not change a memory reads it, and no form.
    sign_in(page, make_user(role=Role.MANAGER), live_server.url)
    for memory in memories[::3]:
        _look_at(page, f"/admin/memories/{type_}memory/{memory.pk}/change/")


@pytest.mark.parametrize("page", [1440], indirect=True, ids=["desk"])
@pytest.mark.usefixtures("signed_in")
def test_no_name_is_ever_html(page: Page) -> None:
    for first, last in PAIRS:
        user = make_user(first_name=first, last_name=last)
        _look_at(page, f"/admin/accounts/user/{user.pk}/change/")
        for name in (first, last):
            group = Group.objects.create(name=name)
            _look_at(page, f"/admin/auth/group/{group.pk}/change/")

    for name in OTHER_LISTS:
        _look_at(page, f"/admin/{name}/")
    _look_at(page, "/admin/memories/chatmemory/add/")


def _look_at(page: Page, path: str) -> None:
    page.goto(path)
    page.wait_for_load_state("load")
    assert page.evaluate("window.ran") is None, path
    assert page.locator(f"[{MARK}]").count() == 0, path


def _with_payloads(type_: str, ceo: User, shift: int) -> Memory:
    """Store a memory with two payloads in each text, shifted from memory to memory."""
    texts = cycle(map("".join, PAIRS[shift:] + PAIRS[:shift]))
    owner = make_user(
        email=f"{type_}{shift}@example.com",
        first_name=PAIRS[shift][0],
        last_name=PAIRS[shift][1],
    )
    memory = make_memory(
        type=type_,
        title=next(texts),
        content=_filled(registry().get(type_), texts),
        metadata={next(texts)[:64]: next(texts)},
        tags=[next(texts)[:64]],
        source=next(texts)[:64],
        owner=owner,
        occurred_at=NOW,
    )
    Annotation.objects.create(
        memory=memory, author=ceo, body=next(texts), kind="note", created_at=NOW
    )
    return memory


def _filled(schema: type[Content], texts: Iterator[str]) -> Mapping[str, Any]:
    """Return a content in which every field that takes a text has one."""
    content: dict[str, Any] = {schema.headline: next(texts)}
    for field in schema.model_fields.keys() - {schema.headline}:
        text = next(texts)
        for value in (text, [text], [{"text": text, "assignee": next(texts)}]):
            try:
                schema.parse({schema.headline: "x", field: value})
            except ValidationError:
                continue
            content[field] = value
    return content
