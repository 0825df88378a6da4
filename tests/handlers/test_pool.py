"""Worlds that are about to begin: how it is known, and that they are warm when they do."""

from collections.abc import Sequence
from copy import copy

import msgspec
import pytest

from lqe.adapters.scenarios import read_source
from lqe.errors import Unavailable
from lqe.events import AnyEvent, CommandSubmitted, PlayerJoined, PlayerLeft, WorldClosed
from lqe.fold import Fold
from lqe.handlers.append.handler import Appended
from lqe.handlers.fold.handler import FoldHandler
from lqe.handlers.fold.lobby import is_near_quorum
from lqe.handlers.held import Held
from lqe.handlers.worlds import Worlds
from lqe.ports.bus import Published
from lqe.ports.intake import Message
from lqe.replay.script import opened
from lqe.signals import NEAR_QUORUM, QUORUM
from lqe.source import Source
from tests.recorded import STONES, TENANT, WORLD, Recorded, fail

QUORUM_OF_FOUR = b"keyframe_interval=40, quorum=4,"


class Bus:
    """Keeps what was published; may refuse it once."""

    def __init__(self) -> None:
        self.signals: list[Published] = []
        self.is_down = False

    def publish(self, signals: Sequence[Published]) -> None:
        if self.is_down:
            self.is_down = False
            raise Unavailable("no answer")
        self.signals += signals

    def said(self, name: str) -> list[tuple[int, int]]:
        return [(s.position, s.index) for s in self.signals if s.signal.name == name]


class Lobby:
    """Worlds of stones that begin with four players, and a fold with room for so many worlds."""

    def __init__(self, *, room: int = 500) -> None:
        self.game, self.bus, self.room = Recorded(), Bus(), room
        stones = read_source(STONES)
        text = stones.files["__init__.py"].replace(b"keyframe_interval=40,", QUORUM_OF_FOUR)
        source = Source(stones.package, {**stones.files, "__init__.py": text})
        self.digest = self.game.code.keep(source)
        self.loaded: list[str] = []
        self.fold = self.start()

    def start(self) -> FoldHandler:
        """Return a fold that knows nothing but what is stored."""
        fold = self.game.fold_with(self.game.intake, self.bus, fail)
        self.worlds: Worlds = fold._worlds
        self.worlds = fold._worlds = Worlds(
            self.worlds.logs,
            self.worlds.objects,
            self.worlds.cursors,
            lambda _: self.game.code,
            self.game.profile,
            self.worlds.budget,
            most=self.room,
        )
        return fold

    def happens(self, *events: AnyEvent, world: str = WORLD, tenant: str = TENANT) -> None:
        """Record and fold events, one by one."""
        for event in events:
            self.fold.handle(self.record(event, world, tenant))

    def record(
        self, event: AnyEvent, world: str = WORLD, tenant: str = TENANT
    ) -> Sequence[Appended]:
        head = self.game.logs.tenant(tenant).world(world).head()
        message = Message(id=f"m{head}", tenant=tenant, world=world, events=(event,))
        return self.game.append.handle([message]).appended

    def open(self, world: str = WORLD, tenant: str = TENANT) -> None:
        self.happens(
            opened(self.game.code(self.digest), self.digest, 1), world=world, tenant=tenant
        )

    def filled(self, players: int, world: str = WORLD, tenant: str = TENANT) -> None:
        """Open a world, and let players join."""
        self.open(world, tenant)
        self.happens(*map(join, range(players)), world=world, tenant=tenant)

    def is_warm(self, world: str = WORLD, tenant: str = TENANT) -> bool:
        return bool(self.worlds.in_force(tenant, world))


def join(number: int) -> PlayerJoined:
    return PlayerJoined(player=f"p{number}", session="s", connection=f"c{number}")


def leave(number: int) -> PlayerLeft:
    return PlayerLeft(player=f"p{number}", session="s", connection=f"c{number}")


@pytest.fixture
def lobby() -> Lobby:
    return Lobby()


def test_observers_hear_once_that_one_player_is_missing(lobby: Lobby) -> None:
    lobby.filled(2)
    assert lobby.bus.said(NEAR_QUORUM) == []
    lobby.happens(join(2))
    (near,) = [s for s in lobby.bus.signals if s.signal.name == NEAR_QUORUM]
    assert near.signal.data == {"players": 3, "quorum": 4}
    assert (near.position, near.signal.audience) == (3, "observers")
    lobby.happens(join(3))
    assert len(lobby.bus.said(NEAR_QUORUM)) == 1
    assert lobby.bus.said(QUORUM) == [(4, 0)]


