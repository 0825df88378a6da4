"""A cloud for the tests of functions."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from tests.cloud import Cloud
from tests.dynamodb_local import DynamoDBLocal
from tests.recorded import Recorded


@pytest.fixture
def game() -> Recorded:
    """A game that is not begun, with its code, its clock, and the embedded way to compare with."""
    return Recorded()


@pytest.fixture
def cloud(
    dynamodb_local: DynamoDBLocal, game: Recorded, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Cloud]:
    """A deployment of the same code under the same clock."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "none")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield Cloud(dynamodb_local, game.code, game.clock)
