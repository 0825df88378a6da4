"""The calendar turns: a quarter begins, ends with a ranking, and after a break comes the next."""

from typing import Any

import msgspec

from lqe.scenario import EVERYONE, World

from .calendar import calendar
from .components import Lead, Rep, Standing
from .leads import fill, remove_lead
from .rewards import score_of
from .rivals import muster
from .rules import ALLOWANCE, BREAK, MOODS, QUARTER, QUOTA, QUOTA_GROWTH, STEADY


def start(world: World) -> None:
    """Begin the first quarter."""
    open_quarter(world, None)


def open_quarter(world: World, _data: Any) -> None:
    """Begin a quarter: a higher quota, a new mood, everybody from zero with some allowance."""
    now = calendar(world)
    now.number += 1
    now.phase = "selling"
    now.ends = world.tick + QUARTER
    now.quota = int(QUOTA * (1.0 + QUOTA_GROWTH * (now.number - 1))) // 1_000 * 1_000
    now.mood = STEADY.name if now.number == 1 else world.random.choice(MOODS).name
    for _, rep in world.query(Rep):
        rep.quota, rep.revenue, rep.won, rep.lost = now.quota, 0, 0, 0
        rep.budget += ALLOWANCE if now.number > 1 else 0
    muster(world)
    fill(world)
    world.after(QUARTER, "close_quarter")
    began = {"quarter": now.number, "quota": now.quota, "mood": now.mood}
    world.signal("quarter_began", began, to=EVERYONE)


def close_quarter(world: World, _data: Any) -> None:
    """End the quarter: clear the market, rank the players, crown the first."""
    now = calendar(world)
    now.phase = "break"
    now.ends = world.tick + BREAK
    for entity, lead in world.query(Lead):
        remove_lead(world, entity, lead)
    now.ranking = ranking(world)
    scores = {line.player: line.score for line in now.ranking}
    best = now.ranking[0].score if now.ranking else 0
    for _, rep in world.query(Rep):
        rep.career += scores[rep.player]
        rep.crowns += 1 if 0 < best == scores[rep.player] else 0
    world.after(BREAK, "open_quarter")
    told = {"quarter": now.number, "ranking": msgspec.to_builtins(now.ranking)}
    world.signal("quarter_ended", told, to=EVERYONE)


def ranking(world: World) -> list[Standing]:
    """Return the standings of the quarter, the best first; equal scores by the player's id."""
    lines = [
        Standing(rep.player, score_of(rep), rep.revenue, rep.quota, rep.won)
        for _, rep in world.query(Rep)
    ]
    return sorted(lines, key=lambda line: (-line.score, line.player))
