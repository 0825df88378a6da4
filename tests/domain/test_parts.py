"""An advance in parts is the same advance: a long pause is caught up without a long breath."""

from __future__ import annotations

from itertools import pairwise

import pytest

from lqe.errors import Quarantine
from lqe.events import ClockAdvanced
from lqe.fold import Fold, Folded
from tests.scenarios import Earn, Sabotage, toy
from tests.steps import Play, given, present_state


def _in_parts(play: Play) -> tuple[Fold, list[Folded], list[int]]:
    """Fold a log again, part by part; return what came of each event, and how many pauses."""
    fold = Fold(play.code)
    folded: list[Folded] = []
    pauses: list[int] = []
    for position, event in enumerate(play.log):
        parts = fold.parts(position, event)
        pauses.append(0)
        while True:
            try:
                next(parts)
            except StopIteration as end:
                folded.append(end.value)
                break
            pauses[-1] += 1
    return fold, folded, pauses


def _played(how: str = "raise", tick: int = 999_999) -> Play:
    play = given(toy(), players=["ann", "bob"], interval=400)
    play.passes(10)
    play.orders("ann", Earn(5.0))
    play.orders("ann", Sabotage(how, tick))  # type: ignore[arg-type]
    play.passes(625)
    play.orders("bob", Earn(1.0))
    return play


@pytest.mark.parametrize(
    ("how", "tick"), [("raise", 999_999), ("raise", 330), ("half", 390), ("nan", 300)]
)
def test_an_advance_in_parts_ends_in_the_same_bytes_whatever_happens_on_the_way(
    how: str, tick: int
) -> None:
    play = _played(how, tick)
    fold, folded, pauses = _in_parts(play)
    assert present_state(fold) == present_state(play.fold)
    assert [k.state for f in folded for k in f.keyframes] == [k.state for k in play.keyframes]
    assert [s for f in folded for s in f.signals] == play.signals
    assert max(pauses) > 10, "625 ticks of 16 ms are not folded in one breath"


def test_no_part_holds_more_ticks_than_a_quarter_of_a_second_of_the_world() -> None:
    play = given(toy(), players=["ann"])
    parts = play.fold.parts(2, ClockAdvanced(tick=625))
    ticks = [0, *(play.fold.core.tick for _ in parts)]
    assert max(b - a for a, b in pairwise(ticks)) * 16_000 <= 250_000


def test_nothing_else_is_folded_while_an_event_is_folded_in_part() -> None:
    play = given(toy(), players=["ann"])
    parts = play.fold.parts(2, ClockAdvanced(tick=625))
    next(parts)
    with pytest.raises(Quarantine, match="in the middle of position 2"):
        play.fold.fold(2, ClockAdvanced(tick=1))
