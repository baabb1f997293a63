"""Building an index, and following the journal into it."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from accounts.models import User
from horizon.order import Position
from journal import log
from memories import mediator
from memories.models import Memory
from memories.schemas.draft import Amendment
from memories.schemas.search import SearchRequest
from memories.search import indexer, lexical, tail
from memories.search.cards import cards
from memories.search.index import Index
from memories.search.query import read
from memories.search.shelf import BusyError
from tests.conftest import acting
from tests.factories import make_draft, make_memory

pytestmark = pytest.mark.django_db(transaction=True)


def store(user: User, text: str) -> Memory:
    draft = make_draft(content={"message": text})
    return mediator.store(actor=acting(user), draft=draft, now=timezone.now()).memory


def amend(user: User, memory: Memory, text: str) -> None:
    mediator.amend(
        actor=acting(user),
        memory_id=memory.pk,
        amendment=Amendment(content={"message": text}),
        expected_version=memory.version,
        now=timezone.now(),
    )


def found(index: Index, text: str) -> list[UUID]:
    query = read(SearchRequest(query=text), now=timezone.now())
    return [hit.id for hit in index.snapshot().best(query, limit=10).first]


def generations(index: Index) -> list[Path]:
    return list(index.directory.parent.glob("v*-*"))


class TestFollow:
    """Bringing an index up to the journal."""

    def test_what_was_stored_is_indexed(self, index: Index, user: User) -> None:
        memory = store(user, "The renewal is at risk")

        assert indexer.follow(index) == 1

        assert found(index, "renewals") == [memory.pk]

    def test_what_was_changed_is_found_by_its_new_words_alone(
        self, index: Index, user: User
    ) -> None:
        memory = store(user, "The renewal is at risk")
        indexer.follow(index)
        amend(user, memory, "All is well")

        indexer.follow(index)

        assert found(index, "renewal") == []
        assert found(index, "well") == [memory.pk]

    def test_what_was_forgotten_is_taken_out(self, index: Index, user: User) -> None:
        memory = store(user, "The renewal is at risk")
        indexer.follow(index)
        mediator.forget(actor=acting(user), memory_id=memory.pk, now=timezone.now())

        indexer.follow(index)

        assert found(index, "renewal") == []

    def test_what_came_and_went_meanwhile_is_not_there(
        self, index: Index, user: User
    ) -> None:
        memory = store(user, "The renewal is at risk")
        mediator.forget(actor=acting(user), memory_id=memory.pk, now=timezone.now())

        assert indexer.follow(index) == 2

        assert found(index, "renewal") == []

    def test_what_comes_meanwhile_waits_for_the_next_time(
        self, index: Index, user: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        commits: list[Position] = []
        commit = Index.commit

        def busy(ids: set[UUID], index: Index) -> object:
            if len(commits) < 3:
                store(user, "Another")
            return tail.touched(ids, index)

        def counted(self: Index, *, journal: UUID, to: Position) -> None:
            commits.append(to)
            commit(self, journal=journal, to=to)

        monkeypatch.setattr("memories.search.indexer.touched", busy)
        monkeypatch.setattr(Index, "commit", counted)
        store(user, "The first")

        assert [indexer.follow(index), len(commits)] == [1, 1]
        assert [indexer.follow(index), len(commits)] == [1, 2]

    def test_it_goes_on_where_it_stopped(self, index: Index, user: User) -> None:
        store(user, "One")
        indexer.follow(index)
        index.close()
        store(user, "Two")

        again = Index(index.directory)

        assert indexer.follow(again) == 1
        assert indexer.follow(again) == 0

    def test_a_batch_that_is_repeated_changes_nothing(
        self, index: Index, user: User
    ) -> None:
        place = index.position(log.identity())
        assert place
        memory = store(user, "The renewal is at risk")
        indexer.follow(index)
        index.commit(journal=log.identity(), to=place)

        assert indexer.follow(index) == 1

        assert found(index, "renewal") == [memory.pk]

    def test_more_than_a_batch_is_followed_to_its_end(
        self, index: Index, user: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(indexer, "BATCH", 2)
        stored = {store(user, f"Renewal {number}").pk for number in range(5)}

        assert indexer.follow(index) == 5

        assert set(found(index, "renewal")) == stored

    def test_an_index_that_was_replaced_is_left_alone(
        self, index: Index, user: User
    ) -> None:
        indexer.rebuild()
        store(user, "The renewal is at risk")

        assert indexer.follow(index) == 0

        assert indexer.follow(trusted()) == 1

    def test_an_error_that_is_no_damage_is_raised(
        self, index: Index, user: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store(user, "The renewal is at risk")

        def refuse(*_: object, **__: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(Index, "commit", refuse)

        with pytest.raises(OSError, match="No space left"):
            indexer.follow(index)

        assert indexer.trusted() is index

    def test_damage_that_is_met_ends_its_life(
        self, index: Index, user: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store(user, "One")
        indexer.follow(index)
        damage(index)
        store(user, "Two")

        def refuse(*_: object, **__: object) -> None:
            msg = "data corruption"
            raise ValueError(msg)

        monkeypatch.setattr(Index, "commit", refuse)

        assert indexer.follow(index) == 0
        assert indexer.trusted() is None


def trusted() -> Index:
    index = indexer.trusted()
    assert index
    return index


def damage(index: Index) -> None:
    """Flip one bit of what the index keeps of its words."""
    (file, *_) = index.directory.glob("*.term")
    content = bytearray(file.read_bytes())
    content[0] ^= 1
    fresh = file.with_suffix(".flipped")
    fresh.write_bytes(content)
    fresh.replace(file)


class TestRebuild:
    """Building an index beside the one that is read."""

    def test_it_holds_all_that_there_is(self, index: Index, user: User) -> None:
        memory = store(user, "The renewal is at risk")

        built = indexer.rebuild()

        assert found(built, "renewal") == [memory.pk]
        assert indexer.trusted() is built
        assert built.directory != index.directory

    def test_it_holds_what_the_journal_says_nothing_of(self, index: Index) -> None:
        memory = make_memory(content={"message": "The renewal is at risk"})

        assert found(indexer.rebuild(), "renewal") == [memory.pk]

    def test_it_reads_in_batches_and_says_how_far_it_is(
        self, index: Index, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(indexer, "BATCH", 2)
        stored = {make_memory().pk for _ in range(5)}
        reports: list[int] = []

        built = indexer.rebuild(report=reports.append)

        assert reports == [2, 2, 1]
        assert set(found(built, "renewal")) == stored

    def test_the_old_one_is_read_until_the_new_one_is_whole(
        self, index: Index, user: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store(user, "The renewal is at risk")
        read_meanwhile: list[Index | None] = []

        built = indexer.rebuild(report=lambda _: read_meanwhile.append(trusted()))

        assert read_meanwhile == [index]
        assert indexer.trusted() is built

    def test_what_changes_meanwhile_is_not_missed(
        self, index: Index, user: User
    ) -> None:
        first = store(user, "Old words")
        others: list[Memory] = []

        def change(_: int) -> None:
            if not others:
                amend(user, first, "A renewal")
                others.append(store(user, "Another renewal"))

        built = indexer.rebuild(report=change)

        assert set(found(built, "renewal")) == {first.pk, others[0].pk}
        assert found(built, "old") == []

    def test_other_generations_go(self, index: Index) -> None:
        directory = index.directory.parent
        (directory / "v1-ofanotherversion").mkdir()
        (directory / "v2-halfbuilt").mkdir()

        built = indexer.rebuild()

        assert generations(index) == [built.directory]

    def test_one_that_fails_leaves_the_old_one_and_nothing_else(
        self, index: Index, user: User
    ) -> None:
        memory = store(user, "The renewal is at risk")
        indexer.follow(index)

        def stop(_: int) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            indexer.rebuild(report=stop)

        assert generations(index) == [index.directory]
        assert found(trusted(), "renewal") == [memory.pk]

    def test_two_cannot_build_at_once(self, index: Index) -> None:
        with lexical.shelf().building(), pytest.raises(BusyError, match="another"):
            indexer.rebuild()

        indexer.rebuild()

    def test_another_process_reads_the_new_one_at_its_next_request(
        self, index: Index, user: User
    ) -> None:
        here = lexical.shelf()
        elsewhere = type(here)(here.directory)
        assert elsewhere.current()

        built = indexer.rebuild()

        current = elsewhere.current()
        assert current
        assert current.directory == built.directory


class TestTrust:
    """Which index is read at all."""

    def test_one_of_another_journal_is_read_no_more(
        self, index: Index, user: User
    ) -> None:
        index.commit(journal=uuid4(), to=Position(10**9, 10**9))

        assert indexer.trusted() is None

        memory = store(user, "The renewal is at risk")
        assert found(indexer.rebuild(), "renewal") == [memory.pk]

    def test_one_whose_place_is_lost_is_read_no_more(self, index: Index) -> None:
        (index.directory / "position.json").unlink()

        assert indexer.trusted() is None

    @pytest.mark.parametrize("place", ["", "{", "[]", "7", '["x"]', '["x", 1, 2, 3]'])
    def test_one_whose_place_is_unreadable_is_read_no_more(
        self, index: Index, place: str
    ) -> None:
        (index.directory / "position.json").write_text(place)

        assert indexer.trusted() is None

    def test_a_whole_one_has_nothing_wrong_with_it(
        self, index: Index, user: User
    ) -> None:
        memory = store(user, "One")
        indexer.follow(index)
        amend(user, memory, "Two")
        store(user, "Three")
        indexer.follow(index)

        assert indexer.check() == ""
        assert indexer.trusted() is index

    def test_a_flipped_bit_is_found_and_it_is_read_no_more(
        self, index: Index, user: User
    ) -> None:
        store(user, "The renewal is at risk")
        indexer.follow(index)
        damage(index)

        fault = indexer.check()

        assert "term is not as it was written" in fault
        assert indexer.trusted() is None
        assert indexer.check() == ""
        assert indexer.rebuild() is indexer.trusted()
        assert indexer.check() == ""


class TestLag:
    """How far an index is behind."""

    def test_it_is_the_age_of_the_oldest_change_that_was_not_seen(
        self, index: Index, user: User
    ) -> None:
        assert indexer.lag(now=timezone.now()) == 0.0
        memory = store(user, "One")
        store(user, "Two")

        later = memory.created_at + timedelta(seconds=90)

        assert indexer.lag(now=later) == pytest.approx(90, abs=1)
        indexer.follow(index)
        assert indexer.lag(now=later) == 0.0

    def test_there_is_none_where_there_is_no_index(self, index: Index) -> None:
        lexical.shelf().condemn(index, "a test")

        assert indexer.lag(now=timezone.now()) is None


def test_a_card_replaces_the_one_before_it_in_a_batch(index: Index, user: User) -> None:
    memory = store(user, "The renewal is at risk")
    made = cards([memory.pk])

    index.apply(cards=[*made, *made], gone=[])
    index.commit(journal=log.identity(), to=Position(10**9, 1))

    assert found(index, "renewal") == [memory.pk]
