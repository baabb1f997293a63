"""Write the JSON Schema of every version that has not been published yet."""

import json
from typing import Any

from django.core.management.base import BaseCommand

from memories.schemas.frozen import FROZEN, file_of
from memories.schemas.registry import json_schema, registry


class Command(BaseCommand):
    """Freeze new schema versions; one that is frozen is never written again."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        """Write what is missing."""
        FROZEN.mkdir(exist_ok=True)
        for schema in registry():
            file = file_of(schema)
            if file.exists():
                self.stdout.write(f"{file.name} is frozen already")
                continue
            file.write_text(json.dumps(json_schema(schema), indent=2) + "\n")
            self.stdout.write(f"{file.name} is frozen from now on")
