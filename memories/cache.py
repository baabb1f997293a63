"""The fast tier: the content of one memory, by its id and version.

PostgreSQL says on every read who may see which version; the cache only spares it the
heavy columns. A key names the version, so what a slow reader puts back late can never
be taken for what came after it.
"""

from collections.abc import Iterable
from typing import Any

from django.core.cache import cache

from memories.models import Memory
from memories.querysets import MemoryQuerySet
from memories.schemas.registry import registry

HEAVY = ("content", "metadata")


def read(queryset: MemoryQuerySet) -> list[Memory]:
    """Return a queryset's memories, their heavy columns from the cache where it can.

    What the cache lacks comes from PostgreSQL in one more query, and is put there.
    """
    memories = list(queryset.defer(*HEAVY))
    warm = cache.get_many([_key(memory) for memory in memories]) if memories else {}
    cold = [memory.pk for memory in memories if _key(memory) not in warm]
    whole = queryset.filter(pk__in=cold).in_bulk() if cold else {}
    _keep(whole.values())
    for memory in memories:
        if heavy := warm.get(_key(memory)):
            memory.content, memory.metadata = heavy["content"], heavy["metadata"]
    gone = set(cold) - whole.keys()
    return [
        whole.get(memory.pk, memory) for memory in memories if memory.pk not in gone
    ]


def drop(memories: Iterable[Memory]) -> None:
    """Take out versions that a write is about to make old."""
    cache.delete_many([_key(memory) for memory in memories])


def _keep(memories: Iterable[Memory]) -> None:
    by_type: dict[str, dict[str, Any]] = {}
    for memory in memories:
        heavy = {"content": memory.content, "metadata": memory.metadata}
        by_type.setdefault(memory.type, {})[_key(memory)] = heavy
    for type_, entries in by_type.items():
        lifetime = registry().latest(type_).cache_ttl
        cache.set_many(entries, timeout=int(lifetime.total_seconds()))


def _key(memory: Memory) -> str:
    return f"memory:{memory.pk}:{memory.version}"
