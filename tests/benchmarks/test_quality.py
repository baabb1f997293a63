"""The labelled set is whole and honest, and its figures mean what they say."""

import json
import re
from collections import Counter
from pathlib import Path
from random import Random
from typing import get_args

import pytest
from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

from benchmarks.quality import metrics, run
from benchmarks.quality.corpus import BrokenReferenceError, batches, the_corpus
from benchmarks.quality.everyday import everyday, numbers
from benchmarks.quality.gaps import Teller
from benchmarks.quality.plain import Plain
from benchmarks.quality.questions import Kind, Question, the_questions
from benchmarks.quality.telling import Told, by_hand
from memories.demo.phrases import UnknownGapError
from memories.schemas.search import SearchRequest
from memories.search.query import read
from tests.factories import NOW

STEMMER = (
    TextAnalyzerBuilder(Tokenizer.simple())
    .filter(Filter.lowercase())
    .filter(Filter.ascii_fold())
    .filter(Filter.stemmer("english"))
    .build()
)
STOP_WORDS = """
    a about after again all an and any are as at be because been before being but by
    can could did do does doing down for from get gets had has have having he her here
    him his how i if in into is it its just may me might more most must my no nor not
    of off on once one or other our out over own s same she should so some somebody
    something such t than that the their them then there these they this those through
    to too until up very was we were what when where which while who whom whose why
    will with would you your
"""
"""Words without a content of their own."""

BY_KEY = {told.key: told for told in the_corpus()}
KINDS: tuple[Kind, ...] = get_args(Kind.__value__)


def of_kind(kind: Kind) -> list[Question]:
    return [question for question in the_questions() if question.kind == kind]


def words(text: str) -> set[str]:
    return set(STEMMER.analyze(text))


def answers(question: Question) -> list[Told]:
    return [BY_KEY[key] for key, grade in question.relevant.items() if grade == 2]


def labelled(question: Question) -> list[Told]:
    return [BY_KEY[key] for key in question.relevant]


def test_the_corpus_is_the_same_in_every_run() -> None:
    facts = list(by_hand())

    again = {told.key: told for told in facts + everyday(taken=numbers(facts))}

    assert again == BY_KEY


def test_the_corpus_is_of_a_believable_size_and_mix() -> None:
    types = Counter(told.type for told in the_corpus())

    assert 3000 <= len(the_corpus()) <= 4000
    assert types["chat"] >= 2000
    assert types["event"] >= 700
    assert types["insight"] >= 240
    assert types["decision"] >= 240
    assert {told.source for told in the_corpus()} >= {
        "slack",
        "github",
        "gong",
        "linear",
        "api",
    }


def test_conversations_have_three_to_twelve_messages() -> None:
    sessions = Counter(
        told.content["session_id"] for told in the_corpus() if told.type == "chat"
    )

    assert len(sessions) >= 300
    assert min(sessions.values()) >= 3
    assert max(sessions.values()) <= 12


def test_keys_are_unique() -> None:
    assert len(BY_KEY) == len(the_corpus())


def test_every_content_fits_its_schema() -> None:
    for told in the_corpus():
        told.read_content()


def test_nothing_but_a_short_remark_is_said_twice() -> None:
    said = Counter(
        told.content["message"] if told.type == "chat" else told.text()
        for told in the_corpus()
    )

    assert [text for text, times in said.items() if times > 1 and len(text) > 100] == []


def test_no_fact_is_told_by_another_memory_with_the_same_words() -> None:
    facts = {told.key: told.text() for told in by_hand() if len(told.text()) > 60}

    assert len(set(facts.values())) == len(facts)


def test_what_is_looked_up_by_number_is_not_named_by_the_everyday() -> None:
    facts = list(by_hand())
    rest = [told for told in the_corpus() if told.key not in {f.key for f in facts}]

    assert numbers(facts) & numbers(rest) == set()


def test_batches_bring_a_memory_after_those_it_refers_to() -> None:
    known: set[str] = set()
    for batch in batches(the_corpus()):
        assert all(told.refers_to <= known for told in batch)
        known |= {told.key for told in batch}

    assert len(known) == len(the_corpus())


