"""The journal's alarm: somebody wrote."""

from django.dispatch import Signal

appended = Signal()
"""Sent after the commit of a transaction that appended, with its `topic`."""
