"""What the load makes of a server's histogram."""

import math

import pytest

from bench.load import quantile_s

BEFORE = {0.1: 10.0, 0.2: 10.0, math.inf: 10.0}


@pytest.mark.parametrize(
    ("after", "p99"),
    [
        ({0.1: 110.0, 0.2: 110.0, math.inf: 110.0}, 0.099),
        ({0.1: 60.0, 0.2: 110.0, math.inf: 110.0}, 0.198),
        ({0.1: 60.0, 0.2: 60.0, math.inf: 110.0}, math.inf),
    ],
)
def test_only_what_came_between_two_samples_counts(after: dict[float, float], p99: float) -> None:
    assert quantile_s(BEFORE, after, 0.99) == pytest.approx(p99)


def test_a_fold_that_folded_nothing_has_no_good_figure() -> None:
    assert quantile_s(BEFORE, BEFORE, 0.99) == math.inf
    assert quantile_s({}, {}, 0.99) == math.inf
