"""Gong: calls are events, and those that go badly are insights."""

from connectors.base import Connector
from connectors.gong.history import history
from connectors.gong.reading import label_of, read
from connectors.gong.rules import GongRules
from connectors.gong.sample import sample
from connectors.gong.signature import verify
from connectors.gong.steps import STEPS
from connectors.gong.telling import tell

CONNECTOR = Connector(
    name="gong",
    label="Gong",
    rules=GongRules,
    verify=verify,
    label_of=label_of,
    read=read,
    tell=tell,
    history=history,
    steps=STEPS,
    sample=sample,
    signed=None,
)
