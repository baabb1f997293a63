"""Embed all memories that have no vector of the model that the settings choose."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from memories.search import vectorizer, vectors
from memories.search.embedding import EmbeddingUnavailableError, embedder


class Command(BaseCommand):
    """Make the vectors that are lacking, the oldest memory's first."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        """Embed until nothing is lacking; what was done stays when it is ended."""
        chosen = embedder()
        if chosen is None:
            msg = "EMBEDDINGS is none: there is no model to embed by. Choose one first."
            raise CommandError(msg)
        began, done = time.monotonic(), 0
        try:
            vectors.prepare(model=chosen.model, dimensions=chosen.dimensions)
            total = vectors.lacking(model=chosen.model).count()
            # Without a terminal there is no bar, only what is said at the end.
            with tqdm(total=total, unit=" memories", disable=None) as bar:
                for count in vectorizer.backlog(chosen):
                    done += count
                    bar.update(count)
        except vectors.VectorsUnavailableError as error:
            raise CommandError(str(error)) from error
        except EmbeddingUnavailableError as error:
            msg = f"{done} memories embedded; then {error}. Run this again to go on."
            raise CommandError(msg) from error
        except KeyboardInterrupt:
            msg = f"{done} memories embedded; run this again to go on."
            raise CommandError(msg, returncode=130) from None
        seconds = time.monotonic() - began
        rate = f" in {seconds:.1f} s, {done / seconds:.0f}/s" if done else ""
        self.stdout.write(f"{done} memories embedded by {chosen.model}{rate}")
