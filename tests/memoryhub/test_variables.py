"""memoryhub.variables: what the environment says is read strictly, and bad is named."""

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from memoryhub.variables import Variables

env = Variables()
REDIS: Any = {"schemes": ("redis", "unix"), "example": "redis://host:6379/0"}


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Set variables of the environment; `IT` is not set, and not left behind."""
    for name in ("IT", "IT_FILE"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    return monkeypatch


class TestAText:
    @pytest.mark.parametrize("value", ["a b", "$HOME", "$", "a$b", "'quoted'", " a "])
    def test_is_what_is_given_to_the_letter(
        self, given: pytest.MonkeyPatch, value: str
    ) -> None:
        given.setenv("IT", value)

        assert env.str("IT") == env.str("IT", default="other") == value

    def test_is_the_default_when_it_is_missing_or_empty(
        self, given: pytest.MonkeyPatch
    ) -> None:
        assert env.str("IT", default="other") == "other"
        given.setenv("IT", "")
        assert env.str("IT", default="other") == "other"

    @pytest.mark.parametrize("value", [None, ""])
    def test_is_named_when_it_must_be_given(
        self, given: pytest.MonkeyPatch, value: str | None
    ) -> None:
        if value is not None:
            given.setenv("IT", value)

        with pytest.raises(ImproperlyConfigured, match=r"^IT must be set$"):
            env.str("IT")


class TestAFile:
    def test_goes_before_the_variable(
        self, given: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (tmp_path / "it").write_text(" from a file\r\n")
        given.setenv("IT", "from the environment")
        given.setenv("IT_FILE", str(tmp_path / "it"))

        assert env.str("IT") == " from a file"

    def test_is_named_when_it_cannot_be_read(
        self, given: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        given.setenv("IT_FILE", str(tmp_path / "nowhere"))

        with pytest.raises(ImproperlyConfigured, match=r"^IT_FILE names .*nowhere"):
            env.str("IT")

    def test_fills_in_what_the_environment_does_not_say(
        self, given: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (tmp_path / "hub.env").write_text("IT=from the file\nOTHER=from the file\n")
        given.setenv("OTHER", "from the environment")

        env.read_env(tmp_path / "hub.env")

        assert env.str("IT") == "from the file"
        assert env.str("OTHER") == "from the environment"


class TestAValue:
    @pytest.mark.parametrize(("value", "number"), [("0", 0), ("6379", 6379), ("", 7)])
    def test_may_be_a_number(
        self, given: pytest.MonkeyPatch, value: str, number: int
    ) -> None:
        given.setenv("IT", value)

        assert env.int("IT", default=7) == number

    @pytest.mark.parametrize("value", ["x", "1.5", "-1", "1 ", "\u0661"])
    def test_that_is_no_number_is_named(
        self, given: pytest.MonkeyPatch, value: str
    ) -> None:
        given.setenv("IT", value)

        with pytest.raises(ImproperlyConfigured, match="IT must be a whole number"):
            env.int("IT", default=7)

    @pytest.mark.parametrize(
        ("value", "is_so"),
        [("true", True), ("YES", True), ("1", True), ("off", False), ("False", False)],
    )
    def test_may_be_yes_or_no(
        self, given: pytest.MonkeyPatch, value: str, is_so: bool
    ) -> None:
        given.setenv("IT", value)

        assert env.bool("IT", default=not is_so) is is_so

    @pytest.mark.parametrize("default", [True, False])
    def test_that_is_missing_is_the_default(
        self, given: pytest.MonkeyPatch, default: bool
    ) -> None:
        assert env.bool("IT", default=default) is default

    @pytest.mark.parametrize("value", ["maybe", "2", "yess"])
    def test_that_is_neither_yes_nor_no_is_named(
        self, given: pytest.MonkeyPatch, value: str
    ) -> None:
        given.setenv("IT", value)

        with pytest.raises(ImproperlyConfigured, match="IT must be true or false"):
            env.bool("IT", default=False)

    @pytest.mark.parametrize(
        ("value", "parts"),
        [("a", ["a"]), ("a, b,", ["a", "b"]), ("", ["z"]), (" , ", ["z"])],
    )
    def test_may_be_a_list(
        self, given: pytest.MonkeyPatch, value: str, parts: list[str]
    ) -> None:
        given.setenv("IT", value)

        assert env.list("IT", default=["z"]) == parts

    def test_may_be_one_of_a_few(self, given: pytest.MonkeyPatch) -> None:
        given.setenv("IT", "b")
        assert env.choice("IT", among=("a", "b"), default="a") == "b"

        given.setenv("IT", "c")
        with pytest.raises(ImproperlyConfigured, match="IT must be one of a, b, not"):
            env.choice("IT", among=("a", "b"), default="a")

    @pytest.mark.parametrize("value", ["a-b", "a b", "1a", 'a"b', "a;b", "a\nb"])
    def test_that_is_no_identifier_is_named(
        self, given: pytest.MonkeyPatch, value: str
    ) -> None:
        given.setenv("IT", "Hub_2$")
        assert env.identifier("IT", default="A") == "Hub_2$"

        given.setenv("IT", value)
        with pytest.raises(ImproperlyConfigured, match="IT must be a plain SQL"):
            env.identifier("IT", default="A")


class TestAUrl:
    @pytest.mark.parametrize("url", ["redis://:p@h:6379/0", "unix:///run/redis"])
    def test_is_of_one_of_some_schemes(
        self, given: pytest.MonkeyPatch, url: str
    ) -> None:
        given.setenv("IT", url)

        assert env.url("IT", **REDIS) == url

    @pytest.mark.parametrize(
        "url", ["nonsense", "http://h", "redis://h:port", "redis://h:99999", "//other"]
    )
    def test_that_is_bad_is_named_and_not_shown(
        self, given: pytest.MonkeyPatch, url: str
    ) -> None:
        given.setenv("IT", url)

        with pytest.raises(ImproperlyConfigured, match="IT must be a URL such") as bad:
            env.url("IT", **REDIS)
        assert url not in str(bad.value)

    def test_of_postgresql_is_a_database(self, given: pytest.MonkeyPatch) -> None:
        given.setenv("IT", "postgres://hub:p%40ss%2F@db.example.com:5433/hub")

        database = env.postgresql("IT")

        assert database["ENGINE"] == "django.db.backends.postgresql"
        assert (database["USER"], database["PASSWORD"]) == ("hub", "p@ss/")
        assert (database["HOST"], database["PORT"]) == ("db.example.com", 5433)
        assert database["NAME"] == "hub"

    @pytest.mark.parametrize("url", ["mysql://h/x", "sqlite:///x", "postgres://h:p/x"])
    def test_of_another_database_is_named(
        self, given: pytest.MonkeyPatch, url: str
    ) -> None:
        given.setenv("IT", url)

        with pytest.raises(ImproperlyConfigured, match="IT must be a URL such as post"):
            env.postgresql("IT")


class TestAKey:
    @pytest.mark.parametrize(
        "value",
        [
            "-_8" + "A" * 40,
            "-_8" + "A" * 40 + "=",
            "+/8" + "A" * 40 + "=",
            "+/8" + "A" * 40,
        ],
    )
    def test_is_32_bytes_in_either_base64(
        self, given: pytest.MonkeyPatch, value: str
    ) -> None:
        given.setenv("IT", value)

        assert env.key("IT") == b"\xfb\xff" + bytes(30)

    @pytest.mark.parametrize("value", ["", "A" * 42, "A" * 44, "Ä" * 43, "not base64!"])
    def test_is_refused_by_its_name_and_not_shown(
        self, given: pytest.MonkeyPatch, value: str
    ) -> None:
        given.setenv("IT", value)

        with pytest.raises(ImproperlyConfigured, match=r"^IT must be 32 .*urlsafe\(32"):
            env.key("IT")

    def test_may_be_missing_where_there_is_a_default(
        self, given: pytest.MonkeyPatch
    ) -> None:
        assert env.key("IT", default=bytes(32)) == bytes(32)

    @pytest.mark.parametrize("value", ["none", "NONE"])
    def test_may_be_none(self, given: pytest.MonkeyPatch, value: str) -> None:
        given.setenv("IT", value)

        assert env.key("IT", default=bytes(32)) is None

    def test_may_be_one_of_several(self, given: pytest.MonkeyPatch) -> None:
        assert env.keys("IT") == []
        given.setenv("IT", f"{'A' * 43}, {'A' * 42}E")

        assert env.keys("IT") == [bytes(32), bytes(31) + b"\x01"]


class TestALimit:
    def test_is_so_often_in_a_time(self, given: pytest.MonkeyPatch) -> None:
        given.setenv("IT", "20 per 5 minutes")

        limit = env.limit("IT", default="none")

        assert limit is not None
        assert (limit.amount, limit.get_expiry()) == (20, 300)

    def test_may_be_none(self, given: pytest.MonkeyPatch) -> None:
        given.setenv("IT", "None")

        assert env.limit("IT", default="1/second") is None

    @pytest.mark.parametrize("value", ["600", "often", "0/minute", "1/second;2/minute"])
    def test_is_refused_when_it_is_none(
        self, given: pytest.MonkeyPatch, value: str
    ) -> None:
        given.setenv("IT", value)

        with pytest.raises(ImproperlyConfigured, match=r"^IT must be such as 600"):
            env.limit("IT", default="none")


def test_a_number_has_its_least(given: pytest.MonkeyPatch) -> None:
    given.setenv("IT", "1")

    with pytest.raises(ImproperlyConfigured, match=r"^IT must be at least 2, not 1$"):
        env.int("IT", default=5, least=2)
