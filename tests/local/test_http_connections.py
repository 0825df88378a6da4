"""How many connections there may be, and who loses its place."""

from lqe.local.http_connections import HttpConnections


class Connection:
    """A connection that leaves when it is told to end."""

    def __init__(self, connections: HttpConnections) -> None:
        self._connections = connections
        self.ended = False

    def end(self) -> None:
        self.ended = True
        self._connections.leave(self)


class Crowd:
    """Connections to a port with three places, two for one address, and a clock."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.connections = HttpConnections(
            most=3, most_of_one=2, most_held=100, now_s=lambda: self.now_s
        )

    def come(self, address: str) -> Connection | None:
        """Let somebody connect, a minute later; return the connection if there was a place."""
        self.now_s += 60
        return self.come_at_once(address)

    def come_at_once(self, address: str) -> Connection | None:
        connection = Connection(self.connections)
        return connection if self.connections.enter(connection, address) else None


def test_an_address_that_has_too_many_loses_the_one_that_waits_longest() -> None:
    crowd = Crowd()
    first, second = crowd.come("a"), crowd.come("a")
    other = crowd.come("b")
    assert first
    assert second
    assert other
    crowd.connections.works(first)
    crowd.connections.waits(first)
    assert crowd.come("a")
    assert (first.ended, second.ended, other.ended) == (False, True, False)


def test_where_all_are_too_many_the_one_that_waits_longest_goes_whoever_it_is() -> None:
    crowd = Crowd()
    first = crowd.come("a")
    assert first
    assert crowd.come("b")
    assert crowd.come("c")
    assert crowd.come("d")
    assert first.ended
    assert len(crowd.connections) == 3


def test_who_is_being_answered_or_came_just_now_keeps_its_place() -> None:
    crowd = Crowd()
    busy = crowd.come("a")
    assert busy
    crowd.connections.works(busy)
    assert crowd.come("a")
    assert crowd.come_at_once("a") is None
    assert not busy.ended


def test_a_place_that_was_left_is_free() -> None:
    crowd = Crowd()
    for _ in range(20):
        connection = crowd.come_at_once("a")
        assert connection
        connection.end()
        crowd.connections.leave(connection)
    assert len(crowd.connections) == 0


def test_who_sends_halves_of_requests_from_everywhere_holds_a_bounded_amount() -> None:
    crowd = Crowd()
    first, second = crowd.come("a"), crowd.come("b")
    assert first
    assert second
    crowd.connections.holds(first, 60)
    crowd.connections.holds(first, 40)
    crowd.connections.holds(second, 61)
    assert (first.ended, second.ended) == (True, False)
    third = crowd.come("c")
    assert third
    crowd.connections.holds(third, 39)
    assert not second.ended, "what the first one held is free"
