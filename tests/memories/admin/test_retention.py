"""The screen of the retention policies."""

from datetime import timedelta

from django.test import Client
from django.urls import reverse, reverse_lazy
from django.utils import timezone

from accounts.models import User
from audit.models import Record
from memories.models import RetentionPolicy
from tests.factories import make_memory

LIST = reverse_lazy("admin:memories_retentionpolicy_changelist")
ADD = reverse_lazy("admin:memories_retentionpolicy_add")


def admin(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_shows_what_holds_for_every_type(ceo: User) -> None:
    page = admin(ceo).get(LIST).content.decode()

    assert "chat 365 days (default)" in " ".join(page.split())


def test_a_policy_shortens_what_is_stored(ceo: User) -> None:
    now = timezone.now()
    memory = make_memory(created_at=now, expires_at=now + timedelta(days=365))

    answer = admin(ceo).post(ADD, {"type": "chat", "days": "30"})

    assert answer.status_code == 302
    memory.refresh_from_db()
    assert memory.expires_at == now + timedelta(days=30)
    assert Record.objects.get(action="set_retention").actor == ceo.email


def test_a_policy_can_be_changed_and_dropped(ceo: User) -> None:
    RetentionPolicy.objects.create(type="chat", days=30, updated_at=timezone.now())
    client = admin(ceo)

    change = reverse("admin:memories_retentionpolicy_change", args=["chat"])
    client.post(change, {"days": ""})
    assert RetentionPolicy.objects.get().days is None

    delete = reverse("admin:memories_retentionpolicy_delete", args=["chat"])
    client.post(delete, {"post": "yes"})
    assert not RetentionPolicy.objects.exists()


def test_no_days_and_too_many_are_refused(ceo: User) -> None:
    for days in ("0", "36501", "many"):
        answer = admin(ceo).post(ADD, {"type": "chat", "days": days})

        assert answer.status_code == 200
        assert "days" in answer.context["adminform"].form.errors
    assert not RetentionPolicy.objects.exists()


def test_only_the_ceo_can(manager: User, user: User) -> None:
    for person in (manager, user):
        assert admin(person).post(ADD, {"type": "chat", "days": "1"}).status_code == 403
    assert not RetentionPolicy.objects.exists()
