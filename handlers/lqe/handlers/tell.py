"""What connections hear: outcomes, signals, whole views, and what changed since the last one."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from lqe.fold import Outcome
from lqe.handlers.worlds import Sent, Warm
from lqe.ports.clock import Clock
from lqe.ports.push import Connection, Connections, Push
from lqe.wire import Delta, OutcomeSent, SentSignal, View, merge_patch
from lqe.world import World
from lqe.world.signals import EVERYONE, Signal

Report = Callable[[str, str, BaseException], None]
_encode = msgspec.json.Encoder().encode


class Tell:
    """Pushes to the connections of a world, deltas at most as often as its rules say."""

    def __init__(self, connections: Connections, push: Push, clock: Clock, report: Report) -> None:
        self._connections = connections
        self._push = push
        self._clock = clock
        self._report = report
        self._told_us: dict[tuple[str, str], int] = {}
        self._signals: dict[tuple[str, str], list[Signal]] = {}

    def signals(self, tenant: str, world: str, signals: Sequence[Signal]) -> None:
        """Keep signals for the next delta."""
        self._signals.setdefault((tenant, world), []).extend(signals)

    def outcome(
        self, tenant: str, world: str, warm: Warm, outcome: Outcome, *, joined: bool
    ) -> None:
        """Tell a session its outcome; one that joined gets its first view."""
        for connection in self._connections.of(tenant, world):
            if (connection.player, connection.session) != (outcome.player, outcome.session):
                continue
            if joined and outcome.applied:
                self.view(connection, warm)
                continue
            sent = OutcomeSent(
                seq=outcome.seq,
                position=outcome.position,
                tick=outcome.tick,
                code=outcome.code,
                reason=outcome.reason,
                original=outcome.original,
            )
            self._push.send(connection.id, _encode(sent))

    def view(self, connection: Connection, warm: Warm) -> None:
        """Send everything that the connection may see, as of the fold's position."""
        fold = warm.fold
        shared, you = self._documents(connection, warm)
        if shared is None or you is None:
            return
        player = fold.core.players.get(connection.player)
        session = player.session(connection.session) if player else None
        view = View(
            position=fold.position,
            tick=fold.core.tick,
            at_us=warm.at_us,
            tick_us=fold.core.genesis.tick_us,
            world=shared,
            you=you,
            session=connection.session,
            last_seq=session.highest if session else 0,
        )
        warm.sent[connection.id] = Sent(fold.position, shared, you)
        self._push.send(connection.id, _encode(view))

    def _documents(
        self, connection: Connection, warm: Warm
    ) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
        try:
            world = World(warm.fold.core)
            return _shared(warm, world), _private(warm, world, connection)
        except Exception as error:  # noqa: BLE001 - a view that fails hides the world, no more
            self._report(connection.tenant, connection.world, error)
            return None, None

    def changed(self, tenant: str, world: str, warm: Warm) -> None:
        """Send each connection what changed since it was last told, if it is time for that."""
        key = (tenant, world)
        now = self._clock.now_us()
        pause = 1_000_000 / warm.fold.scenario.rules.push_hz
        if now - self._told_us.get(key, 0) < pause:
            return
        self._told_us[key] = now
        signals = self._signals.pop(key, [])
        connections = self._connections.of(tenant, world)
        open_now = {c.id for c in connections}
        warm.sent = {i: sent for i, sent in warm.sent.items() if i in open_now}
        if not warm.sent:
            return
        try:
            self._deltas(warm, connections, signals)
        except Exception as error:  # noqa: BLE001 - a view that fails hides the world, no more
            self._report(tenant, world, error)

    def _deltas(
        self, warm: Warm, connections: Sequence[Connection], signals: Sequence[Signal]
    ) -> None:
        fold, world = warm.fold, World(warm.fold.core)
        shared = _shared(warm, world)
        patches: dict[int, Any] = {}
        for connection in connections:
            sent = warm.sent.get(connection.id)
            if sent is None:
                continue
            patch: Any = patches.get(id(sent.world))
            if patch is None:
                patch = msgspec.Raw(_encode(merge_patch(sent.world, shared)))
                patches[id(sent.world)] = patch
            you = _private(warm, world, connection)
            delta = Delta(
                since=sent.position,
                position=fold.position,
                tick=fold.core.tick,
                at_us=warm.at_us,
                world=patch,  # encoded already, once for all that have seen the same
                you=merge_patch(sent.you, you),
                signals=[
                    SentSignal(s.name, s.tick, s.data)
                    for s in signals
                    if _hears(warm, world, connection, s)
                ],
            )
            warm.sent[connection.id] = Sent(fold.position, shared, you)
            self._push.send(connection.id, _encode(delta))


def _shared(warm: Warm, world: World) -> dict[str, Any]:
    view = warm.fold.scenario.view_shared
    return view(world) if view else {}


def _private(warm: Warm, world: World, connection: Connection) -> dict[str, Any]:
    view = warm.fold.scenario.view_player
    known = connection.player in warm.fold.core.players
    return view(world, connection.player) if view and known else {}


def _hears(warm: Warm, world: World, connection: Connection, signal: Signal) -> bool:
    if signal.audience in (EVERYONE, f"player:{connection.player}"):
        return True
    kind, _, entity = signal.audience.partition(":")
    if kind != "entity":
        return False
    sees = warm.fold.scenario.visibility
    return sees is None or sees(world, connection.player, int(entity))
