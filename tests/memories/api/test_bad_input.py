"""Every bad input is answered by a problem document that names the field."""

import json
from typing import Any
from uuid import UUID

import pytest

from accounts.models import User
from audit.models import Record
from journal.models import Entry
from memories.models import Memory
from tests.conftest import Api

GOOD: dict[str, Any] = {"type": "decision", "content": {"decision": "Go"}}


def with_content(**fields: Any) -> dict[str, Any]:
    return {**GOOD, "content": {"decision": "Go", **fields}}


@pytest.mark.parametrize(
    ("draft", "pointer"),
    [
        ({"content": {"decision": "Go"}}, "/type"),
        ({"type": "decision"}, "/content"),
        ({**GOOD, "type": 7}, "/type"),
        ({**GOOD, "type": "rumour"}, "/type"),
        ({"type": "rumour"}, "/type"),
        ({**GOOD, "type": "toString"}, "/type"),
        ({**GOOD, "content": "text"}, "/content"),
        ({**GOOD, "content": {}}, "/content/decision"),
        ({**GOOD, "surprise": 1}, "/surprise"),
        (with_content(surprise=1), "/content/surprise"),
        (with_content(decision=7), "/content/decision"),
        (with_content(decision="  "), "/content/decision"),
        (with_content(status="maybe"), "/content/status"),
        (with_content(decided_at="soon"), "/content/decided_at"),
        (with_content(decided_at=1767225600), "/content/decided_at"),
        (with_content(due_date="2026-02-30"), "/content/due_date"),
        (with_content(due_date="12345"), "/content/due_date"),
        (with_content(supersedes="no-uuid"), "/content/supersedes"),
        (with_content(topics=["a", 1]), "/content/topics/1"),
        (with_content(topics="a"), "/content/topics"),
        (with_content(action_items=[{}]), "/content/action_items/0/text"),
        (
            with_content(action_items=[{"text": "x", "done": "yes"}]),
            "/content/action_items/0/done",
        ),
        (with_content(decision="a\x00b"), "/content/decision"),
        (with_content(decision="a\ud800b"), "/content/decision"),
        (with_content(topics=["\udfff"]), "/content/topics/0"),
        ({**GOOD, "schema_version": 9}, "/schema_version"),
        ({**GOOD, "schema_version": "1"}, "/schema_version"),
        ({**GOOD, "title": ""}, "/title"),
        ({**GOOD, "title": "t" * 201}, "/title"),
        ({**GOOD, "title": "a\x00"}, "/title"),
        ({**GOOD, "metadata": []}, "/metadata"),
        ({**GOOD, "metadata": {"a": ["\x00"]}}, "/metadata"),
        ({**GOOD, "metadata": {"\ud800": 1}}, "/metadata"),
        ({**GOOD, "tags": ["x"] * 51}, "/tags"),
        ({**GOOD, "tags": ["x" * 65]}, "/tags/0"),
        ({**GOOD, "tags": [""]}, "/tags/0"),
        ({**GOOD, "external_id": "1"}, ""),
        ({**GOOD, "source": "s" * 65}, "/source"),
        ({**GOOD, "source": "s", "external_id": "e" * 256}, "/external_id"),
        ({**GOOD, "source": "s", "external_id": "\x00"}, "/external_id"),
        ({**GOOD, "occurred_at": "yesterday"}, "/occurred_at"),
        ({**GOOD, "occurred_at": "2026-13-01T00:00:00Z"}, "/occurred_at"),
        ({**GOOD, "owner": "nobody"}, "/owner"),
        ({**GOOD, "ttl_seconds": 0}, "/ttl_seconds"),
        ({**GOOD, "ttl_seconds": 1.5}, "/ttl_seconds"),
        ({**GOOD, "ttl_seconds": 10**15}, "/ttl_seconds"),
        ([GOOD], ""),
        ("text", ""),
        (None, ""),
    ],
)
def test_store_names_the_field_and_stores_nothing(
    ceo: User, draft: Any, pointer: str
) -> None:
    answer = Api(ceo).client.post(
        "/api/v1/memory/store",
        json.dumps(draft),
        content_type="application/json",
        headers=Api(ceo).headers,
    )

    assert answer.status_code == 400, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["title"] == "Bad Request"
    assert body["status"] == 400
    assert pointer in [error["pointer"] for error in body["errors"]]
    assert not Memory.objects.exists()
    assert not Entry.objects.exists()


def test_store_names_every_field_at_once(ceo: User) -> None:
    draft = {**with_content(status="maybe", decision=""), "surprise": 1, "tags": [""]}

    errors = Api(ceo).post("memory/store", draft).json()["errors"]

    assert {error["pointer"] for error in errors} == {
        "/surprise",
        "/tags/0",
        "/content/status",
        "/content/decision",
    }


def test_an_unknown_field_with_a_slash_is_escaped_in_its_pointer(ceo: User) -> None:
    errors = Api(ceo).post("memory/store", {**GOOD, "a/b~c": 1}).json()["errors"]

    assert errors[0]["pointer"] == "/a~1b~0c"


