"""The admin's screens for memories: one module per screen."""

from django.contrib import admin

from memories.admin import accounts, audit  # noqa: F401 - register their own
from memories.admin.memory import MemoryAdmin
from memories.admin.retention import RetentionPolicyAdmin
from memories.models import PROXIES, RetentionPolicy

for proxy in PROXIES:
    admin.site.register(proxy, MemoryAdmin)
admin.site.register(RetentionPolicy, RetentionPolicyAdmin)
