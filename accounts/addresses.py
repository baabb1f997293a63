"""The address that a request comes from, which its sender cannot make up."""

from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request


def address_of(request: Request | HttpRequest) -> str | None:
    """Return the address of whoever asks; None over a socket file.

    Every proxy appends to X-Forwarded-For whom it was called by, so the hub's own
    proxies, as many as TRUSTED_PROXIES says, wrote the last entries, and whoever asks
    may have written the others. A header that is shorter, or whose entry is no address,
    was not written by them: then it is the caller's own address that counts.
    """
    caller = _address(request.META.get("REMOTE_ADDR", ""))
    hops = settings.TRUSTED_PROXIES
    entries = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if not 0 < hops <= len(entries):
        return caller
    return _address(entries[-hops]) or caller


def network_of(address: str | None) -> str:
    """Return what one household has: an IPv4 address, or 64 bits of an IPv6 one."""
    if address is None or ":" not in address:
        return address or "local"
    return str(ip_network((address, 64), strict=False))


def _address(text: str) -> str | None:
    """Return an address as PostgreSQL takes it, without a port or a zone."""
    bare = text.strip().split("%")[0]
    if bare.startswith("["):
        bare = bare[1:].split("]")[0]
    elif bare.count(":") == 1:
        bare = bare.split(":")[0]
    try:
        address = ip_address(bare)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)
