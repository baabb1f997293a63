"""The environment's variables, read strictly; NAME_FILE may name a file instead.

What is empty counts as not given. A value that is missing or bad is refused, and its
variable named; no value is shown that could be a secret.
"""

# Named apart from the builtins, whose names the methods of Variables have.
import base64
import binascii
import os
import re
from builtins import bool as Bool
from builtins import bytes as Bytes
from builtins import int as Int
from builtins import list as List
from builtins import str as Str
from collections.abc import Collection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from limits import RateLimitItem, parse_many

_YES, _NO = {"true", "yes", "on", "1"}, {"false", "no", "off", "0"}
_KEY_BYTES = 32
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*")


class Variables:
    """What the environment says."""

    def read_env(self, file: Path) -> None:
        """Fill in what the environment does not say, from lines of NAME=value."""
        environ.Env.read_env(file)

    def str(self, name: Str, default: Str | None = None) -> Str:
        """Return a text; without a default it must be given."""
        value = _given(name) or default
        if value is None:
            raise _refusal(name, "must be set")
        return value

    def int(self, name: Str, default: Int, *, least: Int = 0) -> Int:
        """Return a whole number."""
        value = _given(name)
        if not re.fullmatch(r"[0-9]*", value):
            raise _refusal(name, f"must be a whole number, not {value!r}")
        number = int(value or default)
        if number < least:
            raise _refusal(name, f"must be at least {least}, not {number}")
        return number

    def bool(self, name: Str, *, default: Bool) -> Bool:
        """Return whether something is so."""
        value = _given(name).lower()
        if value and value not in _YES | _NO:
            raise _refusal(name, f"must be true or false, not {value!r}")
        return value in _YES if value else default

    def list(self, name: Str, default: List[Str]) -> List[Str]:
        """Return the parts between commas."""
        parts = [part.strip() for part in _given(name).split(",")]
        return [part for part in parts if part] or default

    def choice(self, name: Str, *, among: Collection[Str], default: Str) -> Str:
        """Return one of a few words."""
        value = self.str(name, default)
        if value not in among:
            raise _refusal(name, f"must be one of {', '.join(among)}, not {value!r}")
        return value

    def limit(self, name: Str, default: Str) -> RateLimitItem | None:
        """Return how often something may be done; None is as often as one likes."""
        value = self.str(name, default)
        if value.lower() == "none":
            return None
        try:
            (limit,) = parse_many(value)
        except ValueError:
            limit = None
        if limit is None or not limit.amount:
            reason = f"must be such as 600 per minute, or none, not {value!r}"
            raise _refusal(name, reason)
        return limit

    def identifier(self, name: Str, default: Str) -> Str:
        """Return a name that SQL takes as it is."""
        value = self.str(name, default)
        if not _IDENTIFIER.fullmatch(value):
            raise _refusal(name, f"must be a plain SQL identifier, not {value!r}")
        return value

    def url(
        self,
        name: Str,
        *,
        schemes: Collection[Str],
        example: Str,
        default: Str | None = None,
    ) -> Str:
        """Return a URL of one of some schemes."""
        value = self.str(name, default)
        try:
            fits = urlsplit(value).scheme in schemes and urlsplit(value).port != 0
        except ValueError:
            fits = False
        if not fits:
            raise _refusal(name, f"must be a URL such as {example}")
        return value

    def key(self, name: Str, default: Bytes | None = None) -> Bytes | None:
        """Return the 32 bytes of a key, or None for none; it must be given.

        With a default it may be missing.
        """
        value = _given(name)
        if value.lower() == "none":
            return None
        if not value and default is not None:
            return default
        return _key(name, value)

    def keys(self, name: Str) -> List[Bytes]:
        """Return the keys between commas."""
        return [_key(name, value) for value in self.list(name, default=[])]

    def postgresql(self, name: Str) -> dict[Str, Any]:
        """Return a PostgreSQL's URL as Django's settings of a database."""
        example = "postgres://user:password@host:5432/name"
        url = self.url(name, schemes={"postgres", "postgresql"}, example=example)
        database: dict[Str, Any] = environ.Env.db_url_config(url)
        return database


def _given(name: str) -> str:
    """Return what the environment says, or the file that it names instead."""
    file = os.environ.get(f"{name}_FILE")
    if not file:
        return os.environ.get(name, "")
    try:
        # Without the line end that an editor or `echo` puts there.
        return Path(file).read_text().rstrip("\r\n")
    except OSError as error:
        reason = f"names a file that cannot be read: {error}"
        raise _refusal(f"{name}_FILE", reason) from None


def _key(name: str, value: str) -> bytes:
    """Read base64 in either alphabet, padded or not."""
    digits = value.strip().rstrip("=").replace("+", "-").replace("/", "_")
    padding = "=" * (-len(digits) % 4)
    try:
        key = base64.b64decode(digits + padding, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != _KEY_BYTES:
        command = "python -c 'import secrets; print(secrets.token_urlsafe(32))'"
        reason = f"must be 32 random bytes in base64; make them with: {command}"
        raise _refusal(name, reason)
    return key


def _refusal(name: str, reason: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{name} {reason}")
