"""The admin's screens for memories: one module per screen."""

from django.contrib import admin

from memories.models import PROXIES

for p in PROXIES:
    admin.site.register(p)
