"""The admin's sidebar, and the menu at its foot."""

from typing import Any

from django.urls import reverse_lazy


def _item(title: str, icon: str, name: str, **options: Any) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": reverse_lazy(name), **options}


def _system(title: str, icon: str, name: str) -> dict[str, Any]:
    return _item(title, icon, name, permission="memoryhub.admin.administers")


NAVIGATION = [
    {
        "items": [_item("Dashboard", "dashboard", "admin:index")],
    },
    {
        "title": "Memories",
        "items": [
            _item("Decisions", "gavel", "admin:memories_decisionmemory_changelist"),
            _item("Insights", "lightbulb", "admin:memories_insightmemory_changelist"),
            _item("Events", "event", "admin:memories_eventmemory_changelist"),
            _item("Chats", "forum", "admin:memories_chatmemory_changelist"),
        ],
    },
    {
        "title": "What flows in",
        "items": [
            _system("Deliveries", "inbox", "admin:connectors_delivery_changelist"),
            _system("Rules", "rule", "admin:connectors_rules_changelist"),
        ],
    },
    {
        "title": "Governance",
        "items": [
            _system("Audit", "policy", "admin:audit_record_changelist"),
            _system(
                "Retention", "auto_delete", "admin:memories_retentionpolicy_changelist"
            ),
            _system("Accounts", "person", "admin:accounts_user_changelist"),
            _system("Groups", "group", "admin:auth_group_changelist"),
            _system("View as", "visibility", "admin:view_as"),
        ],
    },
]

ACCOUNT = [
    {"title": "Change password", "link": reverse_lazy("admin:password_change")},
    {"title": "Second factor", "link": reverse_lazy("admin:second_factor")},
]
"""The menu of whoever is signed in."""
