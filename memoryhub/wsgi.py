"""The web process's way in."""

import os

from django.core.wsgi import get_wsgi_application

from memoryhub.garbage import leave_what_is_loaded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memoryhub.settings")
application = get_wsgi_application()
leave_what_is_loaded()
