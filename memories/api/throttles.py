"""How often somebody may call: so often for an account, and so often for an address.

Both are counted in one round trip to Redis, each by a script that is atomic there. A
window begins with its first call and ends by itself, so its counter says when to come
back. Without Redis each process goes by its own counter, and has its part of the limit.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django_redis import get_redis_connection
from limits import RateLimitItem
from limits.storage import RedisStorage
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts.actor import Actor, Channel, Stranger
from accounts.addresses import address_of, network_of
from accounts.models import User
from audit import trail
from memories.actors import origin_of
from memories.api.refusals import TooManyRequestsError
from memories.api.windows import Windows

if TYPE_CHECKING:
    from rest_framework.views import APIView

logger = structlog.get_logger(__name__)

_PREFIX = "hub:limit:"
_INCREMENT = RedisStorage.SCRIPT_INCR_EXPIRE
_WINDOWS = Windows()


@dataclass(frozen=True, slots=True)
class Share:
    """What one holder, such as an address, may do in a window."""

    limit: RateLimitItem
    of: str
    holder: str

    @property
    def key(self) -> str:
        """The counter's name."""
        return _PREFIX + self.limit.key_for(self.of, self.holder)

    @property
    def seconds(self) -> int:
        """How long a window is."""
        return self.limit.get_expiry()


@dataclass(frozen=True, slots=True)
class Use:
    """What has been done in the window so far, and for how long it goes on."""

    share: Share
    count: int
    added: int
    seconds: float
    allowed: int

    @property
    def is_over(self) -> bool:
        """Whether the share is used up."""
        return self.count > self.allowed

    @property
    def is_first_over(self) -> bool:
        """Whether this is the first call of the window to find it used up."""
        return self.count > self.allowed >= self.count - self.added


class CallThrottle(BaseThrottle):
    """Limit calls of the API."""

    def allow_request(self, request: Request, view: "APIView") -> bool:
        """Count the call.

        Raises:
            TooManyRequestsError: there were too many.
        """
        user = request.user
        known = user if isinstance(user, User) else None
        count_call(request, user=known, now=timezone.now())
        return True


class SignInThrottle(BaseThrottle):
    """Limit what is tried to sign in."""

    def allow_request(self, request: Request, view: "APIView") -> bool:
        """Count the attempt.

        Raises:
            TooManyRequestsError: there were too many from this address.
        """
        count_sign_in(request, channel=Channel.API, now=timezone.now())
        return True


def count_call(
    request: Request | HttpRequest,
    *,
    user: User | None,
    channel: Channel = Channel.API,
    now: datetime,
) -> None:
    """Count a call of somebody, or of whoever is at an address.

    Raises:
        TooManyRequestsError: there were too many.
    """
    origin = origin_of(request, channel)
    who: trail.Accessor = Stranger(actor_name="unknown", **origin)
    shares = list(_of_address(request))
    if user is not None:
        who = Actor(user=user, **origin)
        shares += _share(settings.API_LIMIT_PER_ACTOR, "actor", str(user.pk))
    count(shares, who=who, action="call", now=now)


def count_sign_in(
    request: Request | HttpRequest, *, channel: Channel, now: datetime
) -> None:
    """Count an attempt to sign in, by any way in.

    Raises:
        TooManyRequestsError: there were too many from this address.
    """
    who = Stranger(actor_name="unknown", **origin_of(request, channel))
    network = network_of(address_of(request))
    shares = [*_of_address(request), *_share(settings.SIGN_IN_LIMIT, "in", network)]
    count(shares, who=who, action="sign_in", now=now)


def count(
    shares: Sequence[Share], *, who: trail.Accessor, action: str, now: datetime
) -> None:
    """Count a call in every share; of a window's refusals the first is recorded.

    Raises:
        TooManyRequestsError: a share is used up.
        trail.UnavailableError: the refusal could not be recorded.
    """
    over = [use for use in _used(shares) if use.is_over]
    if not over:
        return
    longest = max(over, key=lambda use: use.seconds)
    refusal = TooManyRequestsError(
        longest.share.limit, retry_after=max(1, round(longest.seconds))
    )
    if any(use.is_first_over for use in over):
        logger.warning(
            "limit_reached",
            of=longest.share.of,
            holder=longest.share.holder,
            limit=str(longest.share.limit),
            action=action,
        )
        trail.record(
            trail.Access(accessor=who, action=action, at=now, refusal=refusal.reason)
        )
    raise refusal


def _of_address(request: Request | HttpRequest) -> Iterator[Share]:
    network = network_of(address_of(request))
    yield from _share(settings.API_LIMIT_PER_ADDRESS, "address", network)


def _share(limit: RateLimitItem | None, of: str, holder: str) -> Iterator[Share]:
    if limit is not None:
        yield Share(limit, of, holder)


def _used(shares: Sequence[Share]) -> list[Use]:
    if not shares:
        return []
    here = [_WINDOWS.add(share.key, share.seconds) for share in shares]
    try:
        return _in_redis(shares)
    except RedisError:
        return list(map(_in_process, shares, here))


def _in_redis(shares: Sequence[Share]) -> list[Use]:
    """Count in Redis, with what was let through while it was away.

    What another thread is telling Redis just then counts as well, once too often rather
    than not at all.
    """
    told = [_WINDOWS.tell(share.key) for share in shares]
    try:
        with get_redis_connection().pipeline(transaction=False) as pipeline:
            for share, (owed, _) in zip(shares, told, strict=True):
                pipeline.eval(_INCREMENT, 1, share.key, share.seconds, 1 + owed)
                pipeline.ttl(share.key)
            found = pipeline.execute()
    except RedisError:
        for share, (owed, _) in zip(shares, told, strict=True):
            _WINDOWS.told(share.key, owed, seen=None)
        raise
    uses = []
    for share, (owed, others), used, left in zip(
        shares, told, found[::2], found[1::2], strict=True
    ):
        _WINDOWS.told(share.key, owed, seen=used)
        uses.append(Use(share, used + others, 1 + owed, left, share.limit.amount))
    return uses


def _in_process(share: Share, here: tuple[int, float]) -> Use:
    """Count in this process alone, which has its part of the limit.

    With as many processes as usual, all together let the limit pass once more at most,
    whatever passed before Redis went; and nothing more where it was seen used up.
    """
    counted, left = here
    used_up = _WINDOWS.seen(share.key) >= share.limit.amount
    allowed = 0 if used_up else max(1, share.limit.amount // settings.WEB_PROCESSES)
    if counted <= allowed:
        _WINDOWS.owe(share.key, share.seconds)
    return Use(share, counted, 1, left, allowed)
