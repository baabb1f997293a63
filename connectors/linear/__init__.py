"""Linear: project updates, the ends of cycles and moves of issues are events."""

from connectors.base import Connector
from connectors.linear.history import history
from connectors.linear.reading import label_of, read
from connectors.linear.rules import LinearRules
from connectors.linear.sample import sample
from connectors.linear.signature import signed, verify
from connectors.linear.steps import STEPS
from connectors.linear.telling import tell

CONNECTOR = Connector(
    name="linear",
    label="Linear",
    rules=LinearRules,
    verify=verify,
    label_of=label_of,
    read=read,
    tell=tell,
    history=history,
    steps=STEPS,
    sample=sample,
    signed=signed,
)
