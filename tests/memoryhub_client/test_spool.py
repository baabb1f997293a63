"""memoryhub_client.spool: what waits, in which parcels, and what is set aside."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from memoryhub_client import SpoolError, spool
from memoryhub_client.schemas.answers import ProblemAnswer
from memoryhub_client.spool import Spool, key_of_one

MakeSpool = Callable[..., Spool]

PROBLEM = ProblemAnswer(type="x", title="No", status=400, detail="It is wrong.")


@pytest.fixture
def make(tmp_path: Path) -> Iterator[MakeSpool]:
    """Open the spool, as each process does that shares it."""
    with ExitStack() as stack:

        def make(account: str = "crm", **options: int) -> Spool:
            opened = Spool(tmp_path / "deep" / "spool", account=account, **options)
            stack.callback(opened.close)
            return opened

        yield make


def drafts(count: int) -> list[dict[str, object]]:
    return [{"type": "chat", "content": {"message": str(n)}} for n in range(count)]


def messages(parcel: spool.Parcel | None) -> list[str]:
    assert parcel is not None
    return [draft["content"]["message"] for draft in parcel.drafts.values()]


def test_what_waits_leaves_in_order_and_in_parcels(
    make: MakeSpool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "PARCEL_DRAFTS", 2)
    waiting = make()
    waiting.put(drafts(3), behalf=None)

    first = waiting.next_parcel()
    assert first
    assert messages(first) == ["0", "1"]
    waiting.settle(first, {})

    assert messages(waiting.next_parcel()) == ["2"]


def test_a_parcel_is_the_same_until_it_is_settled_for_another_process_too(
    make: MakeSpool,
) -> None:
    waiting = make()
    waiting.put(drafts(2), behalf=None)
    first = waiting.next_parcel()
    waiting.put(drafts(1), behalf=None)

    assert make().next_parcel() == first


def test_whom_it_is_for_parts_parcels(make: MakeSpool) -> None:
    waiting = make()
    waiting.put(drafts(1), behalf="ann@example.com")
    waiting.put(drafts(1), behalf=None)

    parcel = waiting.next_parcel()

    assert parcel
    assert (parcel.behalf, len(parcel.drafts)) == ("ann@example.com", 1)


def test_what_was_sent_before_goes_by_its_own_key(make: MakeSpool) -> None:
    waiting = make()
    key = key_of_one()
    waiting.put(drafts(1), behalf=None, key=key)
    waiting.put(drafts(1), behalf=None)

    parcel = waiting.next_parcel()

    assert parcel
    assert (parcel.key, parcel.is_single) == (key, True)


def test_what_the_hub_may_have_forgotten_is_set_aside(
    make: MakeSpool, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = make()
    named = {**drafts(1)[0], "source": "crm", "external_id": "1"}
    waiting.put([named, *drafts(1)], behalf=None, key=key_of_one())
    monkeypatch.setattr(spool, "KEY_SECONDS", 0)

    parcel = waiting.next_parcel()

    assert parcel
    assert list(parcel.drafts.values()) == [named]
    (doubtful,) = waiting.set_aside()
    assert "may be there already" in doubtful.problem.detail


def test_what_is_refused_is_set_aside_and_may_be_tried_again(make: MakeSpool) -> None:
    waiting = make()
    waiting.put(drafts(2), behalf=None)
    parcel = waiting.next_parcel()
    assert parcel
    waiting.settle(parcel, {next(iter(parcel.drafts)): PROBLEM})

    assert waiting.is_empty
    assert [each.problem for each in waiting.set_aside()] == [PROBLEM]
    assert waiting.try_again() == 1
    assert messages(waiting.next_parcel()) == ["0"]


def test_a_full_spool_says_so_and_keeps_what_it_has(make: MakeSpool) -> None:
    waiting = make(limit_bytes=100_000)
    big = {"type": "chat", "content": {"message": "x" * 30_000}}
    waiting.put([big], behalf=None)

    with pytest.raises(SpoolError, match="full"):
        waiting.put([big] * 4, behalf=None)

    assert waiting.status.waiting == 1
    waiting.put(drafts(1), behalf=None)


def test_another_accounts_spool_is_refused(make: MakeSpool) -> None:
    make("crm")

    with pytest.raises(SpoolError, match="is the spool of crm"):
        make("gong")


def test_what_is_no_spool_is_refused(make: MakeSpool, tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "spool").write_text("Dear diary, " * 1000)

    with pytest.raises(SpoolError, match="not a database"):
        make()


def test_nobody_else_may_read_it(make: MakeSpool) -> None:
    assert make().path.stat().st_mode & 0o077 == 0
