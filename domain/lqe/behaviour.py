"""Behaviour trees: what an artificial player does next, written as a value.

A tree knows nobody and never changes. Where a character stands in it lives in its `Mind`, a
component, so that it is in every snapshot and a world goes on in the middle of a thought.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from enum import Enum
from typing import Final, Generic, NamedTuple, TypeVar

from lqe.ecs import Component

T = TypeVar("T")
Way = list[int]
Place = tuple[int, ...]


class Status(Enum):
    """What came of running a node: it is done, it cannot be done, or it goes on next time."""

    SUCCESS = "success"
    FAILURE = "failure"
    RUNNING = "running"


class Mind(Component):
    """Where a character stands in its tree: the whole state of its behaviour.

    `running` leads from the root to the node that goes on, as places among siblings; `ready`
    holds, by the place of a `Cooldown`, the tick from which its child may run again.
    """

    running: list[int] = []
    ready: dict[str, int] = {}


class Turn(NamedTuple, Generic[T]):
    """One run of a tree: for whom, with whose mind, and at which tick."""

    subject: T
    mind: Mind
    tick: int


class Node(ABC, Generic[T]):
    """A part of a tree; `T` is what its conditions and actions are given."""

    @abstractmethod
    def step(self, turn: Turn[T], way: Way, at: Place) -> tuple[Status, Way]:
        """Run once at the place `at`; give the way to what is running below, as it was and is."""


class Action(Node[T]):
    """Does something and says what came of it."""

    def __init__(self, act: Callable[[T], Status]) -> None:
        self._act: Final = act

    def step(self, turn: Turn[T], way: Way, at: Place) -> tuple[Status, Way]:  # noqa: ARG002, D102
        return self._act(turn.subject), []


class Condition(Node[T]):
    """Succeeds when `holds` says so and fails otherwise; it never goes on."""

    def __init__(self, holds: Callable[[T], bool]) -> None:
        self._holds: Final = holds

    def step(self, turn: Turn[T], way: Way, at: Place) -> tuple[Status, Way]:  # noqa: ARG002, D102
        return (Status.SUCCESS if self._holds(turn.subject) else Status.FAILURE), []


class _Composite(Node[T]):
    def __init__(self, *children: Node[T]) -> None:
        if not children:
            raise ValueError(f"a {type(self).__name__} needs at least one child")
        self._children: Final = children

    def _from(
        self, first: int, going: Status, turn: Turn[T], way: Way, at: Place
    ) -> tuple[Status, Way]:
        """Run children while they end as `going`; the first other status is this node's."""
        for place, child in enumerate(self._children[first:], first):
            on = way[1:] if way[:1] == [place] else []
            status, rest = child.step(turn, on, (*at, place))
            if status is Status.RUNNING:
                return status, [place, *rest]
            if status is not going:
                return status, []
        return going, []


class Sequence(_Composite[T]):
    """Succeeds when all children did, one after the other; the first to fail fails it.

    While a child is running, those before it are not run again.
    """

    def step(self, turn: Turn[T], way: Way, at: Place) -> tuple[Status, Way]:  # noqa: D102
        first = way[0] if way and way[0] < len(self._children) else 0
        return self._from(first, Status.SUCCESS, turn, way, at)


class Selector(_Composite[T]):
    """Does the first child that does not fail; fails when all do.

    It looks at all children anew each time, so an earlier one takes over from a later one.
    """

    def step(self, turn: Turn[T], way: Way, at: Place) -> tuple[Status, Way]:  # noqa: D102
        return self._from(0, Status.FAILURE, turn, way, at)


class Inverter(Node[T]):
    """Fails when its child succeeds, and succeeds when its child fails."""

    def __init__(self, child: Node[T]) -> None:
        self._child: Final = child

    def step(self, turn: Turn[T], way: Way, at: Place) -> tuple[Status, Way]:  # noqa: D102
        status, rest = self._child.step(turn, way, (*at, 0))
        if status is not Status.RUNNING:
            status = Status.FAILURE if status is Status.SUCCESS else Status.SUCCESS
        return status, rest


class Cooldown(Node[T]):
    """Fails for `ticks` ticks after its child succeeded, without running it."""

    def __init__(self, ticks: int, child: Node[T]) -> None:
        self._ticks: Final = ticks
        self._child: Final = child

    def step(self, turn: Turn[T], way: Way, at: Place) -> tuple[Status, Way]:  # noqa: D102
        key = ".".join(map(str, at))
        if turn.tick < turn.mind.ready.get(key, turn.tick):
            return Status.FAILURE, []
        status, rest = self._child.step(turn, way, (*at, 0))
        if status is Status.SUCCESS:
            turn.mind.ready[key] = turn.tick + self._ticks
        return status, rest


def run(tree: Node[T], subject: T, mind: Mind, tick: int) -> Status:
    """Run a tree once for `subject`, going on from where `mind` says; `mind` is changed."""
    status, mind.running = tree.step(Turn(subject, mind, tick), mind.running, ())
    return status
