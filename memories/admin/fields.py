"""Form fields for a memory's content, made from its JSON Schema.

A field's name in the form is its name in the schema after `content_`, so that it never
meets a column of the envelope.
"""

import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict
from unfold.widgets import (
    BASE_INPUT_CLASSES,
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminExpandableTextareaWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from memories.schemas.base import Content

PREFIX = "content_"

type Schema = dict[str, Any]


def fields_for(schema: type[Content]) -> dict[str, forms.Field]:
    """Return a form field for each field of a content schema, by its form name."""
    root = schema.model_json_schema()
    required = root.get("required", [])
    return {
        f"{PREFIX}{name}": _field(name, one, root, required=name in required)
        for name, one in root["properties"].items()
    }


def content_of(cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content that a form's clean values make; empty fields are left out."""
    return {
        name.removeprefix(PREFIX): _plain(value)
        for name, value in cleaned.items()
        if name.startswith(PREFIX) and value not in (None, "")
    }


class LinesField(forms.CharField):
    """A list of texts, one a line."""

    widget = UnfoldAdminExpandableTextareaWidget

    def prepare_value(self, value: Any) -> Any:
        """Show a list as lines."""
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """Read lines as a list, and drop the empty ones."""
        lines = (line.strip() for line in (super().to_python(value) or "").splitlines())
        return [line for line in lines if line]


class RowsWidget(forms.Widget):
    """Rows of small fields, with a button for one more."""

    template_name = "admin/widgets/rows.html"

    def __init__(self, columns: dict[str, Schema]) -> None:
        super().__init__()
        self.columns = columns

    def get_context(
        self, name: str, value: Any, attrs: dict[str, Any] | None
    ) -> dict[str, Any]:
        """Hand the template the columns, and the rows as JSON."""
        context = super().get_context(name, value, attrs)
        kinds = {"boolean": "checkbox", "string": "text"}
        context["columns"] = [
            {
                "name": column,
                "label": column.replace("_", " ").capitalize(),
                "input": (
                    "date" if one.get("format") == "date" else kinds[one["type"]]
                ),
            }
            for column, one in self.columns.items()
        ]
        context["rows"] = json.dumps(value or [])
        context["blank"] = json.dumps(dict.fromkeys(self.columns, ""))
        context["input_classes"] = " ".join(BASE_INPUT_CLASSES)
        return context

    def value_from_datadict(
        self, data: Mapping[str, Any], files: MultiValueDict[str, Any], name: str
    ) -> list[dict[str, Any]]:
        """Collect the rows that were sent; a row without any text is none."""
        pattern = re.compile(rf"^{re.escape(name)}-(\d+)-(\w+)$")
        rows: dict[int, dict[str, Any]] = {}
        for key in data:
            if match := pattern.match(key):
                number, column = match.groups()
                rows.setdefault(int(number), {})[column] = data[key]
        flags = [name for name, one in self.columns.items() if one["type"] == "boolean"]
        found = []
        for _, row in sorted(rows.items()):
            filled = {
                key: text for key, text in row.items() if text and key not in flags
            }
            if filled:
                found.append(filled | {flag: flag in row for flag in flags})
        return found


class RowsField(forms.Field):
    """A list of small objects."""

    def __init__(self, columns: dict[str, Schema], **options: Any) -> None:
        super().__init__(widget=RowsWidget(columns), **options)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare as JSON."""
        return json.dumps(initial or []) != json.dumps(data or [])


def _field(name: str, schema: Schema, root: Schema, *, required: bool) -> forms.Field:
    one = _resolved(schema, root)
    options: dict[str, Any] = {
        "label": name.replace("_", " ").capitalize(),
        "required": required,
        "help_text": schema.get("description", ""),
        "initial": schema.get("default"),
    }
    if "enum" in one:
        choices = [(value, str(value).capitalize()) for value in one["enum"]]
        return forms.ChoiceField(
            choices=choices, widget=UnfoldAdminSelectWidget, **options
        )
    match one["type"], one.get("format"):
        case "array", _:
            return _list_field(one, root, options)
        case "boolean", _:
            return forms.BooleanField(widget=UnfoldBooleanWidget, **options)
        case "integer", _:
            return forms.IntegerField(widget=UnfoldAdminIntegerFieldWidget, **options)
        case "number", _:
            bounds = f"from {one.get('minimum')} to {one.get('maximum')}"
            options["help_text"] = options["help_text"] or bounds
            return forms.FloatField(
                widget=UnfoldAdminDecimalFieldWidget(attrs={"step": "any"}), **options
            )
        case "string", "date":
            return forms.DateField(widget=UnfoldAdminSingleDateWidget, **options)
        case "string", "date-time":
            options["help_text"] = "UTC, such as 2026-01-31 09:30"
            return forms.DateTimeField(widget=UnfoldAdminTextInputWidget, **options)
    if one.get("multiline"):
        return forms.CharField(
            widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}), **options
        )
    return forms.CharField(widget=UnfoldAdminTextInputWidget, **options)


def _list_field(one: Schema, root: Schema, options: dict[str, Any]) -> forms.Field:
    item = _resolved(one["items"], root)
    if item["type"] == "object":
        columns = {
            name: _resolved(column, root) for name, column in item["properties"].items()
        }
        return RowsField(columns, **options)
    options["help_text"] = options["help_text"] or "One a line."
    return LinesField(**options)


def _resolved(schema: Schema, root: Schema) -> Schema:
    """Follow a reference, and look through "or null"."""
    if "$ref" in schema:
        return _resolved(root["$defs"][schema["$ref"].rsplit("/", 1)[1]], root)
    if "anyOf" in schema:
        (one,) = (each for each in schema["anyOf"] if each.get("type") != "null")
        return _resolved(one, root)
    return schema


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value
