"""connectors.github.markdown: what people write in a pull request's text."""

import pytest

from connectors.github.markdown import replaced, split, without_comments


class TestComments:
    @pytest.mark.parametrize(
        ("text", "is_left"),
        [
            ("a <!-- b --> c", "a  c"),
            ("<!-- a\r\nb -->\r\nc\r\nd", "c\nd"),
            ("<!-- a --><!-- b -->", ""),
            ("a <!-- b", "a <!-- b"),
            ("a --> b", "a --> b"),
        ],
    )
    def test_are_left_out(self, text: str, is_left: str) -> None:
        assert without_comments(text) == is_left


class TestAlternatives:
    @pytest.mark.parametrize(
        "heading",
        [
            "## Alternatives",
            "# Alternatives considered:",
            "###### Considered alternatives ######",
            "## **Alternatives**",
            "**Alternatives considered:**",
            "**Alternatives**:",
            "Alternatives:",
            "rejected alternatives:",
            "  ### ALTERNATIVES  ",
        ],
    )
    def test_are_a_section_of_that_name(self, heading: str) -> None:
        text = f"Why\n\n{heading}\n- A replica\n- Nothing\n\n# Next\nHow"

        assert split(text) == ("Why\n\n# Next\nHow", ["A replica", "Nothing"])

    @pytest.mark.parametrize(
        "line", ["We saw no alternatives", "## No alternatives here", "Alternatively:"]
    )
    def test_are_none_by_chance(self, line: str) -> None:
        assert split(f"{line}\n- x") == (f"{line}\n- x", [])

    @pytest.mark.parametrize(
        ("section", "items"),
        [
            ("* a\n+ b\n• c", ["a", "b", "c"]),
            ("1. a\n2) b", ["a", "b"]),
            ("- [ ] a\n- [x] b", ["a", "b"]),
            ("- a\n  goes on\n  - and on\n- b", ["a goes on and on", "b"]),
            ("We saw two:\n\n- a\n\n- b", ["a", "b"]),
            ("We saw\none.\n\nAnd another.", ["We saw one.", "And another."]),
            ("### a\n### b", ["a", "b"]),
            ("### a\nslow\n### b", ["a slow", "b"]),
            ("", []),
        ],
    )
    def test_are_its_items(self, section: str, items: list[str]) -> None:
        assert split(f"## Alternatives\n{section}") == ("", items)

    def test_are_over_where_the_next_section_begins(self) -> None:
        text = "**Alternatives**\n- a\n**Risks**\n- b\n## Alternatives\n- c\n## End"

        assert split(text) == ("**Risks**\n- b\n## End", ["a", "c"])

    def test_are_none_in_code(self) -> None:
        text = "```\n# Alternatives\n- a\n```"

        assert split(text) == (text, [])


class TestWhatIsReplaced:
    @pytest.mark.parametrize(
        ("text", "other"),
        [
            ("Supersedes #7", "acme/hub#7"),
            ("supersedes: #7, at last", "acme/hub#7"),
            ("This reverts #7.", "acme/hub#7"),
            ("Reverts acme/hub#7", "acme/hub#7"),
            ("Reverts Acme/Hub#7", "acme/hub#7"),
            ("Supersedes acme/api#7", "acme/api#7"),
            ("Supersedes PR #7", "acme/hub#7"),
            ("- Supersedes https://github.com/acme/api/pull/7", "acme/api#7"),
            ("Supersedes #7 and #8\nReverts #9", "acme/hub#7"),
            ("Supersedes #0007", "acme/hub#7"),
        ],
    )
    def test_is_named(self, text: str, other: str) -> None:
        assert replaced(text, repository="acme/hub") == other

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "Closes #7",
            "Superseded by #7",
            "Supersedes 7",
            "Supersedes #7a",
            "Supersedes #",
            "This reverts commit ec26c3e.",
            "```\nSupersedes #7\n```",
            "unsupersedes #7",
        ],
    )
    def test_is_nothing_else(self, text: str) -> None:
        assert replaced(text, repository="acme/hub") is None
