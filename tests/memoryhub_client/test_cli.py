"""memoryhub, the command: what it says, and how it ends."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from accounts.models import User
from memories.models import Memory
from memoryhub_client import transport
from memoryhub_client.cli import importing
from memoryhub_client.cli.main import main
from tests.factories import make_user
from tests.memoryhub_client.bad_network import BadNetwork
from tests.memoryhub_client.conftest import PASSWORD

Run = Callable[..., int]


@pytest.fixture
def run(
    network: BadNetwork,
    service: User,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Run:
    """Run the command as the service; returns how it ended."""
    service.set_password(PASSWORD)
    service.save()
    monkeypatch.setenv("MEMORYHUB_URL", network.url)
    monkeypatch.setenv("MEMORYHUB_USERNAME", service.email)
    monkeypatch.setenv("MEMORYHUB_PASSWORD", PASSWORD)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return lambda *arguments: main([str(each) for each in arguments])


def test_stores_searches_and_gets(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("store", "--type", "chat", "Acme renews in March") == 0
    assert run("search", "acme", "renews") == 0
    memory = Memory.objects.get()
    assert run("get", memory.pk) == 0

    said = capsys.readouterr().out
    assert f"stored {memory.pk} (version 1): Acme renews in March" in said
    assert "1 of 1" in said
    assert "message: Acme renews in March" in said


def test_answers_programs_in_json(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    draft = {"type": "chat", "content": {"message": "Hello"}}

    run("--json", "store", json.dumps(draft))

    assert json.loads(capsys.readouterr().out)["status"] == "stored"


@pytest.mark.parametrize(
    ("arguments", "ending"),
    [
        (["store", "--type", "chat", "--field", "massage", "x"], 1),
        (["store", "no json"], 2),
        (["get", "01990000-0000-7000-8000-000000000000"], 4),
    ],
)
def test_ends_as_its_help_says(run: Run, arguments: list[str], ending: int) -> None:
    assert run(*arguments) == ending


def test_says_that_nobody_signs_in_so(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MEMORYHUB_PASSWORD", "wrong")

    assert run("search", "x") == 3
    assert "No active account" in capsys.readouterr().err


def test_keeps_what_it_cannot_store_and_delivers_it_later(
    run: Run,
    network: BadNetwork,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(transport, "ATTEMPT_SECONDS", 1)
    network.fault = lambda: "cut"
    monkeypatch.setattr("memoryhub_client.client.SECONDS", 0.5)
    assert run("store", "--type", "chat", "Kept") == 7
    network.fault = lambda: None

    assert run("spool", "flush") == 0

    assert "0 waiting" in capsys.readouterr().out
    assert Memory.objects.get().title == "Kept"


class TestAnImport:
    def lines(self, count: int) -> str:
        drafts = (
            {"type": "chat", "content": {"message": f"Line {n}"}} for n in range(count)
        )
        return "\n".join(map(json.dumps, drafts))

    def test_stores_a_file_and_tells_what_was_refused(
        self, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = tmp_path / "chats.ndjson"
        file.write_text(f'{self.lines(3)}\n{{"type": "chat", "content": {{}}}}\n')

        assert run("import", file) == 6

        assert "stored 3, updated 0, unchanged 0, refused 1" in capsys.readouterr().out
        refused = (tmp_path / "chats.ndjson.refused.ndjson").read_text()
        assert json.loads(refused)["item"] == 4

    def test_goes_on_where_it_was_cut_off_and_stores_each_once(
        self,
        run: Run,
        network: BadNetwork,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(importing, "BATCH", 10)
        monkeypatch.setattr("memoryhub_client.client.SECONDS", 0.5)
        file = tmp_path / "chats.ndjson"
        file.write_text(self.lines(35))
        answers = iter([None] * 3)
        network.fault = lambda: next(answers, "cut after")
        assert run("import", file) == 5
        network.fault = lambda: None
        monkeypatch.setattr("memoryhub_client.client.SECONDS", 60.0)

        assert run("import", file) == 0

        assert Memory.objects.count() == 35

    def test_reads_a_table(self, run: Run, tmp_path: Path) -> None:
        make_user(email="ann@example.com")
        file = tmp_path / "decisions.csv"
        file.write_text(
            "type,content.decision,content.alternatives,tags,owner,metadata.crm\n"
            "decision,Keep the price,raise it; lower it,a;b,ann@example.com,17\n"
        )

        assert run("import", file) == 0

        memory = Memory.objects.get()
        assert memory.content["alternatives"] == ["raise it", "lower it"]
        assert (memory.tags, memory.metadata) == (["a", "b"], {"crm": "17"})

    def test_says_which_line_is_no_json(
        self, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = tmp_path / "chats.ndjson"
        file.write_text(f"{self.lines(1)}\n{{")

        assert run("import", file) == 2
        assert "line 2 is no JSON" in capsys.readouterr().err
        assert Memory.objects.count() == 0


def test_exports_what_can_be_imported(run: Run, tmp_path: Path) -> None:
    run("store", "--type", "chat", "--source", "crm", "--external-id", "1", "Hello")
    file = tmp_path / "all.ndjson"

    assert run("export", "--output", file, "source:crm") == 0
    assert run("import", file) == 0

    assert Memory.objects.get().version == 1
    assert json.loads(file.read_text())["content"]["message"] == "Hello"
