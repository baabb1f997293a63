"""GitHub: pull requests are decisions, and what reviewers say is insight."""

from connectors.base import Connector
from connectors.github.history import history
from connectors.github.reading import label_of, read
from connectors.github.rules import GithubRules
from connectors.github.sample import sample
from connectors.github.signature import signed, verify
from connectors.github.steps import STEPS
from connectors.github.telling import tell

CONNECTOR = Connector(
    name="github",
    label="GitHub",
    rules=GithubRules,
    verify=verify,
    label_of=label_of,
    read=read,
    tell=tell,
    history=history,
    steps=STEPS,
    sample=sample,
    signed=signed,
)
