"""One of each adapter: every test of this folder that names a port runs on all of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lqe.adapters.files import FileObjects
from lqe.adapters.memory import MemoryCursors, MemoryLogs, MemoryObjects
from lqe.adapters.sqlite import SQLiteCursors, SQLiteLogs
from lqe.ports.cursors import Cursors
from lqe.ports.log import Logs
from lqe.ports.objects import Objects


@pytest.fixture(params=["memory", "sqlite"])
def logs(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Logs]:
    if request.param == "memory":
        yield MemoryLogs()
        return
    opened = SQLiteLogs(tmp_path)
    yield opened
    opened.close()


@pytest.fixture(params=["memory", "files"])
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> Objects:
    return MemoryObjects() if request.param == "memory" else FileObjects(tmp_path)


@pytest.fixture(params=["memory", "sqlite"])
def cursors(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Cursors]:
    if request.param == "memory":
        yield MemoryCursors()
        return
    opened = SQLiteCursors(tmp_path)
    yield opened
    opened.close()
