"""Which customer a domain belongs to, as people write its name."""

import re

_PROVIDERS = """
126 163 aol fastmail freenet gmail gmx googlemail hotmail hushmail icloud laposte libero
naver orange outlook posteo proton protonmail qq rediffmail rocketmail t-online tutanota
wanadoo web yahoo yandex ymail
"""
"""Whose addresses say nothing of whom somebody works for, in whichever country."""
_FREEMAIL = """
duck.com free.fr hey.com live.co.uk live.com mac.com mail.com mail.ru me.com msn.com
pm.me zoho.com
"""
"""Such domains whose name is a word that companies have, too."""
PROVIDERS = frozenset(_PROVIDERS.split())
FREEMAIL = frozenset(_FREEMAIL.split())

_SECOND = {"ac", "co", "com", "edu", "go", "gob", "gov", "ne", "net", "or", "org"}
"""What stands between a name and a country, as in acme.co.uk."""


def domain_of(address: str) -> str:
    """Return what an e-mail address ends with, in small letters."""
    return address.rpartition("@")[2].strip().strip(".").lower()


def customer_at(domain: str) -> str | None:
    """Return the name in a domain, such as Acme Corp of mail.acme-corp.co.uk."""
    labels = domain.split(".")
    if domain in FREEMAIL or len(labels) < 2 or labels[-1].isdecimal():
        return None
    is_long = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND
    name = labels[-3 if is_long else -2]
    if name in PROVIDERS:
        return None
    if name.startswith("xn--"):
        name = _unpunycoded(name)
    return " ".join(map(_word, filter(None, re.split("[-_]", name)))) or None


def _word(word: str) -> str:
    """Write a word as a name does; one that nobody can pronounce are initials."""
    if re.search("[aeiouy]|[^a-z]", word):
        return word[0].upper() + word[1:]
    return word.upper()


def _unpunycoded(label: str) -> str:
    try:
        return label.encode().decode("idna")
    except UnicodeError:
        return label