def test_a_reference_to_nothing_is_refused() -> None:
    told = next(told for told in the_corpus() if told.refers_to)

    with pytest.raises(BrokenReferenceError, match=next(iter(told.refers_to))):
        list(batches([told]))


def test_labels_name_memories_that_are_there() -> None:
    labels = {key for question in the_questions() for key in question.relevant}

    assert labels - BY_KEY.keys() == set()


def test_every_question_has_an_answer() -> None:
    assert [question.id for question in the_questions() if not answers(question)] == []


def test_no_question_is_asked_twice() -> None:
    for values in (
        [question.id for question in the_questions()],
        [question.text.lower() for question in the_questions()],
    ):
        assert len(set(values)) == len(values)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_asked_in_both_halves(kind: Kind) -> None:
    halves = Counter(question.split for question in of_kind(kind))

    assert min(halves["tune"], halves["held"]) >= 7
    assert abs(halves["tune"] - halves["held"]) <= 1


def test_no_kind_outweighs_what_people_ask() -> None:
    total = len(the_questions())

    assert total >= 170
    assert len(of_kind("paraphrase")) <= 0.20 * total
    assert len(of_kind("typo")) <= 0.10 * total
    assert len(of_kind("identifier")) <= 0.12 * total
    assert len(of_kind("conversation")) <= 0.15 * total


@pytest.mark.parametrize("question", of_kind("paraphrase"), ids=lambda each: each.id)
def test_a_paraphrase_shares_no_word_with_what_answers_it(question: Question) -> None:
    asked = words(question.text) - words(STOP_WORDS)

    assert asked
    for key in question.relevant:
        assert asked & words(BY_KEY[key].text()) == set(), key


@pytest.mark.parametrize("question", of_kind("typo"), ids=lambda each: each.id)
def test_a_typo_is_one_or_two_letters_off_a_word_of_what_is_labelled(
    question: Question,
) -> None:
    everything = {
        word
        for told in the_corpus()
        for word in re.findall(r"\w+", told.text().lower())
    }
    meant = {
        word
        for told in labelled(question)
        for word in re.findall(r"\w+", told.text().lower())
    }

    misspelt = set(re.findall(r"\w+", question.text.lower())) - everything

    assert misspelt
    for word in misspelt:
        assert any(1 <= edits(word, other) <= 2 for other in meant), word


