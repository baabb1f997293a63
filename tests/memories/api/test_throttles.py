"""memories.api.throttles: no more gets through than a limit says, with Redis or not."""

import os
import signal
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django_redis import get_redis_connection
from limits import parse
from pytest_django import Settings

from accounts.models import User
from audit.models import Record
from memories.api import throttles
from memories.api.windows import Windows
from memoryhub.breaker import BreakerConnection
from memoryhub.embedded.valkey import Valkey
from tests.conftest import Api

AT_ONCE = 160
THREADS_WITH_A_CONNECTION = 30


@pytest.fixture(autouse=True)
def _no_window_has_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttles, "_WINDOWS", Windows())


@pytest.fixture
def _ten_sign_ins(settings: Settings) -> None:
    settings.SIGN_IN_LIMIT = parse("10/minute")


def sign_in(name: str = "who@example.com", **headers: str) -> Any:
    body = {"username": name, "password": "wrong"}
    return Api(None).post("auth/token", body, **headers)


def many_sign_ins() -> Callable[[], Any]:
    """Return what tries each account once, so that none is locked."""
    numbers = count()
    return lambda: sign_in(f"person{next(numbers)}@example.com")


def answers(call: Callable[[], Any], *, threads: int = AT_ONCE) -> Sequence[int]:
    """Call something 160 times at once, or in as many threads as there may be."""
    start = Barrier(threads, timeout=30)

    def run(calls: int) -> Sequence[int]:
        try:
            start.wait()
            return [call().status_code for _ in range(calls)]
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        share = -(-AT_ONCE // threads)
        return [status for some in pool.map(run, [share] * threads) for status in some]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_ten_sign_ins")
class TestSigningInAtOnce:
    def test_lets_no_more_through_than_the_limit(self, own_redis: Valkey) -> None:
        found = answers(many_sign_ins())

        assert 1 <= found.count(401) <= 11
        assert found.count(401) + found.count(429) == AT_ONCE

    def test_lets_no_more_than_twice_through_without_redis(
        self, own_redis: Valkey
    ) -> None:
        own_redis.process.stop()

        found = answers(many_sign_ins())

        assert 1 <= found.count(401) <= 20
        assert found.count(401) + found.count(429) == AT_ONCE

    def test_lets_no_more_than_twice_through_when_redis_goes_meanwhile(
        self, own_redis: Valkey, settings: Settings
    ) -> None:
        settings.WEB_PROCESSES = 2
        before = [sign_in(f"early{number}@example.com") for number in range(3)]
        own_redis.process.stop()

        after = answers(many_sign_ins())

        assert [answer.status_code for answer in before] == [401] * 3
        # This one of the two has half of the limit.
        assert after.count(401) == 2

    def test_lets_nothing_more_through_when_it_was_used_up_before_redis_went(
        self, own_redis: Valkey
    ) -> None:
        attempt = many_sign_ins()
        before = [attempt().status_code for _ in range(10)]
        # As in a process that had a few of these calls.
        for window in throttles._WINDOWS._windows.values():
            window.count = 1
        own_redis.process.stop()

        assert before == [401] * 10
        assert attempt().status_code == 429

    def test_counts_what_came_through_without_redis_when_it_is_back(
        self, own_redis: Valkey, settings: Settings
    ) -> None:
        settings.WEB_PROCESSES = 2
        BreakerConnection.open_until = time.monotonic() + 60
        without = answers(many_sign_ins())
        BreakerConnection.open_until = 0.0

        found = answers(many_sign_ins())

        assert without.count(401) == 5
        assert found.count(401) <= 5

    def test_leaves_one_record_of_all_that_was_refused(self, own_redis: Valkey) -> None:
        attempt = many_sign_ins()
        for _ in range(AT_ONCE // 4):
            attempt()

        refused = Record.objects.filter(reason="too_many_requests")
        assert [record.action for record in refused] == ["sign_in"]


@pytest.mark.django_db(transaction=True)
class TestAnActor:
    def test_calls_no_more_often_than_the_limit(
        self, own_redis: Valkey, user: User, settings: Settings
    ) -> None:
        settings.API_LIMIT_PER_ACTOR = parse("10/minute")
        api = Api(user)

        found = answers(lambda: api.get("stats"), threads=THREADS_WITH_A_CONNECTION)

        assert found.count(200) == 10
        assert set(found) == {200, 429}

    def test_does_not_use_up_anothers_share(
        self, user: User, outsider: User, settings: Settings
    ) -> None:
        settings.API_LIMIT_PER_ACTOR = parse("1/minute")
        Api(user).get("stats")

        assert Api(user).get("stats").status_code == 429
        assert Api(outsider).get("stats").status_code == 200


class TestARefusal:
    def test_is_a_problem_that_says_when_to_come_back(
        self, user: User, settings: Settings
    ) -> None:
        settings.API_LIMIT_PER_ACTOR = parse("1/minute")
        Api(user).get("stats")

        answer = Api(user).get("stats")

        assert answer.status_code == 429
        assert answer["Content-Type"] == "application/problem+json"
        assert 55 <= int(answer["Retry-After"]) <= 60
        assert "more than 1 requests in 60 seconds" in answer.json()["detail"]

    def test_ends_with_its_window(self, user: User, settings: Settings) -> None:
        settings.API_LIMIT_PER_ACTOR = parse("1/second")
        api = Api(user)
        while api.get("stats").status_code == 200:
            pass
        time.sleep(1.1)

        assert api.get("stats").status_code == 200

    def test_is_on_record_with_who_it_was(self, user: User, settings: Settings) -> None:
        settings.API_LIMIT_PER_ACTOR = parse("1/minute")
        for _ in range(4):
            Api(user).get("stats")

        record = Record.objects.get(outcome="refused")
        assert (record.action, record.actor_id) == ("call", user.pk)


class TestAnAddress:
    @pytest.mark.parametrize("way", ["refresh", "revoke"])
    def test_is_counted_where_a_token_is_renewed_or_ended(
        self, db: None, settings: Settings, way: str
    ) -> None:
        settings.API_LIMIT_PER_ADDRESS = parse("1/minute")

        found = [
            Api(None).post(f"auth/token/{way}", {"refresh": "none"}).status_code
            for _ in range(2)
        ]

        assert found == [401, 429]

    def test_is_counted_where_no_answer_would_be_acceptable(
        self, user: User, settings: Settings
    ) -> None:
        settings.API_LIMIT_PER_ADDRESS = parse("1/minute")

        found = [Api(user).get("stats", Accept="text/x").status_code for _ in range(2)]

        assert found == [406, 429]

    def test_calls_no_more_often_than_the_limit(
        self, user: User, outsider: User, settings: Settings
    ) -> None:
        settings.API_LIMIT_PER_ADDRESS = parse("2/minute")

        found = [Api(who).get("stats").status_code for who in (user, outsider, user)]

        assert found == [200, 200, 429]

    @pytest.mark.parametrize("header", ["Bearer no.token.at-all", ""])
    def test_is_counted_without_a_good_token(
        self, db: None, settings: Settings, header: str
    ) -> None:
        settings.API_LIMIT_PER_ADDRESS = parse("2/minute")
        headers = {"Authorization": header} if header else {}

        found = [Api(None).get("stats", **headers).status_code for _ in range(3)]

        assert found == [401, 401, 429]

    def test_is_not_made_up_in_a_header(self, db: None, settings: Settings) -> None:
        settings.SIGN_IN_LIMIT = parse("1/minute")
        sign_in(**{"X-Forwarded-For": "203.0.113.1"})

        again = sign_in(**{"X-Forwarded-For": "203.0.113.2"})

        assert again.status_code == 429

    def test_is_what_a_trusted_proxy_says(self, db: None, settings: Settings) -> None:
        settings.TRUSTED_PROXIES = 1
        settings.SIGN_IN_LIMIT = parse("1/minute")
        sign_in(**{"X-Forwarded-For": "203.0.113.1"})

        other = sign_in(**{"X-Forwarded-For": "203.0.113.1, 203.0.113.2"})

        assert other.status_code == 401

    def test_shares_its_share_with_its_network(
        self, db: None, settings: Settings
    ) -> None:
        settings.TRUSTED_PROXIES = 1
        settings.SIGN_IN_LIMIT = parse("1/minute")
        sign_in(**{"X-Forwarded-For": "2001:db8::1"})

        neighbour = sign_in(**{"X-Forwarded-For": "2001:db8::2"})

        assert neighbour.status_code == 429


class TestCounting:
    def test_costs_one_round_trip(
        self, user: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.API_LIMIT_PER_ACTOR = settings.API_LIMIT_PER_ADDRESS = parse("9/hour")
        api = Api(user)
        sent: list[object] = []
        api.get("schemas")
        send = BreakerConnection.send_packed_command

        def note(self: BreakerConnection, *args: Any, **kwargs: Any) -> None:
            sent.append(args)
            send(self, *args, **kwargs)

        monkeypatch.setattr(BreakerConnection, "send_packed_command", note)

        api.get("schemas")

        assert len(sent) == 1

    def test_costs_nothing_without_a_limit(
        self, user: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        api = Api(user)
        with monkeypatch.context() as without_redis:
            without_redis.setattr(BreakerConnection, "send_packed_command", None)

            assert api.get("schemas").status_code == 200

    def test_waits_once_for_a_redis_that_hangs(
        self, own_redis: Valkey, user: User, settings: Settings
    ) -> None:
        settings.API_LIMIT_PER_ACTOR = parse("1000/minute")
        api = Api(user)
        api.get("schemas")
        pid = get_redis_connection().info("server")["process_id"]
        os.kill(pid, signal.SIGSTOP)
        began = time.monotonic()

        found = [api.get("schemas").status_code for _ in range(20)]

        waited = time.monotonic() - began
        os.kill(pid, signal.SIGCONT)
        assert found == [200] * 20
        assert waited < 1.5
