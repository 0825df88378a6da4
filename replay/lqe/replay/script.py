"""Events made up for a scenario: by its own bots if it has some, else by chance from its types."""

import random
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import inspect

from lqe.events import AnyEvent, ClockAdvanced, CommandSubmitted, PlayerJoined, WorldOpened
from lqe.fold import Code, Fold
from lqe.rng import Random
from lqe.scenario import Scenario
from lqe.scenario.schemas import encode_args
from lqe.version import RULES_VERSION
from lqe.world import World

_DECISION_S = 0.5


def opened(scenario: Scenario, digest: str, seed: int, interval: int | None = None) -> WorldOpened:
    """Return the first event of a world of this scenario, with chance from a number."""
    rules = scenario.rules
    return WorldOpened(
        scenario=digest,
        rules=RULES_VERSION,
        seed=seed.to_bytes(32, "little"),
        tick_us=rules.tick_us,
        keyframe_interval=interval or rules.keyframe_interval,
        limits=rules.limits,
    )


def make_script(
    code: Code, digest: str, *, players: int, ticks: int, seed: int, interval: int | None = None
) -> list[AnyEvent]:
    """Return the events of a game of `players` for `ticks`, the same for the same arguments."""
    scenario = code(digest)
    fold = Fold(code)
    events: list[AnyEvent] = []

    def add(event: AnyEvent) -> None:
        fold.fold(len(events), event)
        events.append(event)

    add(opened(scenario, digest, seed, interval))
    names = [f"bot-{n}" for n in range(1, players + 1)]
    for name in names:
        add(PlayerJoined(player=name, session=f"s-{name}"))
    minds = {name: _Mind(scenario, seed, n) for n, name in enumerate(names)}
    pause = max(1, round(_DECISION_S / scenario.rules.dt))
    seqs = dict.fromkeys(names, 0)
    for tick in range(pause, ticks + 1, pause):
        add(ClockAdvanced(tick=tick))
        for name in names:
            for command, args in minds[name].decide(fold, name):
                seqs[name] += 1
                add(
                    CommandSubmitted(
                        tick=tick,
                        player=name,
                        session=f"s-{name}",
                        seq=seqs[name],
                        name=command,
                        args=encode_args(scenario.commands[command], args),
                    )
                )
    add(ClockAdvanced(tick=ticks))
    return events


class _Mind:
    """One player of a script."""

    def __init__(self, scenario: Scenario, seed: int, number: int) -> None:
        self._scenario = scenario
        self._chance = random.Random(f"{seed}/{number}")  # noqa: S311 - a script, not a secret
        key = seed.to_bytes(16, "little") + number.to_bytes(16, "little")
        self._bot = scenario.bot(Random(key)) if scenario.bot is not None else None

    def decide(self, fold: Fold, player: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield what this player sends now."""
        scenario, chance = self._scenario, self._chance
        if self._bot is not None:
            world = World(fold.core)
            shared = scenario.view_shared(world) if scenario.view_shared else {}
            you = scenario.view_player(world, player) if scenario.view_player else {}
            yield from self._bot.decide(_as_sent({"world": shared, "you": you}))
        elif scenario.commands and chance.random() < 0.5:  # noqa: PLR2004 - every other time
            name = chance.choice(sorted(scenario.commands))
            yield name, _made_up(inspect.type_info(scenario.commands[name].type), chance)


def _as_sent(view: dict[str, Any]) -> Any:
    return msgspec.json.decode(msgspec.json.encode(view))


def _made_up(info: Any, chance: random.Random) -> Any:  # noqa: C901, PLR0911 - a case a type
    """Return a plain value of a type, by chance."""
    if isinstance(info, inspect.StructType):
        return {f.encode_name: _made_up(f.type, chance) for f in info.fields}
    if isinstance(info, inspect.FloatType):
        low = info.ge if info.ge is not None else -100.0
        return chance.uniform(low, info.le if info.le is not None else low + 200.0)
    if isinstance(info, inspect.IntType):
        low = info.ge if info.ge is not None else 0
        return chance.randint(int(low), int(info.le) if info.le is not None else int(low) + 20)
    if isinstance(info, inspect.BoolType):
        return chance.random() < 0.5  # noqa: PLR2004 - a coin
    if isinstance(info, inspect.LiteralType):
        return chance.choice(list(info.values))
    if isinstance(info, inspect.EnumType):
        return chance.choice([member.value for member in info.cls])
    if isinstance(info, inspect.UnionType):
        return _made_up(chance.choice(list(info.types)), chance)
    if isinstance(info, (inspect.ListType, inspect.VarTupleType)):
        return [_made_up(info.item_type, chance) for _ in range(chance.randint(0, 3))]
    if isinstance(info, inspect.TupleType):
        return [_made_up(item, chance) for item in info.item_types]
    if isinstance(info, inspect.DictType):
        return {}
    if isinstance(info, inspect.StrType):
        return chance.choice(["a", "b", "c"])
    return None
