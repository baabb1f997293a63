"""connectors.actions: what somebody is to do, out of what people write."""

import time
from datetime import UTC, date, datetime

import pytest

from connectors import actions
from connectors.actions import MOST, action_items, due_date, plain
from memories.schemas.base import ActionItem

WEDNESDAY = datetime(2026, 6, 3, 15, 0, tzinfo=UTC)


def read(text: str) -> list[ActionItem]:
    return list(action_items(text, at=WEDNESDAY))


class TestALine:
    @pytest.mark.parametrize(
        ("line", "text"),
        [
            ("Action: send the offer", "send the offer"),
            ("action item: send the offer", "send the offer"),
            ("*Action:* send the offer", "send the offer"),
            ("• AI: send the offer", "send the offer"),
            ("  - TODO: send the offer", "send the offer"),
            ("> TODO send the offer", "send the offer"),
            ("[ ] send the offer", "send the offer"),
            ("- [ ] send the offer", "send the offer"),
            ("1. [] send the offer", "send the offer"),
            ("todo @ann send the offer", "send the offer"),
            ("TODO: إرسال العرض", "إرسال العرض"),
        ],
    )
    def test_is_an_action_item_by_what_it_begins_with(
        self, line: str, text: str
    ) -> None:
        (item,) = read(f"We keep the price.\n{line}\nThanks!")

        assert item.text == text
        assert not item.done

    @pytest.mark.parametrize(
        "line",
        [
            "Ai! That hurts",
            "What a transaction: 12",
            "There is nothing todo here",
            "todo lists are for others",
            "AI: ",
            "[1] a footnote",
            "[x]",
            "reaction: good",
            "TODO: ***",
        ],
    )
    def test_is_none_by_chance(self, line: str) -> None:
        assert read(line) == []

    @pytest.mark.parametrize("box", ["[x]", "[X]", "- [✓]"])
    def test_with_a_ticked_box_is_done(self, box: str) -> None:
        (item,) = read(f"{box} send the offer")

        assert item.done

    def test_below_a_heading_is_one_by_its_bullet(self) -> None:
        items = read("Action items:\n- one\n• two\n3. three\n\n- four")

        assert [item.text for item in items] == ["one", "two", "three"]


class TestTheAssignee:
    @pytest.mark.parametrize(
        ("line", "assignee", "text"),
        [
            ("TODO @{Ann Lee} send it by Friday", "Ann Lee", "send it by Friday"),
            ("Action: @ann: send it", "ann", "send it"),
            ("Action: send it (@{Ann Lee})", "Ann Lee", "send it (@Ann Lee)"),
            ("TODO @{Ann Lee} by Friday", "Ann Lee", "@Ann Lee by Friday"),
            ("AI: Ann to send it", "Ann", "Ann to send it"),
            ("AI: Ann Lee will send it", "Ann Lee", "Ann Lee will send it"),
            ("AI: send it to Ann", None, "send it to Ann"),
            ("TODO: @{محمد} يرسل", "محمد", "يرسل"),
        ],
    )
    def test_is_who_is_mentioned_or_named(
        self, line: str, assignee: str | None, text: str
    ) -> None:
        (item,) = read(line)

        assert (item.assignee, item.text) == (assignee, text)


class TestTheDueDate:
    def test_is_not_looked_for_for_ever(self, monkeypatch: pytest.MonkeyPatch) -> None:
        looked: list[str] = []
        monkeypatch.setattr(actions, "_day", lambda said, _: looked.append(said))

        read("TODO " + "by 99-99 " * 4400)

        assert 0 < len(looked) <= actions.PHRASES * actions.WORDS

    @pytest.mark.parametrize(
        ("text", "day"),
        [
            ("send it by Friday", date(2026, 6, 5)),
            ("send it by Friday, please", date(2026, 6, 5)),
            ("by fri.", date(2026, 6, 5)),
            ("by Friday 5pm", date(2026, 6, 5)),
            ("send it by Wednesday", date(2026, 6, 10)),
            ("due: 2026-07-01", date(2026, 7, 1)),
            ("due 1 July at the latest", date(2026, 7, 1)),
            ("before July 1st", date(2026, 7, 1)),
            ("until Jan 5", date(2027, 1, 5)),
            ("by tomorrow morning", date(2026, 6, 4)),
            ("call them tomorrow", date(2026, 6, 4)),
            ("by EOD", date(2026, 6, 3)),
            ("by end of week", date(2026, 6, 5)),
            ("by the end of the month", date(2026, 6, 30)),
            ("by next week", date(2026, 6, 10)),
            ("on Monday", date(2026, 6, 8)),
            ("(by Friday)", date(2026, 6, 5)),
            ("the list written by Bob by Friday", date(2026, 6, 5)),
        ],
    )
    def test_is_the_day_that_somebody_means(self, text: str, day: date) -> None:
        assert due_date(text, at=WEDNESDAY) == day

    @pytest.mark.parametrize(
        "text",
        [
            "send it",
            "written by Bob",
            "by the way",
            "go on a trip",
            "by May Lin",
            "by 5 people",
            "on the second try",
            "until then",
            "due to the weather",
        ],
    )
    def test_is_none_by_chance(self, text: str) -> None:
        assert due_date(text, at=WEDNESDAY) is None

    def test_is_counted_from_when_it_was_written(self) -> None:
        a_week_later = WEDNESDAY.replace(day=10)

        assert due_date("by Friday", at=a_week_later) == date(2026, 6, 12)


def test_what_is_plain_has_its_mentions_as_people_read_them() -> None:
    assert plain("@{Ann Lee} and @bob: {x}") == "@Ann Lee and @bob: {x}"


def test_there_are_only_so_many_and_each_is_short() -> None:
    items = read("\n".join(f"TODO: {'long ' * 200}" for _ in range(MOST + 5)))

    assert len(items) == MOST
    assert all(len(item.text) <= 300 for item in items)


def test_a_long_text_is_read_in_a_moment() -> None:
    began = time.monotonic()

    for unit in (
        " ",
        "\n",
        "[ ",
        "- ",
        "> ",
        "*",
        "1",
        "TODO ",
        "by ",
        "@{",
        "@.",
        "A to ",
    ):
        read(unit * 20_000)
        read(f"TODO: {unit * 20_000}")
        read(f"by {unit * 20_000}")

    assert time.monotonic() - began < 5
