"""Types of commands are read beside all worlds: a type that brings code there is refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Annotated, Any, NamedTuple, Self

import msgspec
import pytest

from lqe.errors import ScenarioError
from lqe.scenario import Command, Scenario, World
from lqe.scenario.checks import check_scenario


class Colour(StrEnum):
    """Plain."""

    RED = "red"


class Guessed(Enum):
    """It takes what it does not know for something else."""

    RED = "red"

    @classmethod
    def _missing_(cls, value: object) -> "Guessed":
        return cls.RED if value == "crimson" else cls(str(value).lower())


class Point(NamedTuple):
    """Plain."""

    x: int
    y: int = 0


class Far(Point):
    """It is made by a function."""

    def __new__(cls, x: int, y: int = 0) -> Self:
        return super().__new__(cls, x**y, y)


class Part(msgspec.Struct):
    """Plain, and part of itself."""

    more: "list[Part]" = []
    points: tuple[Point, ...] = ()


class Checked(msgspec.Struct):
    """It looks at itself."""

    n: int = 0

    def __post_init__(self) -> None:
        self.n = 3**self.n


@dataclass
class Old:
    """It looks at itself as well."""

    n: int = 0

    def __post_init__(self) -> None:
        self.n = 3**self.n


def answer() -> int:
    return 42


def with_command(kind: Any, default: Any = msgspec.NODEFAULT) -> Scenario:
    scenario = Scenario("a game")
    fields = [("what", kind, default)]
    order: Any = msgspec.defstruct("Order", fields, bases=(Command,), frozen=True)

    @scenario.command(order)
    def do(world: World, player: str, order: Any) -> None: ...

    return scenario


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        (Checked, "Checked.__post_init__"),
        (list[Checked], "Checked.__post_init__"),
        (dict[str, tuple[int, Checked]], "Checked.__post_init__"),
        (Annotated[Checked | None, msgspec.Meta(title="one")], "Checked.__post_init__"),
        (Old, "Old.__post_init__"),
        (Guessed, "Guessed._missing_"),
        (Far, "Far.__new__"),
    ],
)
def test_code_in_the_type_of_a_command_is_named(kind: Any, what: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        check_scenario(with_command(kind))
    assert str(refused.value).startswith(f"command order: {what} would run where the messages")


def test_a_function_for_a_default_is_code() -> None:
    with pytest.raises(ScenarioError, match=r"the function for the default of Order.what"):
        check_scenario(with_command(int, msgspec.field(default_factory=answer)))


@pytest.mark.parametrize(
    ("kind", "default"),
    [
        (Part, msgspec.NODEFAULT),
        (Colour, Colour.RED),
        (Point, Point(1)),
        (list[int], msgspec.field(default_factory=list)),
        (Mapping[str, Part | None], {}),
        (Annotated[int, msgspec.Meta(ge=1, le=9)], 1),
    ],
)
def test_types_without_code_are_taken(kind: Any, default: Any) -> None:
    check_scenario(with_command(kind, default))
