"""What the API itself refuses, before a verb is called."""

from limits import RateLimitItem

from memories.errors import HubError


class BadCredentialsError(HubError):
    """Nobody signs in with this address and password."""

    reason = "bad_credentials"

    def __init__(self) -> None:
        super().__init__("No active account has this address and password.")


class CodeRequiredError(HubError):
    """The account has a second factor, and the request no code of it."""

    reason = "otp_required"

    def __init__(self) -> None:
        super().__init__(
            "This account has a second factor: send a code of its authenticator, or a "
            "recovery code, as otp."
        )


class TooManyRequestsError(HubError):
    """Somebody calls more often than a limit allows; `retry_after` is in seconds."""

    reason = "too_many_requests"

    def __init__(self, limit: RateLimitItem, retry_after: int) -> None:
        super().__init__(
            f"This is more than {limit.amount} requests in {limit.get_expiry()} "
            f"seconds: try again in {retry_after} seconds."
        )
        self.retry_after = retry_after


class KeyReusedError(HubError):
    """An Idempotency-Key came before with another request."""

    reason = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__(
            "This Idempotency-Key came before with another request: give each request "
            "a key of its own."
        )


class InFlightError(HubError):
    """The first request with an Idempotency-Key is still at work."""

    reason = "idempotency_key_in_flight"

    def __init__(self) -> None:
        super().__init__(
            "The first request with this key is still at work: repeat it in a moment."
        )


class PreconditionRequiredError(HubError):
    """A change does not say which version it is made on."""

    reason = "precondition_required"

    def __init__(self) -> None:
        super().__init__(
            'Say which version you are changing: send If-Match: "<version>" with the '
            "version that you have read."
        )
