"""A run watched from outside, stopped in order, with every log verified."""

import asyncio
from pathlib import Path

import pytest

from tests.torture import long
from tests.torture.figures import told


def test_a_run_that_is_stopped_in_order_is_verified_to_its_end(tmp_path: Path) -> None:
    found = asyncio.run(long.campaign(tmp_path, players=24, minutes=0.1, every_s=1.0))
    assert found.wrong == [], told(found)
    assert found.judged.worlds == 2
    assert found.receipts > 50


def test_a_slope_is_what_a_figure_grows_by_in_an_hour() -> None:
    assert long.slope([(0.0, 5.0), (10.0, 6.0), (20.0, 7.0)]) == pytest.approx(360.0)
    assert long.slope([(0.0, 5.0), (10.0, 5.0)]) == 0.0
    assert long.slope([(0.0, 5.0)]) == 0.0
