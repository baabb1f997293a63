"""The lexical index: tantivy on this node's own disk."""

import fcntl
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import tantivy
from tantivy import FieldType, Filter, Occur, Order, TextAnalyzerBuilder, Tokenizer
from tantivy import Query as Match

from horizon.order import START, Position
from memories.search.cards import Card
from memories.search.query import Clause, Kind, Query

SCHEMA_VERSION = 1
"""One more whenever the fields or their analysis change: the index is then rebuilt."""

_FIELDS = {"title": 2.0, "text": 1.0}
_HALF = 64

STEMMED = (
    TextAnalyzerBuilder(Tokenizer.simple())
    .filter(Filter.remove_long(80))
    .filter(Filter.lowercase())
    .filter(Filter.ascii_fold())
    .filter(Filter.stemmer("english"))
    .build()
)
AS_WRITTEN = (
    TextAnalyzerBuilder(Tokenizer.simple())
    .filter(Filter.remove_long(80))
    .filter(Filter.lowercase())
    .filter(Filter.ascii_fold())
    .build()
)


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("id_high", fast=True)
    builder.add_unsigned_field("id_low", fast=True)
    for name in _FIELDS:
        builder.add_text_field(name, tokenizer_name="stemmed")
    builder.add_text_field("words", tokenizer_name="as_written", index_option="basic")
    for name in ("type", "source", "tag", "owner", "customer", "reader"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("occurred_at", indexed=True, fast=True)
    return builder.build()


SCHEMA = _schema()


@dataclass(frozen=True, slots=True)
class Hit:
    """A memory that the index found, and how well it fits."""

    id: UUID
    score: float


class Index:
    """A directory with a tantivy index and the place in the journal it has come to."""

    def __init__(self, directory: Path) -> None:
        """Open the index, and make an empty one where there is none.

        An index of another schema version is put away: it fills anew from the journal.
        """
        self.directory = directory / f"v{SCHEMA_VERSION}"
        self.directory.mkdir(parents=True, exist_ok=True)
        with (self.directory / "opening.lock").open("w") as lock:
            # Two processes that make the same index at once would break it.
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._index = tantivy.Index(SCHEMA, path=str(self.directory), reuse=True)
        self._index.register_tokenizer("stemmed", STEMMED)
        self._index.register_tokenizer("as_written", AS_WRITTEN)
        self._index.config_reader(reload_policy="Manual")

    def position(self, journal: UUID) -> Position:
        """Return the place in a journal up to which the index has seen everything.

        An index that followed another journal has seen nothing of this one.
        """
        try:
            followed, xid, seq = json.loads(self._place.read_text())
        except FileNotFoundError:
            return START
        return Position(xid, seq) if followed == str(journal) else START

    @property
    def _place(self) -> Path:
        return self.directory / "position.json"

    def apply(
        self,
        *,
        cards: Iterable[Card],
        gone: Iterable[UUID],
        journal: UUID,
        to: Position,
    ) -> None:
        """Replace, add and remove memories; the place moves after they are safe.

        A crash between the two repeats the same changes, which changes nothing.
        """
        writer = self._index.writer(heap_size=50_000_000, num_threads=1)
        for card in cards:
            writer.delete_documents_by_term("id", str(card.id))
            writer.add_document(_document(card))
        for memory_id in gone:
            writer.delete_documents_by_term("id", str(memory_id))
        writer.commit()
        writer.wait_merging_threads()
        fresh = self._place.with_suffix(".new")
        fresh.write_text(json.dumps([str(journal), *to]))
        fresh.replace(self._place)

    def search(
        self, query: Query, *, readers: Sequence[str] | None, limit: int
    ) -> list[Hit]:
        """Return the best hits; `readers` narrows to what those names may read."""
        self._index.reload()
        searcher = self._index.searcher()
        match = _match(query, readers)
        if query.sort == "relevance":
            found = searcher.search(match, limit, count=False)
        else:
            order = Order.Desc if query.sort == "newest" else Order.Asc
            found = searcher.search(
                match, limit, count=False, order_by_field="occurred_at", order=order
            )
        places = [place for _, place in found.hits]
        high = searcher.fast_field_values("id_high", places)
        low = searcher.fast_field_values("id_low", places)
        return [
            Hit(UUID(int=int(upper or 0) << _HALF | int(lower or 0)), float(score))
            for (score, _), upper, lower in zip(found.hits, high, low, strict=True)
        ]


def stems(clause: Clause) -> list[str]:
    """Return the index terms of a clause's words."""
    return STEMMED.analyze(clause.text)


def _document(card: Card) -> tantivy.Document:
    fields: dict[str, object] = {
        "id": str(card.id),
        "id_high": card.id.int >> _HALF,
        "id_low": card.id.int & (1 << _HALF) - 1,
        "title": card.title,
        "text": card.text,
        "words": f"{card.title}\n{card.text}",
        "type": card.type,
        "source": card.source.lower(),
        "tag": [tag.lower() for tag in card.tags],
        "reader": list(card.readers),
        "occurred_at": _micros(card.occurred_at),
    }
    if card.owner:
        fields["owner"] = card.owner.lower()
    if card.customer:
        fields["customer"] = card.customer.lower()
    return tantivy.Document.from_dict(fields, SCHEMA)


def _match(query: Query, readers: Sequence[str] | None) -> Match:
    parts: list[tuple[Occur, Match]] = [
        (Occur.MustNot, _clause(clause)) for clause in query.unwanted
    ]
    if query.wanted:
        wanted = Match.boolean_query(
            [(Occur.Should, _clause(clause)) for clause in query.wanted]
        )
        parts.append((Occur.Must, wanted))
    else:
        parts.append((Occur.Must, Match.all_query()))
    parts += [(Occur.Must, _only(narrow)) for narrow in _filters(query, readers)]
    return Match.boolean_query(parts)


def _clause(clause: Clause) -> Match:
    if clause.kind is Kind.PREFIX:
        starts = AS_WRITTEN.analyze(clause.text)
        if not starts:
            return Match.empty_query()
        return Match.regex_query(SCHEMA, "words", f"{starts[0]}.*")
    words = stems(clause)
    return Match.disjunction_max_query(
        [
            Match.boost_query(_field(name, words), boost)
            for name, boost in _FIELDS.items()
        ],
        0.3,
    )


def _field(name: str, words: list[str]) -> Match:
    match words:
        case []:
            return Match.empty_query()
        case [word]:
            return Match.term_query(SCHEMA, name, word)
        case _:
            return Match.phrase_query(SCHEMA, name, list(words))


def _filters(query: Query, readers: Sequence[str] | None) -> Iterable[Match]:
    terms = {
        "type": query.types,
        "source": [source.lower() for source in query.sources],
        "owner": [query.owner.lower()] if query.owner else [],
        "customer": [query.customer.lower()] if query.customer else [],
    }
    for name, values in terms.items():
        if values:
            yield Match.term_set_query(SCHEMA, name, list(values))
    for tag in query.tags:
        yield Match.term_query(SCHEMA, "tag", tag.lower())
    if readers is not None:
        yield Match.term_set_query(SCHEMA, "reader", list(readers))
    if query.start or query.end:
        yield Match.range_query(
            SCHEMA,
            "occurred_at",
            FieldType.Integer,
            _micros(query.start) if query.start else None,
            _micros(query.end) if query.end else None,
            include_upper=query.end is None,
        )


def _only(match: Match) -> Match:
    """Let a filter decide without a say in the score."""
    return Match.const_score_query(match, 0.0)


def _micros(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000)
