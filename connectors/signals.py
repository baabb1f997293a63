"""What the connectors tell whoever listens."""

from django.dispatch import Signal

received = Signal()
"""A delivery was kept, and its transaction is over."""
