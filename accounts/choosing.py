"""Choosing a person by their address, with help from the names there are."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.models import User
from accounts.roles import Role

SUGGESTED = 500
"""How many people a field suggests."""


class AddressWidget(UnfoldAdminTextInputWidget):  # type: ignore[misc]  # untyped
    """A field for an address, which suggests the people there are with their names."""

    template_name = "admin/widgets/address.html"

    def get_context(
        self, name: str, value: Any, attrs: dict[str, Any] | None
    ) -> dict[str, Any]:
        """Hand the template the people."""
        context: dict[str, Any] = super().get_context(name, value, attrs)
        people = User.objects.filter(is_active=True).exclude(groups__name=Role.SERVICE)
        context["people"] = people.only("email", "first_name", "last_name")[:SUGGESTED]
        context["widget"]["attrs"]["list"] = f"{name}-people"
        return context


class ViewAsForm(forms.Form):
    """Whom to view the hub as."""

    email = forms.CharField(label="A person", widget=AddressWidget, max_length=254)
