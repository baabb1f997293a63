"""accounts.addresses: nobody chooses the address that they are known by."""

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from accounts.addresses import address_of, network_of


def seen(caller: str, forwarded: str | None = None) -> str | None:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return address_of(RequestFactory(REMOTE_ADDR=caller).get("/", headers=headers))


class TestTheAddress:
    def test_is_the_callers_whatever_a_header_says(self) -> None:
        assert seen("192.0.2.1", "203.0.113.9") == "192.0.2.1"

    @pytest.mark.parametrize(
        ("hops", "forwarded", "address"),
        [
            (1, "203.0.113.9", "203.0.113.9"),
            (1, "made up, 203.0.113.9", "203.0.113.9"),
            (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
            (2, "198.51.100.1, 203.0.113.9, 192.0.2.7", "203.0.113.9"),
            (2, "203.0.113.9", "192.0.2.1"),
            (1, "", "192.0.2.1"),
            (1, None, "192.0.2.1"),
            (1, "unknown", "192.0.2.1"),
        ],
    )
    def test_is_what_the_outermost_proxy_saw(
        self, settings: Settings, hops: int, forwarded: str | None, address: str
    ) -> None:
        settings.TRUSTED_PROXIES = hops

        assert seen("192.0.2.1", forwarded) == address

    @pytest.mark.parametrize(
        ("written", "address"),
        [
            ("203.0.113.9:4711", "203.0.113.9"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("2001:DB8::1", "2001:db8::1"),
            ("fe80::1%eth0", "fe80::1"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
        ],
    )
    def test_is_written_as_postgresql_takes_it(
        self, written: str, address: str
    ) -> None:
        assert seen(written) == address

    def test_is_none_over_a_socket_file(self) -> None:
        assert seen("") is None


class TestTheNetwork:
    @pytest.mark.parametrize(
        ("address", "network"),
        [
            ("203.0.113.9", "203.0.113.9"),
            ("2001:db8:0:1:2:3:4:5", "2001:db8:0:1::/64"),
            (None, "local"),
        ],
    )
    def test_is_what_one_household_has(self, address: str | None, network: str) -> None:
        assert network_of(address) == network
