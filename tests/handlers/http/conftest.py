"""A server for the tests of the HTTP API."""

import pytest

from tests.handlers.http.asking import KEYS, Served


@pytest.fixture
def served() -> Served:
    """A server without keys, of one tenant."""
    return Served()


@pytest.fixture
def keyed() -> Served:
    """A server of two tenants, each with a key."""
    return Served(keys=KEYS)