def edits(one: str, other: str) -> int:
    """Return the Levenshtein distance."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        diagonal, row[0] = row[0], i
        for j, b in enumerate(other, start=1):
            diagonal, row[j] = (
                row[j],
                min(row[j] + 1, row[j - 1] + 1, diagonal + (a != b)),
            )
    return row[-1]


@pytest.mark.parametrize("question", of_kind("identifier"), ids=lambda each: each.id)
def test_an_identifier_stands_in_what_is_labelled(question: Question) -> None:
    (name, *_) = sorted(
        re.findall(r"\S*\d\S*|\S+[._-]\S+", question.text.rstrip("?")), key=len
    )[::-1]

    assert any(
        name.lower() in f"{told.text()} {told.content.get('channel')}".lower()
        for told in labelled(question)
    )


@pytest.mark.parametrize("question", of_kind("filtered"), ids=lambda each: each.id)
def test_the_filters_of_a_question_let_its_answers_through(
    question: Question,
) -> None:
    asked = read(SearchRequest(query=question.text), now=NOW)

    assert asked.filters or asked.is_dated
    for told in answers(question):
        assert told.type in (asked.values("type") or [told.type])
        assert told.source in (asked.values("source") or [told.source])
        customer = told.content.get("customer")
        assert customer in (asked.values("customer") or [customer])
        assert not asked.start or asked.start <= told.occurred_at
        assert not asked.end or told.occurred_at < asked.end


@pytest.mark.parametrize("question", of_kind("multi-hop"), ids=lambda each: each.id)
def test_a_question_over_several_hops_needs_several_memories(
    question: Question,
) -> None:
    assert len(question.relevant) >= 2


def test_recall_is_the_share_of_the_answers_among_the_first_ten() -> None:
    wanted = {"a": 2, "b": 2, "c": 1}

    assert metrics.recall(["x", "b", "c"], wanted) == 0.5
    assert metrics.recall([*"0123456789", "a", "b"], wanted) == 0


def test_recall_can_be_whole_where_more_than_ten_answer() -> None:
    wanted = {str(number): 2 for number in range(20)}

    assert metrics.recall([str(number) for number in range(10)], wanted) == 1


def test_the_reciprocal_rank_is_that_of_the_first_answer() -> None:
    assert metrics.reciprocal_rank(["c", "a", "b"], {"a": 2, "b": 2, "c": 1}) == 0.5
    assert metrics.reciprocal_rank([*"0123456789", "a"], {"a": 2}) == 0


def test_the_gain_is_that_of_the_best_order_at_most() -> None:
    wanted = {"a": 2, "b": 1}

    assert metrics.ndcg(["a", "b"], wanted) == 1
    assert metrics.ndcg(["x", "a"], wanted) == pytest.approx(
        (3 / 1.58496) / (3 + 1 / 1.58496), abs=1e-4
    )
    assert metrics.ndcg(["b", "a"], wanted) < 1
    assert metrics.ndcg([], wanted) == 0


def test_plain_bm25_finds_by_stem_and_not_by_meaning() -> None:
    plain = Plain(the_corpus())

    assert plain.search("customs_autofill.py", limit=1) == ["customs-auto-pr"]
    assert "parental-leave" in plain.search("20 weeks for parents", limit=10)
    assert plain.search("zzzz", limit=10) == []


def test_plain_bm25_reads_a_filter_as_words() -> None:
    plain = Plain(the_corpus())

    assert plain.search('customer:"Umbra Lighting"', limit=5) == plain.search(
        "customer Umbra Lighting", limit=5
    )


@pytest.fixture
def teller() -> Teller:
    return Teller(Random(1), {"who": "Ann"})  # noqa: S311 - a story, not a secret


def test_gaps_are_filled(teller: Teller) -> None:
    assert (
        teller.tell("{who} has {n=3..3} {a {who}|a {who}}, {n}") == "Ann has 3 a Ann, 3"
    )


@pytest.mark.parametrize("text", ["{nobody}", "{a|b"])
def test_a_gap_that_nothing_fills_is_an_error(teller: Teller, text: str) -> None:
    with pytest.raises(UnknownGapError):
        teller.tell(text)


@pytest.fixture
def flawless() -> run.Answers:
    """All arms answer every question in the best order."""
    best = {
        question.id: sorted(question.relevant, key=lambda key: -question.relevant[key])
        for question in the_questions()
    }
    return run.Answers(
        dict.fromkeys(run.ARMS, best), dict.fromkeys(run.ARMS, frozenset[str]())
    )


def test_figures_are_means_over_the_questions_of_a_half(flawless: run.Answers) -> None:
    (first, *_) = (one for one in the_questions() if one.split == "tune")
    silent_once = run.Answers({"blend": {**flawless.got["blend"], first.id: []}}, {})
    asked = sum(question.split == "tune" for question in the_questions())

    assert flawless.figures("blend", half="tune") == run.Figures(1, 1, 1)
    assert silent_once.figures("blend", half="held") == run.Figures(1, 1, 1)
    assert silent_once.figures("blend", half="tune").recall == round(
        (asked - 1) / asked, 4
    )


@pytest.mark.parametrize(("recorded", "faults"), [(1.02, 0), (1.021, 2)])
def test_the_gate_closes_when_a_figure_falls_by_more_than_two_points(
    flawless: run.Answers,
    recorded: float,
    faults: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(run, "BASELINE", tmp_path / "baseline.json")
    flat = {"recall": 1, "mrr": 1, "ndcg": 1}
    fallen = {"recall": recorded, "mrr": 1, "ndcg": recorded}
    run.BASELINE.write_text(
        json.dumps(
            {
                "blend": {"tune": flat, "held": flat},
                run.AS_A_USER: {"tune": fallen, "held": flat},
            }
        )
    )

    assert len(run.fallen(flawless)) == faults


def test_the_blend_is_compared_with_plain_bm25_on_the_held_half(
    flawless: run.Answers,
) -> None:
    silent = dict.fromkeys(flawless.got["blend"], ())
    ahead = run.Answers({**flawless.got, run.PLAIN: silent}, flawless.ran)

    assert run.lead(flawless) == 0
    assert run.lead(ahead) == 1
