"""What connections hear: outcomes, signals, whole views, and what changed since the last one."""

import contextlib
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from lqe.errors import Misconfigured, Unavailable
from lqe.fold import Outcome
from lqe.handlers.worlds import Sent, Warm
from lqe.ports.budget import Budget, OutOfTime
from lqe.ports.clock import Clock
from lqe.ports.push import Connection, Connections, Push
from lqe.signals import EVERYONE, Signal
from lqe.wire import Delta, OutcomeSent, SentSignal, View, merge_patch
from lqe.world import World

Report = Callable[[str, str, BaseException], None]
_encode = msgspec.json.Encoder().encode


class Tell:
    """Pushes to the connections of a world, deltas at most as often as its rules say.

    Best effort: what is not heard here, a client finds missing and asks for.
    """

    def __init__(
        self,
        connections: Connections,
        push: Push,
        clock: Clock,
        budget: Budget,
        report: Report,
    ) -> None:
        self._connections = connections
        self._push = push
        self._clock = clock
        self._budget = budget
        self._report = report

    def audience(self, warm: Warm) -> Sequence[Connection]:
        """Return who is connected to a world now; nobody, if that cannot be found out."""
        try:
            return self._connections.of(warm.tenant, warm.world)
        except Misconfigured as error:
            self._report(warm.tenant, warm.world, error)
        except Unavailable:
            pass  # it is known next time
        return ()

    def outcome(self, warm: Warm, outcome: Outcome, *, joined: bool) -> None:
        """Tell a session its outcome; one that joined gets its first view."""
        for connection in warm.audience:
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

    def view(self, connection: Connection, warm: Warm, *, follows: bool = True) -> None:
        """Send everything that the connection may see, as of the fold's position.

        With `follows`, the deltas of this process go on from there.
        """
        fold = warm.fold
        try:
            with self._budget.one_event():
                world = World(fold.core)
                shared, you = _shared(warm, world), _private(warm, world, connection)
        except (Exception, OutOfTime) as error:  # noqa: BLE001 - it hides the world, no more
            self._report(warm.tenant, warm.world, error)
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
        if follows:
            warm.sent[connection.id] = Sent(fold.position, shared, you)
        self._push.send(connection.id, _encode(view))

    def changed(self, warm: Warm) -> None:
        """Send each connection what changed since it was last told, if it is time for that.

        One that this process has told nothing yet gets its view, once it has joined.
        """
        if warm.fold.position < 0:
            return
        now = self._clock.now_us()
        if 0 <= now - warm.told_us < 1_000_000 / warm.fold.scenario.rules.push_hz:
            return
        warm.told_us = now
        signals, warm.untold = warm.untold, []
        told = {c.id for c in warm.audience if not c.asks}
        warm.sent = {i: sent for i, sent in warm.sent.items() if i in told}
        known = [c for c in warm.audience if c.id in warm.sent]
        new = [c for c in warm.audience if c.id not in warm.sent and _has_joined(warm, c)]
        if known:
            self._deltas(warm, known, signals)
        for connection in new:
            if self._budget.is_spent():
                return
            self._anew(connection, warm, signals)

    def _anew(self, connection: Connection, warm: Warm, signals: Sequence[Signal]) -> None:
        """Send a connection its view, and the signals that it would have had with a delta."""
        if connection.asks:
            with contextlib.suppress(Unavailable):
                self._connections.answered(connection)
        self.view(connection, warm)
        sent = warm.sent.get(connection.id)
        heard = self._heard(warm, connection, signals)
        if sent is not None and heard:
            only_signals = Delta(
                since=sent.position,
                position=sent.position,
                tick=warm.fold.core.tick,
                at_us=warm.at_us,
                signals=heard,
            )
            self._push.send(connection.id, _encode(only_signals))

    def _heard(
        self, warm: Warm, connection: Connection, signals: Sequence[Signal]
    ) -> list[SentSignal]:
        """Return those of the signals whose audience a connection is of; none if that fails."""
        world = World(warm.fold.core)
        try:
            with self._budget.one_event():
                return [
                    SentSignal(s.name, s.tick, s.data)
                    for s in signals
                    if _hears(warm, world, connection, s)
                ]
        except (Exception, OutOfTime) as error:  # noqa: BLE001 - one player's signals, no more
            self._report(warm.tenant, warm.world, error)
            return []

    def _deltas(
        self, warm: Warm, connections: Sequence[Connection], signals: Sequence[Signal]
    ) -> None:
        world = World(warm.fold.core)
        patches: dict[int, Any] = {}
        try:
            with self._budget.one_event():
                shared = _shared(warm, world)
        except (Exception, OutOfTime) as error:  # noqa: BLE001 - it hides the world, no more
            self._report(warm.tenant, warm.world, error)
            return
        for connection in connections:
            if self._budget.is_spent():
                return
            sent = warm.sent[connection.id]
            patch: Any = patches.get(id(sent.world))
            if patch is None:
                patch = msgspec.Raw(_encode(merge_patch(sent.world, shared)))
                patches[id(sent.world)] = patch
            try:
                with self._budget.one_event():
                    you = _private(warm, world, connection)
            except (Exception, OutOfTime) as error:  # noqa: BLE001 - one player's view, no more
                self._report(warm.tenant, warm.world, error)
                continue
            delta = Delta(
                since=sent.position,
                position=warm.fold.position,
                tick=warm.fold.core.tick,
                at_us=warm.at_us,
                world=patch,  # encoded already, once for all that have seen the same
                you=merge_patch(sent.you, you),
                signals=self._heard(warm, connection, signals),
            )
            warm.sent[connection.id] = Sent(warm.fold.position, shared, you)
            self._push.send(connection.id, _encode(delta))


def _has_joined(warm: Warm, connection: Connection) -> bool:
    player = warm.fold.core.players.get(connection.player)
    return player is not None and player.session(connection.session) is not None


def _shared(warm: Warm, world: World) -> dict[str, Any]:
    view = warm.fold.scenario.view_shared
    return _copy(view(world)) if view else {}


def _private(warm: Warm, world: World, connection: Connection) -> dict[str, Any]:
    view = warm.fold.scenario.view_player
    known = connection.player in warm.fold.core.players
    return _copy(view(world, connection.player)) if view and known else {}


def _copy(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document as a client reads it; the world goes on with lists that it may hold."""
    copied: dict[str, Any] = msgspec.json.decode(_encode(document))
    return copied


def _hears(warm: Warm, world: World, connection: Connection, signal: Signal) -> bool:
    if signal.audience in (EVERYONE, f"player:{connection.player}"):
        return True
    kind, _, entity = signal.audience.partition(":")
    if kind != "entity":
        return False
    sees = warm.fold.scenario.visibility
    return sees is None or sees(world, connection.player, int(entity))
