"""What connections hear: outcomes, signals, whole views, and what changed since the last one."""

import contextlib
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import msgspec

from lqe.closing import LAPSED, Close
from lqe.errors import LimitExceeded, Misconfigured, Unavailable, ViewFailed
from lqe.fold import Outcome
from lqe.fold.outcomes import Code
from lqe.handlers.shown import Audience, Document, Hearing, Sent, Shared, by_what_they_saw
from lqe.handlers.worlds import Warm
from lqe.limits import MAX_SHOWN_BYTES
from lqe.patches import merge_patch
from lqe.ports.budget import Budget, OutOfTime
from lqe.ports.clock import Clock
from lqe.ports.push import Connection, Connections, Display
from lqe.signals import Ending
from lqe.wire import Delta, OutcomeSent, SentSignal, View, ViewUnavailable
from lqe.world import World

Report = Callable[[str, str, BaseException], None]
_encode = msgspec.json.Encoder().encode
_SECOND_US = 1_000_000
_UNAVAILABLE: Final = (
    "the game could not make this view; the world goes on, and it is tried again when it changes"
)
T = TypeVar("T")


class Tell:
    """Pushes to the connections of a world, deltas at most as often as its rules say.

    Best effort: what is not heard here, a client finds missing and asks for.
    """

    def __init__(
        self,
        connections: Connections,
        display: Display,
        clock: Clock,
        budget: Budget,
        report: Report,
    ) -> None:
        self._connections = connections
        self._display = display
        self._clock = clock
        self._budget = budget
        self._report = report

    def gather(self, warm: Warm) -> None:
        """Note who is connected to a world now; nobody, if that cannot be found out.

        Connections whose tokens have ended are closed.
        """
        connections: Sequence[Connection] = ()
        try:
            connections = self._connections.of(warm.tenant, warm.world)
        except Misconfigured as error:
            self._report(warm.tenant, warm.world, error)
        except Unavailable:
            pass  # it is known next time
        if connections is not warm.audience.connections:
            warm.audience = Audience(connections)
        for connection in warm.audience.ended(self._clock.now_us()):
            self._display.close(connection.id, Close.TOKEN_ENDED, LAPSED)

    def outcome(self, warm: Warm, outcome: Outcome, *, joined: bool) -> None:
        """Tell a session its outcome; one that joined gets its first view.

        One that may not join is told why, and its connection ends; of a world that is over, those
        who were in it see how it ended.
        """
        for connection in warm.audience.of(outcome.player, outcome.session):
            if joined and (outcome.applied or _may_look_back(warm, connection)):
                self.view(connection, warm)
            if joined and outcome.applied:
                continue
            sent = OutcomeSent(
                seq=outcome.seq,
                position=outcome.position,
                tick=outcome.tick,
                code=outcome.code,
                reason=outcome.reason,
                original=outcome.original,
            )
            self._display.send(connection.id, _encode(sent))
            if joined:
                self._display.close(connection.id, _why_not(outcome), outcome.reason or "")

    def farewell(self, warm: Warm) -> None:
        """End the connections of a world that is over; its reason goes with them."""
        for connection in warm.audience.connections:
            reason = over(warm.ending or Ending())
            self._display.close(connection.id, Close.WORLD_OVER, reason)

    def view(self, connection: Connection, warm: Warm, *, follows: bool = True) -> None:
        """Send everything that the connection may see, as of the fold's position, or that it fails.

        With `follows`, the deltas of this process go on from there.
        """
        if not self._view(connection, warm, follows=follows):
            warm.views.told.discard(connection.id)
            self._say_unavailable(warm, [connection])

    def _view(self, connection: Connection, warm: Warm, *, follows: bool = True) -> bool:
        fold, world = warm.fold, World(warm.fold.core)
        shared = self._tried(warm, "", lambda: _shared(warm, world))
        you = None if shared is None else self._tried_own(warm, world, connection)
        if shared is None or you is None:
            # Whoever asked has lost track of what was sent: the next push begins anew.
            warm.sent.pop(connection.id, None)
            return False
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
            ended=warm.ending,
        )
        data = _encode(view)
        if not self._fits(warm, connection.player, data):
            warm.sent.pop(connection.id, None)
            return False
        warm.views.told.discard(connection.id)
        if follows:
            now_us = self._clock.now_us()
            warm.sent[connection.id] = Sent(Shared(fold.position, shared), you, now_us)
        self._display.show(connection.id, data)
        return True

    def _fits(self, warm: Warm, player: str, data: bytes) -> bool:
        """Say whether something may be sent; what is too much hides the world, no more."""
        if len(data) <= MAX_SHOWN_BYTES:
            return True
        reason = (
            f"what is shown has {len(data)} bytes, and at most {MAX_SHOWN_BYTES} are sent at once: "
            "let the views and signals say less"
        )
        self._failed(warm, player, self._clock.now_us(), LimitExceeded(reason))
        return False

    def _tried_own(self, warm: Warm, world: World, connection: Connection) -> Document | None:
        return self._tried(warm, connection.player, lambda: _private(warm, world, connection))

    def _tried(self, warm: Warm, player: str, make: Callable[[], T]) -> T | None:
        """Return what scenario code makes for a player, or for all; None if it fails, and tell."""
        began_us = self._clock.now_us()
        if not warm.views.may_try(player, _state_of(warm), began_us):
            return None
        try:
            with self._budget.one_event():
                made = make()
        except (Exception, OutOfTime) as error:  # noqa: BLE001 - it hides the world, no more
            self._failed(warm, player, began_us, error)
            return None
        warm.views.worked(player)
        return made

    def _failed(self, warm: Warm, player: str, began_us: int, error: BaseException) -> None:
        """Note that what is shown to a player, or to all, cannot be; tell it if that is news."""
        now_us = self._clock.now_us()
        what = warm.views.failed(player, _state_of(warm), began_us, now_us, error)
        if what:
            whose = f"player {player}" if player else "everybody"
            failed = ViewFailed(f"the view for {whose} failed with {what}; the world goes on")
            failed.__cause__ = error
            self._report(warm.tenant, warm.world, failed)

    def _say_unavailable(self, warm: Warm, connections: Sequence[Connection]) -> None:
        """Tell those who do not know it yet that there is nothing to see for the time being."""
        said = ViewUnavailable(warm.fold.position, warm.fold.core.tick, _UNAVAILABLE)
        for connection in connections:
            if connection.id not in warm.views.told:
                warm.views.told.add(connection.id)
                self._display.send(connection.id, _encode(said))

    def changed(self, warm: Warm, *, at_once: bool = False) -> None:
        """Send each connection what changed since it was last told, if it is time or `at_once`.

        One that this process has told nothing yet gets its view, once it has joined.
        """
        if warm.fold.position < 0 or not (self._is_time(warm) or at_once):
            return
        hearing, warm.untold = Hearing(warm.untold), []
        audience = warm.audience.connections
        told = {c.id for c in audience if not c.asks}
        warm.views.told &= {c.id for c in audience}
        if told != warm.sent.keys():
            warm.sent = {i: sent for i, sent in warm.sent.items() if i in told}
        known = [c for c in audience if c.id in warm.sent]
        if known:
            self._deltas(warm, known, hearing)
        if len(known) == len(audience):
            return
        for connection in audience:
            if connection.id in warm.sent or not _has_joined(warm, connection):
                continue
            if self._budget.is_spent():
                return
            self._anew(connection, warm, hearing)

    def is_due(self, warm: Warm) -> bool:
        """Say whether somebody is there for whom it is time to be told what changed."""
        late, period = self._late(warm, self._clock.now_us())
        return bool(warm.audience.connections) and not -period <= late < 0

    def _late(self, warm: Warm, now_us: int) -> tuple[float, float]:
        """Return by how much a push is late, below 0 if it is early, and the time between two."""
        period = _SECOND_US / warm.fold.scenario.rules.push_hz
        return now_us - warm.told_us - period, period

    def _is_time(self, warm: Warm) -> bool:
        """Say whether a push is due; one that is late does not make the next one late as well."""
        now = self._clock.now_us()
        late, period = self._late(warm, now)
        if -period <= late < 0:
            return False
        warm.told_us = now - int(late) if 0 <= late < period else now
        return True

    def _anew(self, connection: Connection, warm: Warm, hearing: Hearing) -> None:
        """Send a connection its view, and the signals that it would have had with a delta."""
        if connection.asks:
            with contextlib.suppress(Unavailable):
                self._connections.answered(connection)
        if not self._view(connection, warm):
            self._say_unavailable(warm, [connection])
        sent = warm.sent.get(connection.id)
        heard = self._heard(warm, World(warm.fold.core), connection, hearing)
        if sent is not None and heard:
            position = sent.shared.position
            self._send_delta(warm, [connection.id], position, signals=heard)

    def _heard(
        self, warm: Warm, world: World, connection: Connection, hearing: Hearing
    ) -> list[SentSignal]:
        """Return the signals whose audience a connection is of; fewer if finding out fails."""
        heard = hearing.by(connection.player)
        if not hearing.of_entities:
            return heard
        sees = warm.fold.scenario.visibility

        def seen() -> list[SentSignal]:
            return [
                signal
                for entity, signal in hearing.of_entities
                if sees is None or sees(world, connection.player, entity)
            ]

        return heard + (self._tried(warm, f"{connection.player}, of signals", seen) or [])

    def _deltas(self, warm: Warm, connections: Sequence[Connection], hearing: Hearing) -> None:
        world = World(warm.fold.core)
        document = self._tried(warm, "", lambda: _shared(warm, world))
        if document is None:
            self._say_unavailable(warm, connections)
            return
        now = Shared(warm.fold.position, document)
        for shared, group in by_what_they_saw(connections, warm.sent):
            changed = merge_patch(shared.world, now.world)
            # Encoded once for all that have seen the same.
            patch = msgspec.Raw(_encode(changed))
            alike: list[str] = []
            for connection in group:
                if self._budget.is_spent():
                    break
                sent = warm.sent[connection.id]
                you = self._own(warm, world, connection, sent)
                if you is None:
                    # It goes on from what it has been shown, with the next delta.
                    self._say_unavailable(warm, [connection])
                    continue
                warm.views.told.discard(connection.id)
                own = merge_patch(sent.you, you)
                if changed is None or own is None:
                    self._anew(connection, warm, hearing)
                    continue
                sent.shared, sent.you = now, you
                heard = self._heard(warm, world, connection, hearing)
                if not own and not heard:
                    alike.append(connection.id)
                    continue
                self._send_delta(warm, [connection.id], shared.position, patch, own, heard)
            if alike:
                self._send_delta(warm, alike, shared.position, patch)
            if self._budget.is_spent():
                return

    def _own(self, warm: Warm, world: World, connection: Connection, sent: Sent) -> Document | None:
        """Return what only this player sees; None if that cannot be found out.

        It is what was sent as long as it is not time to look.
        """
        own_hz = warm.fold.scenario.rules.own_hz
        if own_hz and 0 <= warm.told_us - sent.own_us < _SECOND_US / own_hz:
            return sent.you
        you = self._tried_own(warm, world, connection)
        if you is not None:
            sent.own_us = warm.told_us
        return you

    def _send_delta(
        self,
        warm: Warm,
        to: Sequence[str],
        since: int,
        world: Any = {},  # noqa: B006 - read only
        you: Document = {},  # noqa: B006 - read only
        signals: Sequence[SentSignal] = (),
    ) -> None:
        delta = Delta(
            since=since,
            position=warm.fold.position,
            tick=warm.fold.core.tick,
            at_us=warm.at_us,
            world=world,
            you=you,
            signals=list(signals),
        )
        data = _encode(delta)
        if self._fits(warm, "", data):
            self._display.spread(to, data)
            return
        for connection in to:
            warm.sent.pop(connection, None)  # the next push begins anew


