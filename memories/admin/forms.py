"""The form of one memory: its envelope, and its content as its schema says."""

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminTextareaWidget

from memories import drafting
from memories.admin.fields import PREFIX, LinesField, content_of, fields_for
from memories.errors import Fault, InvalidError
from memories.models import Memory
from memories.schemas.draft import Amendment, Draft
from memories.schemas.registry import registry


class MemoryForm(forms.ModelForm[Memory]):
    """What can be written of a memory; `handed_in` is what the mediator is given."""

    seen_version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    tags = LinesField(required=False, help_text="One a line.")

    metadata = forms.CharField(
        required=False,
        strip=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        help_text="JSON",
    )

    handed_in: Draft | Amendment | None

    class Meta:
        model = Memory
        fields = ("title", "tags", "occurred_at", "owner")
        help_texts = {
            "title": "Taken from the content when it is empty.",
            "occurred_at": "Now, when it is empty.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in {"title", "occurred_at"} & self.fields.keys():
            self.fields[name].required = False
        if self.is_new:
            return
        if "owner" in self.fields and self.instance.owner_id:
            self.fields["owner"].required = True
        if "occurred_at" in self.fields:
            self.fields["occurred_at"].required = True
            self.fields["occurred_at"].help_text = ""
        self.initial["seen_version"] = self.instance.version
        self.initial["metadata"] = json.dumps(self.instance.metadata, indent=2)
        for name, value in drafting.plain(self.instance.read_content()).items():
            self.initial[f"{PREFIX}{name}"] = value

    @property
    def is_new(self) -> bool:
        """Whether the memory is not stored yet."""
        return bool(self.instance._state.adding)

    @property
    def type_name(self) -> str:
        """The type of the memory."""
        name: str = self._meta.model.type_name
        return name

    def clean(self) -> dict[str, Any]:
        """Check everything as the mediator will, and name each field that is wrong."""
        cleaned = super().clean() or {}
        if not self.is_new and cleaned.get("seen_version") != self.instance.version:
            msg = (
                f"Somebody changed this memory while you were editing: it is at "
                f"version {self.instance.version}. Open it again and repeat the change."
            )
            raise ValidationError(msg, code="conflict")
        if not self.errors:
            try:
                self.handed_in = self._read(cleaned)
            except InvalidError as error:
                for fault in error.faults:
                    self._report(fault)
        return cleaned

    def clean_metadata(self) -> dict[str, Any]:
        """Read the metadata as JSON; what it may hold is the draft's to say."""
        text = self.cleaned_data["metadata"].strip() or "{}"
        try:
            metadata: dict[str, Any] = json.loads(text)
        except (ValueError, RecursionError) as error:
            msg = f"Write JSON, such as {{}}: {error}"
            raise ValidationError(msg) from None
        return metadata

    def _read(self, cleaned: dict[str, Any]) -> Draft | Amendment | None:
        """Return what was written; of a stored memory only what was changed."""
        content, owner = content_of(cleaned), cleaned.get("owner")
        written = {
            "title": cleaned.get("title") or None,
            "tags": cleaned.get("tags", []),
            "metadata": cleaned.get("metadata", {}),
            "occurred_at": cleaned.get("occurred_at"),
            "owner": owner.email if owner else None,
        }
        if self.is_new:
            return drafting.read_draft(
                {**written, "content": content, "type": self.type_name}
            )
        changed = {name: written[name] for name in written if name in self.changed_data}
        if any(name.startswith(PREFIX) for name in self.changed_data):
            changed["content"] = content
        checked = drafting.read_content(self.type_name, None, content)
        if "title" in changed and not changed["title"]:
            changed["title"] = checked.default_title()
        return drafting.read(Amendment, changed) if changed else None

    def _report(self, fault: Fault) -> None:
        _, _, path = fault.pointer.partition("/content/")
        name, _, inner = path.partition("/")
        field = f"{PREFIX}{name}" if name else fault.pointer.removeprefix("/")
        detail = (
            f"{inner.replace('/', ', ')}: {fault.detail}" if inner else fault.detail
        )
        self.add_error(field if field in self.fields else None, detail)


def form_for(type_: str) -> type[MemoryForm]:
    """Return the form of a type, with a field for each field of its newest schema."""
    schema = registry().latest(type_)
    return type(f"{type_.capitalize()}Form", (MemoryForm,), fields_for(schema))
