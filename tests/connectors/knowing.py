"""A directory of whom a test names, in place of those in the database."""

from connectors.base import Directory, Known


class Knowing(Directory):
    """A directory of a few."""

    def __init__(self, *known: Known) -> None:
        self.known = {each.id: each for each in known}

    def get(self, one: str) -> Known | None:
        return self.known.get(one)
