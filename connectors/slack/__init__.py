"""Slack: messages are chats, and some of them decisions."""

from connectors.base import Connector
from connectors.slack.history import history
from connectors.slack.reading import label_of, read
from connectors.slack.rules import SlackRules
from connectors.slack.sample import sample
from connectors.slack.signature import signed, verify
from connectors.slack.steps import STEPS
from connectors.slack.telling import tell

CONNECTOR = Connector(
    name="slack",
    label="Slack",
    rules=SlackRules,
    verify=verify,
    label_of=label_of,
    read=read,
    tell=tell,
    history=history,
    steps=STEPS,
    sample=sample,
    signed=signed,
)
