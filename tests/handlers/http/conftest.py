"""A server for the tests of the HTTP API."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from tests.dynamodb_local import DynamoDBLocal
from tests.handlers.http.asking import KEYS, Served
from tests.handlers.http.deployed import DeployedApi


@pytest.fixture
def served() -> Served:
    """A server without keys, of one tenant."""
    return Served()


@pytest.fixture
def keyed() -> Served:
    """A server of two tenants, each with a key."""
    return Served(keys=KEYS)


@pytest.fixture(scope="module")
def running(
    dynamodb_local: DynamoDBLocal, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DeployedApi]:
    """The `http` function over a cloud, in one process that stays warm."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        yield DeployedApi(dynamodb_local, patch, tmp_path_factory.mktemp("scenarios"))


@pytest.fixture
def deployed(running: DeployedApi) -> DeployedApi:
    """The deployed API with two tenants that nobody has used."""
    running.register()
    return running
