"""The environment's variables; each may be given as a file instead, by NAME_FILE."""

import environ
from environ.fileaware_mapping import FileAwareMapping


class _Values(FileAwareMapping):  # type: ignore[misc]  # environ has no types
    """Read a file without the line end that an editor or `echo` puts there."""

    def __getitem__(self, name: str) -> str:
        value: str = super().__getitem__(name)
        return value.rstrip("\r\n")


class Variables(environ.FileAwareEnv):  # type: ignore[misc]  # environ has no types
    """What the environment says, read strictly."""

    ENVIRON = _Values()
