"""connectors.payload: bodies as JSON, and JSON as what is documented."""

import pytest
from pydantic import BaseModel

from connectors.base import UnreadableError
from connectors.payload import parsed, read_as, storable
from tests.connectors.slack.payloads import as_form


class Model(BaseModel):
    name: str


class TestABody:
    def test_is_an_object(self) -> None:
        assert parsed(b'{"a": [1, "\xc3\xa9"]}') == {"a": [1, "é"]}

    def test_may_be_a_form_that_has_one(self) -> None:
        assert parsed(as_form({"text": "a & b = c + é"})) == {"text": "a & b = c + é"}

    @pytest.mark.parametrize(
        "body", [b"", b"[1]", b"{", b"1", b"payload=[]", b"payload=", b"other=%7B%7D"]
    )
    def test_is_nothing_else(self, body: bytes) -> None:
        with pytest.raises(UnreadableError, match=r"^The body is "):
            parsed(body)

    def test_has_no_character_that_postgresql_lacks(self) -> None:
        body = rb'{"a\u0000": ["\u0000", {"b": "\ud800"}], "c": "\ud83d\ude00"}'

        assert parsed(body) == {"a\ufffd": ["\ufffd", {"b": "\ufffd"}], "c": "😀"}


def test_what_is_no_text_is_storable_as_it_is() -> None:
    assert storable([1, 1.5, None, True]) == [1, 1.5, None, True]


def test_a_fault_is_named_by_its_field_and_not_by_its_content() -> None:
    with pytest.raises(UnreadableError) as raised:
        read_as(Model, {"name": ["a secret"]})

    assert str(raised.value).startswith("/name: ")
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("depth", [400, *range(900, 1700, 100), 100_000])
@pytest.mark.parametrize(("begin", "end"), [("[", "]"), ('{"a":', "}")])
def test_a_body_of_any_depth_is_read_or_refused(
    depth: int, begin: str, end: str
) -> None:
    body = f'{{"a":{begin * depth}0{end * depth}}}'.encode()

    try:
        assert parsed(body)
    except UnreadableError as error:
        assert "not JSON" in str(error)
