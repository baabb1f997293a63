"""What a browser may do with an answer, which is nothing but where there is a page."""

from collections.abc import Callable, Mapping, Sequence

from django.http import HttpRequest, HttpResponse
from django.utils.csp import CSP

type Policy = Mapping[str, Sequence[str]]

_NOWHERE: Policy = {
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
    "object-src": [CSP.NONE],
}

NOTHING: Policy = {"default-src": [CSP.NONE], "form-action": [CSP.NONE], **_NOWHERE}
"""For answers to programs: no page, so nothing that one could load or run."""

_OWN: Policy = {
    "default-src": [CSP.NONE],
    "connect-src": [CSP.SELF],
    "font-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    # Both set styles of their own on what they draw.
    "style-src": [CSP.SELF, CSP.UNSAFE_INLINE],
    **_NOWHERE,
}

DOCS: Policy = {**_OWN, "script-src": [CSP.SELF]}

ADMIN: Policy = {
    **_OWN,
    # Alpine, which Unfold is built on, compiles the expressions of its attributes.
    "script-src": [CSP.SELF, CSP.NONCE, CSP.UNSAFE_EVAL],
}

PAGES: Mapping[str, Policy] = {"/admin/": ADMIN, "/api/docs/": DOCS}
"""Where there are pages, and what each of them needs."""

_PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "screen-wake-lock",
        "usb",
        "xr-spatial-tracking",
    )
)


class Headers:
    """Choose the content security policy by the address, and forbid the rest."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with the headers."""
        response = self.get_response(request)
        for start, policy in PAGES.items():
            if request.path.startswith(start):
                response._csp_config = policy  # type: ignore[attr-defined]  # Django's seam
        response.headers["Permissions-Policy"] = _PERMISSIONS
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        return response
