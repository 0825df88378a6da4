"""A world has no more players at once than its tenant's quota says, whoever comes when."""

from random import Random
from typing import Any

import pytest

from lqe.adapters.memory import MemoryConnections
from lqe.closing import Close
from lqe.errors import Refused
from lqe.handlers.connect.handler import Connect
from lqe.ports.push import Connection
from tests.recorded import SteppingClock

MOST = 3


class Outside:
    """The queue, the sockets and the clock of the ticks: whatever is asked of them is done."""

    def __init__(self) -> None:
        self.joined: list[str] = []

    def send(self, messages: Any) -> None:
        self.joined += [f"{type(m.events[0]).__name__} {m.events[0].player}" for m in messages]

    def resume(self, tenant: str, world: str) -> None:
        pass

    def close(self, connection: str, code: Close, reason: str) -> None:
        pass


class Interleaved(MemoryConnections):
    """A list of connections in which others may come between any two calls."""

    def __init__(self, chance: Random) -> None:
        super().__init__()
        self._chance, self._depth = chance, 0
        self.between: Any = lambda: None

    def of(self, tenant: str, world: str) -> Any:
        self._pause()
        found = super().of(tenant, world)
        self._pause()
        return found

    def _pause(self) -> None:
        if self._depth < 4 and self._chance.random() < 0.5:
            self._depth += 1
            self.between()
            self._depth -= 1


def player(name: str, number: int = 0) -> Connection:
    return Connection(f"c-{name}-{number}", "acme", "w1", name, f"s-{name}")


def edge_over(connections: MemoryConnections) -> tuple[Connect, Outside]:
    outside: Any = Outside()
    connect = Connect(
        connections, outside, outside, SteppingClock(), outside, most_players=lambda _: MOST
    )
    return connect, outside


def test_one_player_too_many_is_refused_and_nothing_of_it_is_recorded() -> None:
    connections = MemoryConnections()
    connect, outside = edge_over(connections)
    for name in ("ann", "bob", "cyd"):
        connect.open(player(name))
    with pytest.raises(Refused, match="may have in one at once, 3") as refused:
        connect.open(player("dan"))
    assert refused.value.code == "quota_exceeded"
    assert not [said for said in outside.joined if "dan" in said]
    assert {c.player for c in connections.of("acme", "w1")} == {"ann", "bob", "cyd"}


def test_who_is_there_comes_back_and_who_leaves_makes_room() -> None:
    connections = MemoryConnections()
    connect, _ = edge_over(connections)
    for name in ("ann", "bob", "cyd"):
        connect.open(player(name))
    connect.open(player("ann", 2))
    assert [c.id for c in connections.of("acme", "w1") if c.player == "ann"] == ["c-ann-2"]
    connect.close(player("bob"))
    connect.open(player("dan"))


def test_a_quota_that_was_lowered_puts_nobody_out() -> None:
    connections = MemoryConnections()
    for name in ("ann", "bob", "cyd", "dan"):
        connections.add(player(name), 0)
    connect, _ = edge_over(connections)
    with pytest.raises(Refused):
        connect.open(player("eve"))
    assert len(connections.of("acme", "w1")) == 4


@pytest.mark.parametrize("seed", range(200))
def test_of_many_who_come_at_once_no_more_are_let_in_than_there_is_room_for(seed: int) -> None:
    chance = Random(seed)
    connections = Interleaved(chance)
    connect, _ = edge_over(connections)
    waiting = [player(f"p{number}") for number in range(12)]
    inside: set[str] = set()

    def come() -> None:
        if waiting:
            newcomer = waiting.pop()
            try:
                connect.open(newcomer)
            except Refused:
                return
            inside.add(newcomer.player)
            assert len(inside) <= MOST

    connections.between = come
    while waiting:
        come()
    connections.between = lambda: None
    assert {c.player for c in connections.of("acme", "w1")} == inside
    # Those who were refused because of each other try again.
    for number in range(12):
        waiting.append(player(f"q{number}"))
        come()
    assert len(inside) == MOST
