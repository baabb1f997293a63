"""The domain's place among the installed applications."""

from typing import Any

import structlog
from django.apps import AppConfig
from django.apps import apps as all_apps
from django.apps.registry import Apps
from django.db.models.signals import post_migrate

logger = structlog.get_logger(__name__)


class MemoriesConfig(AppConfig):
    """What the company remembers."""

    name = "memories"

    def ready(self) -> None:
        """Register the system checks, and what migrations leave to pgvector's SQL."""
        from memories import checks  # noqa: F401, PLC0415 - needs the models

        post_migrate.connect(prepare_vectors, sender=self)


def prepare_vectors(apps: Apps = all_apps, **_: Any) -> None:
    """Make the vectors' table where that is possible; search does without it too."""
    from memories.search import vectors  # noqa: PLC0415 - needs the models
    from memories.search.embedding import embedder  # noqa: PLC0415 - with the former

    chosen = embedder()
    migrated_back = ("memories", "embedding") not in {
        (model._meta.app_label, model._meta.model_name) for model in apps.get_models()
    }
    if chosen is None or migrated_back:
        return
    try:
        vectors.prepare(model=chosen.model, dimensions=chosen.dimensions)
    except vectors.VectorsUnavailableError as error:
        logger.warning("vectors_unavailable", error=str(error))
