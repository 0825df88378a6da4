"""What the numbers of a scenario may be: all types and ranges, checked when its code is taken up.

Code that a log names is loaded without: whatever it was then, the log replays as it did.
"""

from collections.abc import Iterator, Mapping
from math import isfinite
from types import MappingProxyType
from typing import Any, Final

import msgspec
from msgspec import inspect

from lqe.ecs import Entities
from lqe.errors import ScenarioError
from lqe.limits import Limits
from lqe.physics import SpaceRules

from .edge import code_at_the_edge
from .rules import Rules
from .scenario import Scenario

_FASTEST_HZ: Final = 1_000.0
_LONGEST_S: Final = 1_000_000_000.0
_FAR: Final = 1e12
_MANY: Final = 10_000_000
# The least that a number may be, and the most; a rate of nothing at all is none.
Range = tuple[float, float]
_HZ: Final = (0.001, _FASTEST_HZ)
RANGES: Final[Mapping[type, Mapping[str, Range]]] = MappingProxyType(
    {
        Rules: {
            "tick_us": (1, 3_600_000_000),
            "keyframe_interval": (1, _MANY),
            "quorum": (0, _MANY),
            "clock_hz": _HZ,
            "push_hz": _HZ,
            "own_hz": (0, _FASTEST_HZ),
            "keep_seat_s": (0, _LONGEST_S),
        },
        SpaceRules: {
            "gravity": (-_FAR, _FAR),
            "damping": (0, 1),
            "iterations": (1, 1_000),
            "slop": (0, _FAR),
            "contact_hold": (1, _MANY),
        },
        Limits: {
            "max_entities": (1, _MANY),
            "max_players": (1, _MANY),
            "max_scheduled": (0, _MANY),
            "max_signals_per_tick": (1, _MANY),
            "max_idle_ticks": (1, _MANY),
        },
    }
)


def check_scenario(scenario: Scenario) -> None:
    """Raise ScenarioError, with everything that is wrong, for what no world could run by."""
    found = [*_of_scenario(scenario), *code_at_the_edge(scenario)]
    if isinstance(scenario.rules, Rules):
        found += _of(scenario.rules, "rules")
        if not found and scenario.rules.quorum > scenario.rules.limits.max_players:
            found.append(
                f"rules.quorum is {scenario.rules.quorum}, and rules.limits.max_players "
                f"{scenario.rules.limits.max_players}: a game would never begin"
            )
    if found:
        raise ScenarioError("; ".join(found))
    Entities(scenario.components, most=1)


def _of_scenario(scenario: Scenario) -> Iterator[str]:
    if not isinstance(scenario.title, str):
        yield f"the title must be a text, got {scenario.title!r}"
    if not isinstance(scenario.rules, Rules):
        yield f"rules must be Rules(…), got {scenario.rules!r}"
    for system in scenario.systems:
        if not _is_whole(system.every) or system.every < 1:
            yield f"system {system.name}: every must be a whole number from 1, got {system.every!r}"


def _of(struct: msgspec.Struct, where: str) -> Iterator[str]:
    """Yield what is wrong with the fields of a struct of numbers."""
    kind = inspect.type_info(type(struct))
    assert isinstance(kind, inspect.StructType)
    ranges = RANGES[type(struct)]
    for field in kind.fields:
        name, value = f"{where}.{field.name}", getattr(struct, field.name)
        if isinstance(field.type, inspect.StructType):
            if type(value) is field.type.cls:
                yield from _of(value, name)
            else:
                yield f"{name} must be {field.type.cls.__name__}(…), got {value!r}"
        elif not _is(value, field.type, ranges.get(field.name)):
            yield f"{name} must be {_words(field.type, ranges.get(field.name))}, got {value!r}"


def _is(value: Any, kind: inspect.Type, limits: Range | None) -> bool:
    match kind:
        case inspect.UnionType(types=types):
            return any(_is(value, one, limits) for one in types)
        case inspect.TupleType(item_types=items):
            fits = isinstance(value, tuple) and len(value) == len(items)
            return fits and all(_is(v, i, limits) for v, i in zip(value, items, strict=True))
        case inspect.NoneType():
            return value is None
        case inspect.BoolType():
            return isinstance(value, bool)
        case inspect.IntType():
            return _is_whole(value) and _within(value, limits)
        case inspect.FloatType():
            is_number = _is_whole(value) or (isinstance(value, float) and isfinite(value))
            return is_number and _within(value, limits)
    raise TypeError(f"no words for {kind}")


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _within(value: float, limits: Range | None) -> bool:
    assert limits is not None, "each number has its range"
    return limits[0] <= value <= limits[1]


def _words(kind: inspect.Type, limits: Range | None) -> str:
    match kind:
        case inspect.UnionType(types=types):
            return " or ".join(_words(one, limits) for one in types)
        case inspect.TupleType(item_types=items):
            return f"a tuple of {len(items)}, each {_words(items[0], limits)}"
        case inspect.NoneType():
            return "None"
        case inspect.BoolType():
            return "True or False"
    assert limits is not None
    least, most = (f"{number:,.12g}" for number in limits)
    what = "a whole number" if isinstance(kind, inspect.IntType) else "a number"
    return f"{what} from {least} to {most}"
