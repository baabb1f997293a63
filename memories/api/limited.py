"""A view whose limits hold for those, too, who do not get past its door."""

from typing import Any

from django.utils import timezone
from rest_framework.exceptions import (
    AuthenticationFailed,
    NotAcceptable,
    NotAuthenticated,
)
from rest_framework.request import Request
from rest_framework.views import APIView

from memories.api.throttles import count_call


class LimitedView(APIView):
    """Count every call once: what is let in by its throttle, and what is not, here."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Let somebody in.

        Raises:
            TooManyRequestsError: there were too many calls, with a good token or none.
        """
        try:
            super().initial(request, *args, **kwargs)
        except (AuthenticationFailed, NotAcceptable, NotAuthenticated):
            count_call(request, user=None, now=timezone.now())
            raise
