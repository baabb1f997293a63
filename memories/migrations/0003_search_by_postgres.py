"""Indexes for searching in PostgreSQL itself, and for conversations."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.fields.json import KeyTextTransform
from django.db.models.lookups import IsNull


class Migration(migrations.Migration):
    # Built while the table is written to.
    atomic = False

    dependencies = [
        ("memories", "0002_embedding"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="memory",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.search.CombinedSearchVector(
                    django.contrib.postgres.search.SearchVector(
                        "title", config="english"
                    ),
                    "||",
                    models.Func(
                        django.contrib.postgres.search.SearchConfig("english"),
                        "content",
                        models.Value(["string"], models.JSONField()),
                        function="jsonb_to_tsvector",
                        output_field=django.contrib.postgres.search.SearchVectorField(),
                    ),
                    config="english",
                ),
                name="memories_memory_searched_text",
            ),
        ),
        AddIndexConcurrently(
            model_name="memory",
            index=models.Index(
                models.F("source"),
                KeyTextTransform("session_id", "content"),
                models.F("occurred_at"),
                models.F("id"),
                condition=models.Q(
                    IsNull(KeyTextTransform("session_id", "content"), False)
                ),
                name="memories_memory_conversation",
            ),
        ),
    ]
