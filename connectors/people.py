"""Who is who: a tool's ids, names and addresses, and the accounts that have those."""

from collections.abc import Collection, Iterable, Mapping
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
    here = Person.objects.filter(connector=name, external_id__in=told)
    same = {each.external_id for each in here if not _learns(each, told)}
    if same == told.keys():
        return
    Person.objects.bulk_create(
        [Person(connector=name, external_id=one) for one in sorted(told.keys() - same)],
        ignore_conflicts=True,
    )
    locked = here.exclude(external_id__in=same).order_by("external_id")
    changed = list(locked.select_for_update())
    for person in changed:
        for field, value in _learns(person, told).items():
            setattr(person, field, value)
    Person.objects.bulk_update(changed, ["name", "email"])
    spread_word(news_of(name, person.external_id) for person in changed)


def _learns(person: Person, told: Mapping[str, Known]) -> Mapping[str, str]:
    """Return what is told of a person and was not known, by the fields' names."""
    known = told[person.external_id]
    fresh = {"name": known.name[:254], "email": known.email.lower()[:254]}
    return {
        field: value
        for field, value in fresh.items()
        if value and value != getattr(person, field)
    }


def accounts_at(emails: Collection[str]) -> set[str]:
    """Return which of some addresses, in small letters, an account has."""
    if not emails:
        return set()
    at = User.objects.annotate(address=Lower("email"))
    return set(at.filter(address__in=emails).values_list("address", flat=True))


def account_exists(
    instance: User, update_fields: Collection[str] | None = None, **_: Any
) -> None:
    """Spread the word that an address has an account now."""
    if update_fields is not None and "email" not in update_fields:
        return
    email = instance.email.lower()
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
