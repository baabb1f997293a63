"""The composition root: it puts the hub's parts together, and no part imports it."""

from memoryhub.celery import app as celery_app

__all__ = ["celery_app"]
