"""What connections are shown: one player's fault is made good by the next delta."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from lqe.adapters.budget import Unlimited
from lqe.adapters.memory import MemoryConnections
from lqe.closing import Close
from lqe.errors import ViewFailed
from lqe.events import ClockAdvanced, PlayerJoined
from lqe.fold import Fold
from lqe.handlers.tell import Tell
from lqe.handlers.view_faults import FailingViews
from lqe.handlers.worlds import Warm
from lqe.limits import MAX_SHOWN_BYTES
from lqe.patches import apply_patch
from lqe.ports.cursors import Cursor
from lqe.ports.push import Connection
from lqe.replay.script import opened
from lqe.scenario import Rules, Scenario, World
from lqe.wire import Delta, ToClient, View, ViewUnavailable
from tests.recorded import TENANT, WORLD, SteppingClock

SECOND_US = 1_000_000


class Client:
    """What one client makes of what it is sent."""

    def __init__(self) -> None:
        self.position = -1
        self.you: Any = {}
        self.unavailable: list[ViewUnavailable] = []

    def hear(self, data: bytes) -> None:
        message = msgspec.json.decode(data, type=ToClient)
        if isinstance(message, View):
            self.position, self.you = message.position, message.you
        elif isinstance(message, Delta):
            assert message.since == self.position
            self.position, self.you = message.position, apply_patch(self.you, message.you)
        elif isinstance(message, ViewUnavailable):
            self.unavailable.append(message)


class Room:
    """A world of two players, each shown the tick as what only they see."""

    def __init__(self, own_hz: float = 0.0) -> None:
        self.clock, self.fault, self.looks = SteppingClock(), "", 0
        self.more: dict[str, Any] = {}
        self.clients = {"ann": Client(), "bob": Client()}
        self.faults: list[str] = []
        self.closed: list[tuple[str, Close]] = []
        scenario = Scenario("Room", rules=Rules(push_hz=10.0, own_hz=own_hz, keyframe_interval=10))

        @scenario.player_view
        def seen(world: World, player: str) -> dict[str, Any]:
            self.looks += 1
            if player == self.fault:
                raise ValueError(player)
            return {"tick": world.tick} | self.more

        self.connections = connections = MemoryConnections()
        self.tell = Tell(
            connections, self, self.clock, Unlimited(), lambda *said: self._report(said[2])
        )
        self.warm = Warm(TENANT, WORLD, Fold(lambda _: scenario), Cursor())
        self.fold(opened(scenario, "room", 1))
        for name in self.clients:
            connections.add(Connection(name, TENANT, WORLD, name, "s"), 0)
            self.fold(PlayerJoined(player=name, session="s", connection=name))
        self.tell.gather(self.warm)
        self.tell.changed(self.warm)

    def _report(self, error: BaseException) -> None:
        assert isinstance(error, ViewFailed), "the world goes on"
        self.faults.append(str(error))

    def fold(self, event: Any) -> None:
        self.warm.take(self.warm.fold.position + 1, event, 1, Unlimited())

    def pass_time(self) -> None:
        """Let a tick pass, and what changed be told."""
        self.clock.us += SECOND_US // 10
        self.fold(ClockAdvanced(tick=self.warm.fold.core.tick + 1))
        self.tell.changed(self.warm)

    def send(self, connection: str, data: bytes) -> None:
        self.clients[connection].hear(data)

    show = send

    def spread(self, connections: Sequence[str], data: bytes) -> None:
        for connection in connections:
            self.send(connection, data)

    def close(self, connection: str, code: Close, reason: str) -> None:
        assert "fresh" in reason
        self.closed.append((connection, code))


def test_a_player_whose_view_fails_is_passed_over_and_made_good_by_the_next_delta() -> None:
    room = Room()
    room.fault = "ann"
    before = room.clients["ann"].position
    room.pass_time()
    (fault,) = room.faults
    assert fault.startswith("the view for player ann failed with ValueError: ann")
    assert room.clients["ann"].position == before, "it must not seem to be of a later position"
    assert room.clients["bob"].you == {"tick": 1}
    room.fault = ""
    room.pass_time()
    for client in room.clients.values():
        assert (client.position, client.you) == (room.warm.fold.position, {"tick": 2})


@pytest.mark.parametrize(("own_hz", "looks"), [(0.0, 10), (2.0, 2), (5.0, 5)])
def test_what_only_a_player_sees_is_looked_at_as_often_as_the_rules_say(
    own_hz: float, looks: int
) -> None:
    room = Room(own_hz)
    room.looks = 0
    for _ in range(10):
        room.pass_time()
    assert room.looks == looks * len(room.clients)
    assert {c.position for c in room.clients.values()} == {room.warm.fold.position}


def test_a_member_that_becomes_null_is_shown_with_a_whole_view() -> None:
    room = Room()
    for more in ({"won": None}, {"won": None}, {"won": {"by": None}}, {"won": 1}, {}):
        room.more = more
        room.pass_time()
        shown = {"tick": room.warm.fold.core.tick} | more
        assert [client.you for client in room.clients.values()] == [shown, shown]


def test_what_is_too_much_to_send_hides_the_world_till_it_is_less() -> None:
    room = Room()
    ann = room.clients["ann"]
    before, room.more = ann.position, {"text": "x" * MAX_SHOWN_BYTES}
    room.tell.view(Connection("ann", TENANT, WORLD, "ann", "s"), room.warm)
    room.pass_time()
    assert ann.position == before
    assert len(room.faults) == 1, "whoever runs this is told, once"
    room.more = {}
    room.pass_time()
    assert ann.position == room.warm.fold.position


def test_a_view_that_was_asked_for_and_failed_comes_as_soon_as_it_can() -> None:
    room = Room()
    room.fault = "ann"
    ann = room.clients["ann"]
    ann.position = -1
    room.tell.view(Connection("ann", TENANT, WORLD, "ann", "s"), room.warm)
    assert ann.position == -1
    room.fault = ""
    room.pass_time()
    assert (ann.position, ann.you) == (room.warm.fold.position, {"tick": 1})


def test_a_connection_whose_token_has_ended_is_closed_and_no_other() -> None:
    room = Room()
    until_us = room.clock.us + SECOND_US
    ann = Connection("ann", TENANT, WORLD, "ann", "s", until_us=until_us)
    for connection in (ann, replace(ann, id="bob", player="bob", until_us=until_us + 1)):
        room.connections.add(connection, 0)
    room.clock.us = until_us - 1
    room.tell.gather(room.warm)
    assert room.closed == []
    room.clock.us = until_us
    room.tell.gather(room.warm)
    assert room.closed == [("ann", Close.TOKEN_ENDED)]


def test_of_a_view_that_goes_on_failing_its_player_and_the_operator_hear_once() -> None:
    room = Room()
    room.fault = "ann"
    for _ in range(100):
        room.pass_time()
    ann, bob = room.clients["ann"], room.clients["bob"]
    (said,) = ann.unavailable
    assert (said.position, said.tick) == (3, 1), "as of when it failed first"
    assert len(room.faults) == 1
    assert (bob.unavailable, bob.position) == ([], room.warm.fold.position)
    room.fault = ""
    room.pass_time()
    assert (ann.position, ann.you) == (room.warm.fold.position, {"tick": 101})
    room.fault = "ann"
    room.pass_time()
    assert len(ann.unavailable) == 2, "it was available in between"


def test_a_view_that_failed_is_not_tried_again_before_something_has_changed() -> None:
    room = Room()
    room.fault = "ann"
    room.pass_time()
    room.looks = 0
    room.clock.us += SECOND_US
    room.tell.changed(room.warm)
    assert room.looks == 1, "bob's alone"
    room.pass_time()
    assert room.looks == 3


def test_a_view_that_failed_after_long_rests_before_it_is_tried_again() -> None:
    failing = FailingViews()
    failing.failed("", (1, 1), 0, 3 * SECOND_US, TimeoutError())
    assert not failing.may_try("", (2, 2), 30 * SECOND_US)
    assert failing.may_try("", (2, 2), 63 * SECOND_US)
    assert failing.may_try("ann", (1, 1), 0)


def test_who_asks_for_a_view_that_fails_is_answered_each_time() -> None:
    room = Room()
    room.fault = "ann"
    for _ in range(3):
        room.tell.view(Connection("ann", TENANT, WORLD, "ann", "s"), room.warm)
    assert len(room.clients["ann"].unavailable) == 3
    assert len(room.faults) == 1


def test_a_fault_names_the_line_of_the_scenario() -> None:
    code = compile("def seen(world):\n    return {}['lead']\n", "game/__init__.py", "exec")
    names: dict[str, Any] = {}
    exec(code, names)
    try:
        names["seen"](None)
    except KeyError as error:
        said = FailingViews().failed("", (1, 1), 0, 0, error)
    assert said == "KeyError: 'lead', in seen at game/__init__.py, line 2"
