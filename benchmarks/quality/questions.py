"""What people ask of the corpus, and which memories answer."""

import tomllib
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from memories.schemas.base import Name, Strict

PATH = Path(__file__).parent / "questions.toml"

type Split = Literal["tune", "held"]
type Kind = Literal[
    "who",
    "when",
    "what-decided",
    "why",
    "figure",
    "paraphrase",
    "identifier",
    "typo",
    "multi-hop",
    "conversation",
    "filtered",
]


class Written(Strict):
    """A question as questions.toml has it."""

    id: Name
    kind: Kind
    text: Name
    relevant: Annotated[
        dict[str, Annotated[int, Field(ge=1, le=2)]], Field(min_length=1)
    ]
    """The grade of each labelled memory: 2 answers, 1 supports an answer."""


class Question(Written):
    """A question, and the half it belongs to."""

    split: Split


@cache
def the_questions() -> tuple[Question, ...]:
    """Return all questions; those of a kind go to the two halves in turn."""
    seen: Counter[Kind] = Counter()
    questions = []
    for raw in tomllib.loads(PATH.read_text(encoding="utf-8"))["question"]:
        written = Written.model_validate(raw)
        split: Split = "held" if seen[written.kind] % 2 else "tune"
        seen[written.kind] += 1
        questions.append(Question(**written.model_dump(), split=split))
    return tuple(questions)
