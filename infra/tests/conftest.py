"""One emulator and one stack for all tests here: deploying takes longer than each of them."""

from collections.abc import Iterator

import pytest

from infra.tests.stack import Stack, local_stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with local_stack(tmp_path_factory.mktemp("operator")) as made:
        yield made
