"""What the tests of search say often: store, index, search."""

from collections.abc import Callable
from typing import Any, Literal

from accounts.models import User
from memories.search import indexer, lexical
from tests.conftest import Api

type Settle = Callable[[], None]
type Arm = Literal["tail", "index", "postgres"]


def chat(message: str, **fields: Any) -> dict[str, Any]:
    return {"type": "chat", "content": {"message": message}, **fields}


def event(
    summary: str, *, customer: str | None = None, **fields: Any
) -> dict[str, Any]:
    content = {"event_type": "call", "summary": summary}
    if customer:
        content["customer"] = customer
    return {"type": "event", "content": content, **fields}


def decision(text: str, *, content: Any = None, **fields: Any) -> dict[str, Any]:
    return {
        "type": "decision",
        "content": {"decision": text, **(content or {})},
        **fields,
    }


def store(user: User, *drafts: dict[str, Any]) -> list[str]:
    answer = Api(user).post("memory/store/batch", {"memories": list(drafts)})
    return [result["id"] for result in answer.json()["results"]]


def amend(user: User, memory_id: str, **change: Any) -> None:
    api = Api(user)
    version = api.get(f"memory/{memory_id}").json()["version"]
    answer = api.patch(f"memory/{memory_id}", change, **{"If-Match": f'"{version}"'})
    assert answer.status_code == 200, answer.content


def forget(user: User, memory_id: str) -> None:
    assert Api(user).delete(f"memory/{memory_id}").status_code == 204


def search(user: User, query: str = "", **fields: Any) -> Any:
    answer = Api(user).post("memory/search", {"query": query, **fields})
    assert answer.status_code == 200, answer.content
    return answer.json()


def titles(answer: Any) -> list[str]:
    return [result["memory"]["title"] for result in answer["results"]]


def pages(user: User, query: str = "", **fields: Any) -> list[Any]:
    """Return all pages of a search."""
    found = [search(user, query, **fields)]
    while cursor := found[-1]["next_cursor"]:
        found.append(search(user, query, cursor=cursor, **fields))
    return found


def catch_up() -> None:
    """Index all that was stored."""
    index = indexer.trusted()
    assert index
    indexer.follow(index)


def lose_the_index() -> None:
    """Leave PostgreSQL to answer."""
    if index := indexer.trusted():
        lexical.shelf().condemn(index, "a test")


def settling(arm: Arm) -> Settle:
    """Return what is to be done so that an arm of the search answers."""
    return {"tail": lambda: None, "index": catch_up, "postgres": lose_the_index}[arm]
