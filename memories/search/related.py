"""What is like a memory: in words, in meaning, and in what both are about."""

from collections.abc import Sequence
from dataclasses import dataclass

from memories.models import Memory
from memories.search import lexical, ranking, threads
from memories.search.lexical import Asker, ByIndex, Candidates
from memories.search.query import Clause, Kind, Query
from memories.search.ranking import Arm, Candidate
from memories.search.semantic import Semantic, meaning_of
from memories.search.words import SMALL, stems, written

WORDS = 12
"""How many of the words that tell most are looked for elsewhere."""
LOOKED_AT = 200
"""How many words of it, from its beginning, are weighed against each other."""
DEPTH = 60
ALIKE = 0.5
"""The similarity that is called one of meaning."""

SAME_CUSTOMER = 0.15
SAME_TAG = 0.05
SAME_CONVERSATION = 0.2


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much a memory is like another, and what they share."""

    score: float
    shared: tuple[str, ...]


@lexical.outliving_damage
def related(
    *, asker: Asker, memory: Memory, limit: int
) -> list[tuple[Memory, Likeness]]:
    """Return what is most like a memory of all that the asker may see."""
    arm = lexical.arm(asker)
    query = _as_query(memory, arm)
    candidates = list(arm.best(query, limit=DEPTH).found) if query.clauses else []
    if isinstance(arm, ByIndex):
        candidates += _by_filing(memory, arm, candidates)
        candidates = _with_meaning(memory, arm, asker, candidates)
    ranked = ranking.blend(candidates, superseded_by={}, now=None)
    others = [one for one in ranked if one.id != memory.pk][: 2 * DEPTH]
    memories = asker.read([one.id for one in others])
    found = [
        (memories[one.id], _likeness(memory, memories[one.id], one.score, one.arms))
        for one in others
        if one.id in memories
    ]
    return sorted(found, key=lambda each: -each[1].score)[:limit]


def _as_query(memory: Memory, arm: lexical.Lexical) -> Query:
    """Ask for the words of a memory that tell most."""
    text = f"{memory.title}\n{memory.read_content().search_text()}"
    words = {
        stems(word)[0]: word
        for word in dict.fromkeys(written(text)[:LOOKED_AT])
        if word not in SMALL and len(word) > 2
    }
    telling = sorted(words, key=arm.telling, reverse=True)[:WORDS]
    clauses = tuple(Clause(Kind.WORD, words[stem]) for stem in telling)
    return Query(clauses=clauses, sentence=text)


def _by_filing(
    memory: Memory, arm: ByIndex, found: Sequence[Candidate]
) -> list[Candidate]:
    """Find what is filed under the same customer, tags or conversation."""
    known = {one.id for one in found}
    customer = memory.read_content().customer_name()
    hits = arm.filed_under(
        customer=customer, tags=memory.tags, thread=threads.name(memory), limit=DEPTH
    )
    return [
        Candidate(
            id=hit.id,
            occurred_at=hit.occurred_at,
            is_disputed=hit.is_disputed,
            is_superseded=hit.is_superseded,
        )
        for hit in hits
        if hit.id not in known
    ]


def _with_meaning(
    memory: Memory, arm: ByIndex, asker: Asker, found: Sequence[Candidate]
) -> list[Candidate]:
    meaning = meaning_of(memory.pk)
    if meaning is None:
        return list(found)
    return Semantic(meaning, arm, asker).join(Query(), Candidates(found, 0))


def _likeness(
    one: Memory, other: Memory, score: float, arms: Sequence[Arm]
) -> Likeness:
    shared = []
    customer = one.read_content().customer_name()
    if customer and customer == other.read_content().customer_name():
        shared.append(f"customer:{customer}")
        score += SAME_CUSTOMER
    for tag in one.tags:
        if tag in other.tags:
            shared.append(f"tag:{tag}")
            score += SAME_TAG
    if threads.name(one) and threads.name(one) == threads.name(other):
        shared.append("conversation")
        score += SAME_CONVERSATION
    found_by = {arm.arm: arm.score for arm in arms}
    if not found_by.keys().isdisjoint({"lexical", "tail"}):
        shared.append("words")
    if found_by.get("semantic", 0.0) >= ALIKE:
        shared.append("meaning")
    return Likeness(score, tuple(shared))
