"""The API's description of itself."""

import re

import yaml
from django.test import Client


def test_describes_every_call_once() -> None:
    answer = Client().get("/api/schema/")

    paths = yaml.safe_load(answer.content)["paths"]
    assert {path.removeprefix("/api/v1") for path in paths} >= {
        "/auth/token",
        "/auth/token/refresh",
        "/auth/token/revoke",
        "/memory/store",
        "/memory/store/batch",
        "/memory/retrieve",
        "/memory/search",
        "/memory/{memory_id}",
        "/memory/{memory_id}/annotations",
        "/memory/{memory_id}/history",
        "/memory/{memory_id}/shares",
        "/schemas",
        "/schemas/{type_}",
        "/schemas/{type_}/{version}",
        "/stats",
    }
    assert all(path.startswith("/api/v1/") for path in paths)


def test_every_call_says_that_it_has_limits_and_when_to_come_back() -> None:
    paths = yaml.safe_load(Client().get("/api/schema/").content)["paths"]

    for path, calls in paths.items():
        for method, call in calls.items():
            limited = call["responses"]["429"]
            assert limited["headers"]["Retry-After"]["required"], (method, path)
            assert set(limited["content"]) == {"application/problem+json"}


def test_the_browsable_docs_load_nothing_from_elsewhere() -> None:
    page = Client().get("/api/docs/").content.decode()

    assert re.findall(r"""(?:src|href)=["'](?:https?:)?//[^"']+""", page) == []


def test_its_pages_have_no_options() -> None:
    assert Client().options("/api/docs/").status_code == 405
    assert Client().options("/api/schema/").status_code == 405


def test_an_unknown_address_is_a_problem_for_programs_and_a_page_for_people() -> None:
    program = Client().get("/api/v1/nothing")
    person = Client().get("/nothing", headers={"Accept": "text/html"})

    assert program["Content-Type"] == "application/problem+json"
    assert program.json()["status"] == person.status_code == 404
    assert b"There is nothing at this address" in person.content
