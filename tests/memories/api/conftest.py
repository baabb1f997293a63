"""What the tests of the API share."""

import pytest

from accounts.models import User
from tests.factories import PASSWORD


@pytest.fixture
def signed_up(user: User) -> User:
    """Somebody who can sign in."""
    user.set_password(PASSWORD)
    user.save()
    return user
