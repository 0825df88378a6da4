"""A machine's clock that is set stops no world, and everything that happened replays."""

import asyncio
from pathlib import Path

from tests.torture import clocks
from tests.torture.figures import told


def test_worlds_go_on_whatever_the_clock_is_set_to(tmp_path: Path) -> None:
    found = asyncio.run(clocks.campaign(tmp_path, times=1, seconds=0.4))
    # Beside other tests, and on two cores, times say little: the long form looks at them.
    wrong = [what for what in found.wrong if "rate" not in what and "stood still" not in what]
    assert wrong == [], told(found)
    assert found.longest_still_s < 30
    assert found.judged.applied > 8
