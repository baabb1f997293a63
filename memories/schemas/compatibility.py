"""Whether content written for one schema version is still read by the next."""

from collections.abc import Callable, Iterator, Mapping
from operator import gt, lt, ne
from typing import Any

Schema = dict[str, Any]

_TIGHTER: Mapping[str, Callable[[Any, Any], bool]] = {
    "minimum": gt,
    "exclusiveMinimum": gt,
    "minLength": gt,
    "minItems": gt,
    "maximum": lt,
    "exclusiveMaximum": lt,
    "maxLength": lt,
    "maxItems": lt,
    "multipleOf": lambda new, old: old % new != 0,
    "uniqueItems": ne,
    "prefixItems": ne,
    "format": ne,
    "pattern": ne,
}


def breaks(old: Schema, new: Schema) -> list[str]:
    """Say where content that fits the JSON Schema `old` may not fit `new`."""
    return list(_faults(old, new, old, new, "content"))


def _faults(
    old: Schema, new: Schema, old_root: Schema, new_root: Schema, at: str
) -> Iterator[str]:
    old, new = _resolve(old, old_root), _resolve(new, new_root)
    if "anyOf" in old or "anyOf" in new:
        yield from _union_faults(old, new, old_root, new_root, at)
        return
    if not _same_type(old, new):
        yield f"{at} was {_name(old)} and is {_name(new)}"
        return
    yield from _narrowed(old, new, at)
    for name in set(new.get("required", ())) - set(old.get("required", ())):
        yield f"{at}.{name} is required, and was not"
    fields = new.get("properties", {})
    for name, field in old.get("properties", {}).items():
        if name in fields:
            yield from _faults(field, fields[name], old_root, new_root, f"{at}.{name}")
        elif new.get("additionalProperties", True) is False:
            yield f"{at}.{name} is gone"
    if "items" in old and "items" in new:
        yield from _faults(old["items"], new["items"], old_root, new_root, f"{at}[]")
    yield from _other_fields(old, new, old_root, new_root, at)


def _other_fields(
    old: Schema, new: Schema, old_root: Schema, new_root: Schema, at: str
) -> Iterator[str]:
    """What fields that have no name may hold."""
    before = old.get("additionalProperties", True)
    after = new.get("additionalProperties", True)
    if before is False or after is True:
        return
    if after is False:
        yield f"{at} takes no other fields"
    else:
        values = {} if before is True else before
        yield from _faults(values, after, old_root, new_root, f"{at}.*")


def _union_faults(
    old: Schema, new: Schema, old_root: Schema, new_root: Schema, at: str
) -> Iterator[str]:
    """Each alternative of the old must fit at least one of the new."""
    for choice in old.get("anyOf", [old]):
        found = [
            list(_faults(choice, other, old_root, new_root, at))
            for other in new.get("anyOf", [new])
        ]
        if all(found):
            yield min(found, key=len)[0]


def _resolve(schema: Schema, root: Schema) -> Schema:
    if "$ref" not in schema:
        return schema
    resolved: Schema = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    return resolved


def _same_type(old: Schema, new: Schema) -> bool:
    if "type" not in new:
        return True
    return old.get("type") == new["type"] or (
        old.get("type") == "integer" and new["type"] == "number"
    )


def _name(schema: Schema) -> str:
    return str(schema.get("type", "anything"))


def _narrowed(old: Schema, new: Schema, at: str) -> Iterator[str]:
    gone = set(_choices(old)) - set(_choices(new))
    if _choices(new) and (gone or not _choices(old)):
        yield f"{at} no longer takes {', '.join(map(str, gone)) or 'every value'}"
    for bound, tighter in _TIGHTER.items():
        if bound in new and (bound not in old or tighter(new[bound], old[bound])):
            yield f"{at} has a tighter {bound}: {new[bound]}"


def _choices(schema: Schema) -> list[Any]:
    return [schema["const"]] if "const" in schema else schema.get("enum", [])