def test_the_signal_moves_no_other_from_its_place(lobby: Lobby) -> None:
    lobby.filled(2)
    at_the_keyframe = msgspec.structs.replace(join(2), tick=40)
    lobby.game.clock.us += 40 * 16_000
    lobby.happens(at_the_keyframe)
    places = [(s.signal.name, s.index) for s in lobby.bus.signals if s.position == 3]
    assert places == [("usage", 0), (NEAR_QUORUM, 1)]


@pytest.mark.parametrize(
    ("quorum", "near_from"), [(1, None), (2, 1), (3, 2), (4, 3), (8, 6), (20, 15)]
)
def test_a_quarter_of_a_quorum_may_be_missing(quorum: int, near_from: int | None) -> None:
    lobby = Lobby()
    scenario = copy(lobby.game.code(lobby.digest))
    scenario.rules = msgspec.structs.replace(scenario.rules, quorum=quorum)
    fold = Fold(lambda _: scenario)
    assert not is_near_quorum(fold)
    fold.fold(0, opened(scenario, lobby.digest, 1))
    near = []
    for number in range(quorum):
        fold.fold(number + 1, join(number))
        near.append(is_near_quorum(fold))
    assert near == [near_from is not None and near_from <= n < quorum for n in range(1, quorum + 1)]


def test_a_lobby_that_nears_its_quorum_again_after_some_left_is_told_of_again(
    lobby: Lobby,
) -> None:
    lobby.filled(3)
    lobby.happens(leave(0), leave(1), join(0))
    assert lobby.bus.said(NEAR_QUORUM) == [(3, 0)]
    lobby.happens(join(1))
    assert lobby.bus.said(NEAR_QUORUM) == [(3, 0), (7, 0)]


def test_a_fold_that_starts_cold_says_it_in_the_same_place(lobby: Lobby) -> None:
    lobby.filled(2)
    parts = lobby.record(join(2))
    lobby.bus.is_down = True
    assert lobby.fold.handle(parts) == [(TENANT, WORLD)]
    lobby.start().handle(parts)
    assert lobby.bus.said(NEAR_QUORUM) == [(3, 0)]
    lobby.start().handle(lobby.record(leave(0)))
    assert lobby.bus.said(NEAR_QUORUM) == [(3, 0)]


def others(lobby: Lobby, count: int) -> None:
    """Let so many other worlds be played."""
    for number in range(count):
        lobby.filled(4, f"other-{number}", "globex")


def test_a_world_near_its_quorum_is_warm_however_many_others_are_played() -> None:
    lobby = Lobby(room=100)
    lobby.filled(3)
    lobby.filled(2, "far-from-it")
    others(lobby, 100)
    assert lobby.is_warm()
    assert not lobby.is_warm("far-from-it")


@pytest.mark.parametrize(
    "end",
    [(leave(0), leave(1), leave(2)), (join(3),), (WorldClosed(),)],
    ids=["emptied", "begun", "closed"],
)
def test_its_place_is_let_go_when_nobody_waits_there_any_more(end: tuple[AnyEvent, ...]) -> None:
    lobby = Lobby(room=100)
    lobby.filled(3)
    lobby.happens(*end)
    others(lobby, 100)
    assert not lobby.is_warm()


def test_a_tenant_with_many_lobbies_does_not_take_the_places_of_others() -> None:
    lobby = Lobby(room=100)
    for number in range(5):
        lobby.filled(3, f"lobby-{number}")
    lobby.filled(3, WORLD, "initech")
    others(lobby, 100)
    warm = [number for number in range(5) if lobby.is_warm(f"lobby-{number}")]
    assert warm == [3, 4]  # a fiftieth of the places
    assert lobby.is_warm(WORLD, "initech")


def test_however_many_tenants_wait_nine_places_in_ten_are_for_whoever_plays() -> None:
    held = Held(10, 2)
    keys = [(f"tenant-{number}", "w") for number in range(30)]
    for key in keys:
        held.hold(key)
        held.hold(key)
    assert [key for key in keys if key in held] == keys[-10:]
    held.let_go(keys[-1])
    assert keys[-1] not in held


def test_a_world_that_kept_its_place_is_folded_to_the_same_bytes() -> None:
    args = msgspec.msgpack.encode({"dx": 1.0, "dy": 2.0})
    push = CommandSubmitted(player="p0", session="s", seq=1, name="push", args=args)
    digests = []
    for room in (500, 1):
        lobby = Lobby(room=room)
        lobby.filled(3)
        others(lobby, 2)
        assert lobby.is_warm() == (room == 500)
        lobby.happens(join(3), push)
        lobby.game.clock.us += 80 * 16_000
        lobby.happens(msgspec.structs.replace(push, seq=2))
        stored = lobby.game.stored.names("snapshots/")
        digests.append([(name, lobby.game.stored.get(name)) for name in stored])
    assert digests[0] == digests[1]
    assert len(digests[0]) > 1
