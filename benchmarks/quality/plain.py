"""Plain BM25: what search is measured against.

Tantivy with its defaults: one field (title, searchable text, tags), the stock English
stemmer, any of the words. No context, no tolerance for typos and no filters: those
that a question has inline are looked for as the words that they are made of.
"""

import re
from collections.abc import Sequence

import tantivy

from benchmarks.quality.telling import Told

_WORD = re.compile(r"\w+")


class Plain:
    """An index in memory over the corpus."""

    def __init__(self, corpus: Sequence[Told]) -> None:
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("key", stored=True, tokenizer_name="raw")
        builder.add_text_field("text", tokenizer_name="en_stem")
        self._index = tantivy.Index(builder.build())
        writer = self._index.writer(num_threads=1)
        for told in corpus:
            writer.add_document(tantivy.Document(key=told.key, text=told.text()))
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()

    def search(self, text: str, *, limit: int) -> list[str]:
        """Return the keys of the best hits."""
        searcher = self._index.searcher()
        query = self._index.parse_query(" ".join(_WORD.findall(text)), ["text"])
        return [
            str(searcher.doc(place)["key"][0])
            for _, place in searcher.search(query, limit).hits
        ]