@pytest.mark.parametrize(
    ("draft", "limit"),
    [
        (with_content(rationale="x" * 65_536), "64 KiB"),
        ({**GOOD, "metadata": {"a": "x" * 16_384}}, "16 KiB"),
        ({**GOOD, "tags": [str(n) for n in range(51)]}, "50"),
        ({**GOOD, "tags": ["x" * 65]}, "64"),
    ],
)
def test_each_limits_error_names_the_limit(ceo: User, draft: Any, limit: str) -> None:
    answer = Api(ceo).post("memory/store", draft)

    assert answer.status_code == 400
    assert limit in answer.json()["errors"][0]["detail"]


def test_content_just_within_its_limit_is_stored(ceo: User) -> None:
    room = 64 * 1024 - len(json.dumps({"decision": "Go", "rationale": ""}))

    answer = Api(ceo).post("memory/store", with_content(rationale="x" * room))

    assert answer.status_code == 201


def test_a_request_past_5_mib_is_refused_with_its_limit(ceo: User) -> None:
    answer = Api(ceo).post("memory/store", with_content(rationale="x" * (5 << 20)))

    assert answer.status_code == 413
    assert "5 MiB" in answer.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [b"{", b"", b"\xff\xfe", b'{"type": NaN}', b"[" * 200_000, b"type=chat"],
    ids=["open", "empty", "no utf-8", "nan", "nested", "a form"],
)
def test_what_is_no_json_is_a_problem(ceo: User, body: bytes) -> None:
    api = Api(ceo)

    answer = api.client.post(
        "/api/v1/memory/store",
        body,
        content_type="application/json",
        headers=api.headers,
    )

    assert answer.status_code == 400
    assert answer.json()["title"] == "Bad Request"


def test_another_media_type_is_a_problem(ceo: User) -> None:
    api = Api(ceo)

    answer = api.client.post("/api/v1/memory/store", GOOD, headers=api.headers)

    assert answer.status_code == 415
    assert answer.json()["status"] == 415


@pytest.mark.parametrize(
    ("path", "query", "pointer"),
    [
        ("memory/retrieve", {"id": "no-uuid"}, "/id/0"),
        ("memory/retrieve", {}, ""),
        ("memory/retrieve", {"source": "slack"}, ""),
        ("memory/retrieve", {"source": "a\x00", "external_id": "b"}, "/source"),
        ("memory/no-uuid", {}, "/id"),
        ("memory/no-uuid/history", {}, "/id"),
        ("memory/retrieve", {"id": ["0" * 32] * 101}, "/id"),
        ("memory/search", {"limit": "0"}, "/limit"),
        ("memory/search", {"limit": "101"}, "/limit"),
        ("memory/search", {"limit": "many"}, "/limit"),
        ("memory/search", {"sort": "best"}, "/sort"),
        ("memory/search", {"from": "soon"}, "/from"),
        ("memory/search", {"cursor": "made-up"}, "/cursor"),
        ("memory/search", {"surprise": "1"}, "/surprise"),
        ("memory/search", {"mode": "psychic"}, "/mode"),
        ("memory/search", {"tier": "cold"}, "/tier"),
        ("memory/search", {"facets": "maybe"}, "/facets"),
        ("memory/search", {"explain": "why"}, "/explain"),
        ("memory/search", {"owner": "nobody"}, "/owner"),
        ("memory/search", {"sources": ["s"] * 51}, "/sources"),
        ("memory/search", {"tags": [""]}, "/tags/0"),
        ("memory/suggest", {"limit": "0"}, "/limit"),
        ("memory/suggest", {"limit": "51"}, "/limit"),
        ("memory/suggest", {"surprise": "1"}, "/surprise"),
        ("memory/no-uuid/related", {}, "/id"),
        (f"memory/{UUID(int=1)}/related", {"limit": "101"}, "/limit"),
    ],
)
def test_a_bad_parameter_is_named(
    ceo: User, path: str, query: Any, pointer: str
) -> None:
    answer = Api(ceo).get(path, query)

    assert answer.status_code == 400
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]


@pytest.mark.parametrize(
    "typed", ["x" * 2001, "a\x00b", '"', "-", "after:soon", "type:rumour", "*", "((:&"]
)
@pytest.mark.parametrize(
    ("path", "name"), [("memory/search", "query"), ("memory/suggest", "q")]
)
def test_nothing_that_people_type_is_an_error(
    ceo: User, path: str, name: str, typed: str
) -> None:
    assert Api(ceo).get(path, {name: typed}).status_code == 200


def test_a_refused_draft_is_on_record(ceo: User) -> None:
    Api(ceo).post("memory/store", {**GOOD, "owner": "unknown@example.com"})

    record = Record.objects.get(action="store")
    assert (record.outcome, record.reason) == ("refused", "invalid")
