"""A scenario's files: read as bytes, or decoded once into a value that nobody can change."""

from __future__ import annotations

import msgspec
import pytest

from lqe.errors import ScenarioError
from lqe.world.assets import Assets


class Tree(msgspec.Struct, frozen=True):
    """A place on a map."""

    at: tuple[float, float]
    name: str | None = None


class Map(msgspec.Struct, frozen=True):
    """A map of a kind that cannot change."""

    trees: tuple[Tree, ...]
    parent: Map | None = None


class Loose(msgspec.Struct, frozen=True):
    """Frozen itself, but not what it holds."""

    trees: list[Tree]


class Open(msgspec.Struct):
    """Changed by whoever has it."""

    name: str


ASSETS = Assets({"map.json": b'{"trees": [{"at": [1, 2]}]}'})


def test_a_file_is_decoded_once_whoever_asks() -> None:
    found = ASSETS.decoded("map.json", Map)
    assert found == Map(trees=(Tree((1.0, 2.0)),))
    assert ASSETS.decoded("map.json", Map) is found


@pytest.mark.parametrize(("kind", "part"), [(Loose, "Loose.trees"), (Open, "Open"), (dict, "dict")])
def test_a_kind_that_can_change_is_refused_by_the_part_that_can(kind: type, part: str) -> None:
    with pytest.raises(ScenarioError, match=f"^{part} could be changed"):
        ASSETS.decoded("map.json", kind)


def test_a_file_of_another_shape_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        ASSETS.decoded("map.json", Tree)


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(ScenarioError, match=r"no asset 'sea.json'; there are \['map.json'\]"):
        ASSETS.file("sea.json")
    with pytest.raises(ScenarioError, match=r"no asset 'sea.json'"):
        ASSETS.decoded("sea.json", Map)
