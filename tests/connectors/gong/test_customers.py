"""connectors.gong.customers: a customer's name in a domain."""

import pytest

from connectors.gong.customers import customer_at, domain_of


@pytest.mark.parametrize(
    ("domain", "customer"),
    [
        ("acme.com", "Acme"),
        ("acme-corp.co.uk", "Acme Corp"),
        ("mail.eu.acme.com", "Acme"),
        ("hsbc.com", "HSBC"),
        ("3m.com", "3m"),
        ("xn--mller-kva.de", "Müller"),
        ("co.uk", "Co"),
        ("xn--.de", "XN"),
        ("gmail.com", None),
        ("yahoo.co.jp", None),
        ("me.com", None),
        ("localhost", None),
        ("10.0.0.1", None),
        ("", None),
        ("-.com", None),
    ],
)
def test_is_as_people_write_it(domain: str, customer: str | None) -> None:
    assert customer_at(domain) == customer


def test_stands_behind_the_last_at() -> None:
    assert domain_of('"a@b"@Acme.com. ') == "acme.com"
