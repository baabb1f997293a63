"""The blend answers as well as it was recorded to, and better than plain BM25."""

import pytest

from accounts.models import User
from benchmarks.quality import run
from tests.conftest import acting

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("index"),
    pytest.mark.slow,
]


def test_the_blend_has_not_fallen(ceo: User, user: User) -> None:
    answers = run.measure(acting(ceo), owner=acting(user))

    for arm in run.GUARDED:
        assert answers.ran[arm] == {"hybrid"}
    assert run.fallen(answers) == []
    assert run.lead(answers) >= run.LEAD
