"""Who is who: a tool's ids, names and addresses, and the accounts that have those."""

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models.functions import Lower

from accounts.models import User
from connectors.base import Directory, Known
from connectors.models import News, Person


def meet(name: str, people: Iterable[Known]) -> None:
    """Remember what a tool tells of people; what it leaves out stays as it was."""
    told = {known.id: known for known in people if known.id}
    if not told:
        return
    there = {
        person.external_id: person
        for person in Person.objects.filter(connector=name, external_id__in=told)
    }
    changed = []
    for known in told.values():
        person = there.get(known.id) or Person(connector=name, external_id=known.id)
        fresh = {"name": known.name[:254], "email": known.email.lower()[:254]}
        named = {key: value for key, value in fresh.items() if value}
        if person.pk and all(getattr(person, key) == named[key] for key in named):
            continue
        for key, value in named.items():
            setattr(person, key, value)
        changed.append(person)
    Person.objects.bulk_create(
        sorted(changed, key=lambda person: person.external_id),
        update_conflicts=True,
        unique_fields=["connector", "external_id"],
        update_fields=["name", "email"],
    )
    spread_word(news_of(name, person.external_id) for person in changed)


def accounts_at(emails: Collection[str]) -> set[str]:
    """Return which of some addresses, in small letters, an account has."""
    if not emails:
        return set()
    at = User.objects.annotate(address=Lower("email"))
    return set(at.filter(address__in=emails).values_list("address", flat=True))


def account_exists(user: User, **_: Any) -> None:
    """Spread the word that an address has an account now."""
    email = user.email.lower()
    known = Person.objects.filter(email=email).values_list("connector", "external_id")
    spread_word([news_of_address(email), *(news_of(*each) for each in known)])


def news_of(name: str, person: str) -> str:
    """Name what is awaited of a person."""
    return news_of_address(person) if "@" in person else f"person:{name}:{person}"


def news_of_address(email: str) -> str:
    """Name what is awaited of whoever has an address."""
    return f"person:{email.lower()}"


def spread_word(topics: Iterable[str]) -> None:
    """Let whoever awaits it be told anew, soon."""
    News.objects.bulk_create(News(topic=topic[:300]) for topic in sorted(set(topics)))


class People(Directory):
    """Whom a tool's ids mean, looked up in advance or when somebody asks."""

    def __init__(self, name: str, ids: Collection[str] = ()) -> None:
        self.name = name
        self.known: dict[str, Known | None] = {}
        self._look_up(ids)

    def get(self, one: str) -> Known | None:
        """Return what is known of somebody; an address means itself."""
        if one not in self.known:
            self._look_up([one])
        return self.known[one]

    def emails(self) -> set[str]:
        """Return the addresses of those who were asked for."""
        return {known.email for known in self.known.values() if known} - {""}

    def unknown(self) -> set[str]:
        """Return who was asked for in vain."""
        return {one for one, known in self.known.items() if known is None}

    def _look_up(self, ids: Collection[str]) -> None:
        if not ids:
            return
        for one in ids:
            self.known[one] = Known(id=one, email=one.lower()) if "@" in one else None
        for person in Person.objects.filter(connector=self.name, external_id__in=ids):
            self.known[person.external_id] = Known(
                id=person.external_id, name=person.name, email=person.email
            )
