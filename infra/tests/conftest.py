"""One emulator and one stack for all tests here: deploying takes longer than each of them."""

import os
from collections.abc import Iterator

import pytest

from infra.tests.stack import Stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    made = Stack(tmp_path_factory.mktemp("operator"))
    before = dict(os.environ)
    os.environ.update(made.environment)  # the tests look at what lies there as well
    try:
        made.ledgerquest("init", "--local")
        yield made
    finally:
        made.ledgerquest("destroy", "--local")
        os.environ.clear()
        os.environ.update(before)
