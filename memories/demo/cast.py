"""Who is who in the demo: the company's people, its customers, and theirs."""

import tomllib
from functools import cache
from pathlib import Path

from accounts.roles import Role
from memories.schemas.base import Strict

MATERIAL = Path(__file__).parent / "material"


class Person(Strict):
    """Somebody who works at the demo company, or a service that works for it."""

    key: str
    first_name: str
    last_name: str
    email: str
    role: Role = Role.USER
    signs_in: bool = False
    teams: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The full name."""
        return f"{self.first_name} {self.last_name}"


class Contact(Strict):
    """Somebody at a customer."""

    key: str
    name: str
    title: str


class Customer(Strict):
    """A company that pays the demo company."""

    key: str
    name: str
    trade: str
    region: str
    technicians: int
    arr: int
    csm: str
    mood: float = 0.0
    has_a_story: bool = False
    contacts: tuple[Contact, ...]

    def address(self, contact: Contact) -> str:
        """Return a contact as a call's list of participants shows it."""
        local = contact.name.lower().replace(" ", ".")
        return f"{contact.name} <{local}@{self.key}.example>"


class Cast(Strict):
    """Everybody."""

    person: tuple[Person, ...]
    customer: tuple[Customer, ...]

    def someone(self, key: str) -> Person | None:
        """Return the colleague with a key."""
        return next((person for person in self.person if person.key == key), None)

    def team(self, name: str) -> list[Person]:
        """Return the members of a team."""
        return [person for person in self.person if name in person.teams]

    def customer_of(self, key: str) -> Customer:
        """Return the customer with a key."""
        return next(customer for customer in self.customer if customer.key == key)

    def others(self) -> list[Customer]:
        """Return the customers of the everyday, about whom no story is told."""
        return [customer for customer in self.customer if not customer.has_a_story]

    def participant(self, key: str) -> str:
        """Return a colleague or a contact as a call's list of participants shows it."""
        if person := self.someone(key):
            return f"{person.name} <{person.email}>"
        for customer in self.customer:
            for contact in customer.contacts:
                if contact.key == key:
                    return customer.address(contact)
        msg = f"nobody in cast.toml has the key {key}"
        raise LookupError(msg)


@cache
def the_cast() -> Cast:
    """Return the demo's cast, as cast.toml lists it."""
    return Cast.model_validate(
        tomllib.loads((MATERIAL / "cast.toml").read_text(encoding="utf-8"))
    )