def _state_of(warm: Warm) -> tuple[int, int]:
    return warm.fold.position, warm.fold.core.tick


def over(ending: Ending) -> str:
    """Return what is said to whoever is disconnected from a world that is over."""
    return f"the world is closed: {ending.reason}" if ending.reason else "the world is closed"


def _why_not(outcome: Outcome) -> Close:
    """Return how a join that was refused is closed: for good, or to come back in a while."""
    if outcome.code == Code.WORLD_CLOSED:
        return Close.WORLD_OVER
    later = outcome.code in (Code.WORLD_FULL, Code.WORLD_FAULTED)
    return Close.NOT_NOW if later else Close.NOT_LET_IN


def _may_look_back(warm: Warm, connection: Connection) -> bool:
    return warm.ending is not None and connection.player in warm.fold.core.players


def _has_joined(warm: Warm, connection: Connection) -> bool:
    player = warm.fold.core.players.get(connection.player)
    return player is not None and player.session(connection.session) is not None


def _shared(warm: Warm, world: World) -> Document:
    view = warm.fold.scenario.view_shared
    return _copy(view(world)) if view else {}


def _private(warm: Warm, world: World, connection: Connection) -> Document:
    view = warm.fold.scenario.view_player
    known = connection.player in warm.fold.core.players
    return _copy(view(world, connection.player)) if view and known else {}


def _copy(document: Document) -> Document:
    """Return a document as a client reads it; the world goes on with lists that it may hold."""
    copied: Document = msgspec.json.decode(_encode(document))
    return copied
