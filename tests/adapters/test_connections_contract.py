"""What every connections adapter does."""

from lqe.ports.push import HEARD_EVERY_US, Connection, Connections

START_US = 1_700_000_000_000_000


def connection(name: str, world: str = "w1", tenant: str = "acme") -> Connection:
    return Connection(name, tenant, world, f"player of {name}", f"session of {name}")


def test_a_world_has_its_connections_in_the_order_they_came(connections: Connections) -> None:
    assert list(connections.of("acme", "w1")) == []
    came = [connection(name) for name in ("c=", "a=", "b=")]
    for number, each in enumerate(came):
        connections.add(each, START_US + number)
    assert list(connections.of("acme", "w1")) == came


def test_one_world_sees_nothing_of_another(connections: Connections) -> None:
    connections.add(connection("a"), START_US)
    assert list(connections.of("acme", "w2")) == []
    assert list(connections.of("acme-2", "w1")) == []
    assert not connections.awake("acme", "w2", START_US)
    connections.remove(connection("a", "w2"))
    assert list(connections.of("acme", "w1")) == [connection("a")]


def test_a_connection_that_is_removed_is_forgotten(connections: Connections) -> None:
    for name in ("a", "b"):
        connections.add(connection(name), START_US)
    for _ in range(2):
        connections.remove(connection("a"))
        assert list(connections.of("acme", "w1")) == [connection("b")]


def test_a_client_that_was_forgotten_does_not_come_back_by_being_heard(
    connections: Connections,
) -> None:
    assert not connections.heard(connection("never there"), START_US)
    connections.add(connection("a"), START_US)
    connections.remove(connection("a"))
    assert not connections.heard(connection("a"), START_US + 2 * HEARD_EVERY_US)
    assert list(connections.of("acme", "w1")) == []
    assert not connections.awake("acme", "w1", 0)


def test_a_world_is_awake_while_somebody_is_heard(connections: Connections) -> None:
    assert not connections.awake("acme", "w1", 0)
    for name in ("a", "b"):
        connections.add(connection(name), START_US)
    assert connections.awake("acme", "w1", START_US)
    assert not connections.awake("acme", "w1", START_US + 1)
    later_us = START_US + HEARD_EVERY_US
    assert connections.heard(connection("b"), later_us), "it was not noted lately"
    assert connections.awake("acme", "w1", later_us)
    assert not connections.awake("acme", "w1", later_us + 1)


def test_who_asks_is_marked_until_it_is_answered(connections: Connections) -> None:
    connections.add(connection("a"), START_US)
    assert [c.asks for c in connections.of("acme", "w1")] == [False]
    connections.ask(connection("a"))
    assert [c.asks for c in connections.of("acme", "w1")] == [True]
    connections.answered(connection("a"))
    assert [c.asks for c in connections.of("acme", "w1")] == [False]
    connections.remove(connection("a"))
    connections.ask(connection("a"))
    assert list(connections.of("acme", "w1")) == []
