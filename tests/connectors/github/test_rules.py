"""connectors.github.rules: what an admin may decide, and what not."""

import pytest
from pydantic import ValidationError

from connectors.github.rules import GithubRules


def test_allow_every_repository_and_no_bot_by_default() -> None:
    assert GithubRules().allow("acme/hub")
    assert not GithubRules().allow_bot("dependabot[bot]")
    assert GithubRules().email_of("ann") == ""


@pytest.mark.parametrize(
    "values",
    [
        {"repositories": [""]},
        {"repositories": "acme/hub"},
        {"emails": {"ann": "nobody"}},
        {"emails": {"": "ann@x.com"}},
        {"channels": ["*"]},
    ],
)
def test_refuse_what_is_none(values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        GithubRules.model_validate(values)
