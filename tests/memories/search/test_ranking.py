"""One order of what the arms of a search found."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memories.search.ranking import (
    ALIKE,
    BESIDE,
    DISPUTED,
    LEXICAL_SHARE,
    RECENCY_BONUS,
    RECENCY_HALF_LIFE,
    SEMANTIC_SHARE,
    SUPERSEDED,
    Adjustment,
    Arm,
    Candidate,
    Ranked,
    blend,
    replacements_first,
    with_company,
)

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def candidate(number: int, **fields: Any) -> Candidate:
    return Candidate(id=UUID(int=number), **{"occurred_at": NOW, **fields})


def order(*candidates: Candidate, superseded_by: Any = None) -> list[int]:
    newer = {UUID(int=old): UUID(int=new) for old, new in (superseded_by or {}).items()}
    ranked = blend(candidates, superseded_by=newer, now=None)
    return [one.id.int for one in replacements_first(ranked)]


def only(one: Candidate, **options: Any) -> Ranked:
    (ranked,) = blend([one], **{"superseded_by": {}, "now": None, **options})
    return ranked


def test_nothing_found_is_nothing_ranked() -> None:
    assert order() == []


def test_the_better_by_words_comes_first() -> None:
    assert order(candidate(1, lexical=0.4), candidate(2, lexical=1.0)) == [2, 1]


def test_equals_stay_as_they_were_found() -> None:
    assert order(*(candidate(number, lexical=0.5) for number in (3, 1, 2))) == [3, 1, 2]


def test_words_and_meaning_have_their_shares() -> None:
    by_words, by_meaning, by_both = (
        candidate(1, lexical=1.0),
        candidate(2, similarity=0.8),
        candidate(3, lexical=1.0, similarity=0.8),
    )

    ranked = blend([by_words, by_meaning, by_both], superseded_by={}, now=None)

    assert {one.id.int: one.score for one in ranked} == pytest.approx(
        {1: LEXICAL_SHARE, 2: SEMANTIC_SHARE, 3: LEXICAL_SHARE + SEMANTIC_SHARE}
    )
    assert LEXICAL_SHARE + SEMANTIC_SHARE == 1


def test_likeness_counts_between_the_floor_and_the_nearest() -> None:
    nearest, middling = 0.75, (ALIKE + 0.75) / 2
    found = [candidate(1, similarity=nearest), candidate(2, similarity=middling)]

    ranked = blend(found, superseded_by={}, now=None)

    assert [one.score for one in ranked] == pytest.approx(
        [SEMANTIC_SHARE, SEMANTIC_SHARE / 2]
    )


@pytest.mark.parametrize("similarity", [-1.0, 0.0, ALIKE])
def test_what_is_hardly_alike_counts_for_nothing(similarity: float) -> None:
    found = [candidate(1, similarity=similarity), candidate(2, similarity=0.9)]

    ranked = blend(found, superseded_by={}, now=None)

    assert {one.id.int: one.score for one in ranked}[1] == 0
    assert only(found[0]).score == 0


def test_what_is_new_counts_a_little_more() -> None:
    old = candidate(1, lexical=1.0, occurred_at=NOW - RECENCY_HALF_LIFE)
    new = candidate(2, lexical=1.0)

    ranked = blend([old, new], superseded_by={}, now=NOW)

    assert [one.id.int for one in ranked] == [2, 1]
    assert [each.name for one in ranked for each in one.adjustments] == ["recency"] * 2
    assert [each.factor for one in ranked for each in one.adjustments] == pytest.approx(
        [1 + RECENCY_BONUS, 1 + RECENCY_BONUS / 2]
    )


def test_what_is_still_to_come_is_as_new_as_today() -> None:
    to_come = candidate(1, lexical=1.0, occurred_at=NOW + timedelta(days=900))

    assert (
        only(to_come, now=NOW).score == only(candidate(2, lexical=1.0), now=NOW).score
    )


def test_age_never_makes_a_bad_match_a_good_one() -> None:
    ancient = candidate(1, lexical=1.0, occurred_at=datetime(1, 1, 1, tzinfo=UTC))
    new = candidate(2, lexical=0.9)

    ranked = blend([ancient, new], superseded_by={}, now=NOW)

    assert [one.id.int for one in ranked] == [1, 2]


def test_age_counts_for_nothing_without_a_now() -> None:
    ancient = candidate(1, lexical=1.0, occurred_at=datetime(1, 1, 1, tzinfo=UTC))

    assert only(ancient).score == LEXICAL_SHARE
    assert only(ancient).adjustments == ()


def test_what_is_disputed_counts_less_and_says_so() -> None:
    ranked = only(candidate(1, lexical=1.0, is_disputed=True))

    assert ranked.score == pytest.approx(LEXICAL_SHARE * DISPUTED)
    assert ranked.is_disputed
    assert ranked.adjustments == (Adjustment("disputed", DISPUTED),)


def test_what_says_that_it_is_superseded_counts_less() -> None:
    ranked = only(candidate(1, lexical=1.0, is_superseded=True))

    assert ranked.score == pytest.approx(LEXICAL_SHARE * SUPERSEDED)
    assert ranked.is_superseded
    assert ranked.superseded_by is None
    assert ranked.adjustments == (Adjustment("superseded", SUPERSEDED),)


def test_what_another_replaces_counts_less_and_names_it() -> None:
    newer = UUID(int=9)

    ranked = only(candidate(1, lexical=1.0), superseded_by={UUID(int=1): newer})

    assert ranked.score == pytest.approx(LEXICAL_SHARE * SUPERSEDED)
    assert ranked.is_superseded
    assert ranked.superseded_by == newer


def test_all_adjustments_are_multiplied() -> None:
    ranked = only(
        candidate(1, lexical=1.0, is_disputed=True, is_superseded=True), now=NOW
    )

    assert [each.name for each in ranked.adjustments] == [
        *("recency", "disputed", "superseded"),
    ]
    assert ranked.score == pytest.approx(
        LEXICAL_SHARE * (1 + RECENCY_BONUS) * DISPUTED * SUPERSEDED
    )


def test_arms_are_kept() -> None:
    arms = (Arm("lexical", 1, 7.5), Arm("semantic", 3, 0.6))

    assert only(candidate(1, arms=arms)).arms == arms


def test_what_was_replaced_comes_just_behind_what_replaced_it() -> None:
    old, worse, new = (
        candidate(1, lexical=1.0),
        candidate(2, lexical=0.5),
        candidate(3, lexical=0.2),
    )

    assert order(old, worse, new, superseded_by={1: 3}) == [2, 3, 1]


def test_what_was_replaced_and_fits_worse_stays_where_it_is() -> None:
    new, worse, old = (
        candidate(3, lexical=1.0),
        candidate(2, lexical=0.8),
        candidate(1, lexical=0.9),
    )

    assert order(new, worse, old, superseded_by={1: 3}) == [3, 2, 1]


def test_what_was_replaced_by_something_that_was_not_found_keeps_its_place() -> None:
    old, other = candidate(1, lexical=1.0), candidate(2, lexical=0.1)

    assert order(old, other, superseded_by={1: 9}) == [1, 2]


def test_several_that_one_replaced_follow_it_in_order() -> None:
    first, second, new = (
        candidate(1, lexical=1.0),
        candidate(2, lexical=0.9),
        candidate(3, lexical=0.1),
    )

    assert order(first, second, new, superseded_by={1: 3, 2: 3}) == [3, 1, 2]


def test_a_chain_of_replacements_comes_newest_first() -> None:
    chain = [candidate(number, lexical=1 / number) for number in range(1, 6)]

    newest_first = order(*chain, superseded_by={1: 2, 2: 3, 3: 4, 4: 5})

    assert newest_first == [5, 4, 3, 2, 1]


def test_a_chain_may_be_as_long_as_a_ranking() -> None:
    length = 3000
    chain = [candidate(number, lexical=1.0) for number in range(1, length + 1)]

    ordered = order(*chain, superseded_by={n: n + 1 for n in range(1, length)})

    assert ordered == list(range(length, 0, -1))


def test_two_that_replace_each_other_are_both_there_and_last() -> None:
    one, two, older, other = (
        candidate(1, lexical=1.0),
        candidate(2, lexical=0.9),
        candidate(3, lexical=0.8),
        candidate(4, lexical=0.1),
    )

    ordered = order(one, two, older, other, superseded_by={1: 2, 2: 1, 3: 1})

    assert ordered[0] == 4
    assert sorted(ordered[1:]) == [1, 2, 3]


def test_one_that_replaces_itself_is_there() -> None:
    assert order(candidate(1, lexical=1.0), superseded_by={1: 1}) == [1]


def test_company_follows_the_best_result() -> None:
    ranked = blend(
        [candidate(1, lexical=1.0), candidate(2, lexical=0.3)],
        superseded_by={},
        now=None,
    )

    together = with_company(ranked, [candidate(3), candidate(4)])

    assert [one.id.int for one in together] == [1, 3, 4, 2]
    arms = [arm for one in together[1:3] for arm in one.arms]
    assert [(arm.arm, arm.rank) for arm in arms] == [("company", 1), ("company", 2)]
    assert [arm.score for arm in arms] == pytest.approx([BESIDE * LEXICAL_SHARE] * 2)
    assert together[1].score == together[2].score == arms[0].score


def test_company_that_was_found_too_keeps_the_better_of_its_places() -> None:
    by_words = Arm("lexical", 2, 5.0)
    ranked = blend(
        [
            candidate(1, lexical=1.0),
            candidate(2, lexical=0.9, arms=(by_words,)),
            candidate(3, lexical=0.1, arms=(by_words,)),
        ],
        superseded_by={},
        now=None,
    )

    together = with_company(ranked, [candidate(2), candidate(3)])

    assert [one.id.int for one in together] == [1, 2, 3]
    assert together[1].score == ranked[1].score
    assert together[2].score == pytest.approx(BESIDE * LEXICAL_SHARE)
    assert [arm.arm for arm in together[2].arms] == ["lexical", "company"]


def test_company_says_how_it_stands() -> None:
    doubtful = candidate(2, is_disputed=True, is_superseded=True)

    _, brought = with_company([Ranked(UUID(int=1), 1.0)], [doubtful])

    assert brought.is_disputed
    assert brought.is_superseded


def test_without_company_all_stays_as_it_is() -> None:
    ranked = [Ranked(UUID(int=1), 1.0)]

    assert with_company(ranked, []) == ranked
    assert with_company([], []) == []


NUMBERS = st.integers(1, 8)


@given(
    st.lists(
        st.builds(
            candidate,
            NUMBERS,
            lexical=st.floats(0, 1),
            similarity=st.floats(-1, 1),
            is_disputed=st.booleans(),
            is_superseded=st.booleans(),
        ),
        unique_by=lambda one: one.id,
    ),
    st.dictionaries(NUMBERS, NUMBERS),
)
def test_everything_found_is_ranked_once(
    found: list[Candidate], superseded_by: dict[int, int]
) -> None:
    newer = {UUID(int=old): UUID(int=new) for old, new in superseded_by.items()}

    ranked = replacements_first(blend(found, superseded_by=newer, now=NOW))

    assert sorted(one.id for one in ranked) == sorted(one.id for one in found)
    assert all(0 <= one.score <= 1 + RECENCY_BONUS for one in ranked)
