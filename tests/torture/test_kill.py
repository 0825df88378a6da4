"""A server that is killed under load loses nothing of what it acknowledged."""

import asyncio
from pathlib import Path

from tests.torture import kill
from tests.torture.figures import told


def test_killed_at_any_instant_the_server_goes_on_with_nothing_lost(tmp_path: Path) -> None:
    found = asyncio.run(kill.campaign(tmp_path, times=3, players=8))
    assert found.wrong == [], told(found)
    assert found.server_kills == 3
    assert found.worker_kills >= 1
    assert found.judged.acknowledged > 50
    assert found.judged.views > 8
    assert found.worlds_answered > 0
