"""What a worker does: it listens, lets its worlds take turns, and says what came of it."""

from time import monotonic
from typing import Final, Protocol

from lqe.errors import Unavailable
from lqe.events import PlayerLeft
from lqe.ports.intake import Message
from lqe.ports.push import Connection

from .backlog import Backlog
from .fold_wiring import Folding
from .link import (
    Behind,
    Closed,
    Figures,
    Finish,
    Finished,
    Opened,
    Stored,
    ToWorker,
    ViewNeeded,
)
from .outbox import Outbox
from .turns import Turns

# While worlds are busy, what comes in this time is folded together: a round has a price.
_ROUND_S: Final = 0.04
_BUSY: Final = 20
# What is said waits so long for company.
_FLUSH_S: Final = 0.005
_AGAIN_S: Final = 0.25
_FIGURES_S: Final = 0.5
# At the end it folds on for so long; the next start does the rest.
_FINISHES_S: Final = 5.0
# So many events of a world may wait to be folded before its players are told to wait as well.
_BEHIND: Final = 2_000
# Worlds kept in memory where nobody is: somebody may come back.
_MOST_IDLE: Final = 30
Key = tuple[str, str]


class Inbox(Protocol):
    """What the server said and nobody has taken yet."""

    def take(self, most_s: float) -> list[ToWorker]:
        """Wait for something to be said, and return all that was; nothing came in `most_s`."""

    def rest(self, seconds: float) -> None:
        """Let messages gather for a while."""


class Worker:
    """Takes what the server says, and serves its worlds in turns: first folds, then views.

    A round is over when everybody who waited was served, or when it is time to show what was done;
    a world that was served in it waits for the next: what comes for it meanwhile is folded at once.
    """

    def __init__(self, folding: Folding, outbox: Outbox, inbox: Inbox) -> None:
        self._folding = folding
        self._outbox = outbox
        self._inbox = inbox
        self._turns = Turns()
        self._backlog = Backlog()
        self._views: dict[Key, dict[str, Connection]] = {}
        self._served: set[Key] = set()
        # What is for the next round, and what something outside did not answer for in this one.
        self._later: dict[Key, None] = {}
        self._unanswered: dict[Key, None] = {}
        self._idle: dict[Key, None] = {}
        self._known: set[Key] = set()
        self._behind: set[Key] = set()
        self._going = True
        self._events = 0
        self._lags_us: list[int] = []
        self._told_at = self._flushed_at = monotonic()

    def run(self) -> None:
        """Work until the server says `Finish`."""
        while self._going:
            self._round()
        self._begin_round()
        ends = monotonic() + _FINISHES_S
        while self._turns and monotonic() < ends:
            self._serve()
        self._folding.fold.settle()
        self._folding.mark.clear()
        self._figures(at_once=True)
        self._outbox.say(Finished())
        self._outbox.flush()

    def _round(self) -> None:
        ends = monotonic() + _ROUND_S
        stored = self._listen(0.0 if self._turns or self._later else _AGAIN_S)
        self._begin_round()
        while self._turns and monotonic() < ends:
            self._serve()
            stored += self._listen(0.0)
            if monotonic() - self._flushed_at >= _FLUSH_S:
                self._flush()
        self._figures(at_once=False)
        self._flush()
        if self._going and stored > _BUSY and not self._turns:
            self._inbox.rest(ends - monotonic())

    def _begin_round(self) -> None:
        self._served.clear()
        waiting = [*self._later, *self._unanswered]
        self._later, self._unanswered = {}, {}
        for appended in self._folding.fold.due():
            self._backlog.add(appended)
            waiting.append((appended.tenant, appended.world))
        for key in waiting:
            self._wait(key)

    def _flush(self) -> None:
        self._outbox.flush()
        self._flushed_at = monotonic()

    def _listen(self, most_s: float) -> int:
        """Take in what the server says; return how many commits were among it."""
        stored = 0
        for message in self._inbox.take(most_s):
            if isinstance(message, Stored):
                stored += 1
                appended = message.appended
                self._backlog.add(appended, message.at_us)
                self._wait((appended.tenant, appended.world))
            elif isinstance(message, Opened):
                self._folding.connections.add(message.connection, 0)
            elif isinstance(message, Closed):
                self._folding.connections.remove(message.connection)
            elif isinstance(message, ViewNeeded):
                connection = message.connection
                key = (connection.tenant, connection.world)
                self._views.setdefault(key, {})[connection.id] = connection
                self._wait(key)
            elif isinstance(message, Finish):
                self._going = False
        return stored

    def _wait(self, key: Key) -> None:
        if key in self._served:
            self._later[key] = None
        else:
            self._turns.put(key, played=self._is_played(key))

    def _is_played(self, key: Key) -> bool:
        return bool(self._folding.connections.of(*key))

    def _serve(self) -> None:
        """Serve the world whose turn it is for as long as a turn lasts."""
        turn = self._folding.turn
        key = self._turns.take()
        turn.begin()
        self._served.add(key)
        reached = self._fold(key)
        shown = self._show(key)
        goes_on = not (reached and shown)
        if goes_on and not turn.is_over():
            self._unanswered[key] = None
            goes_on = False
        self._drop_idle(key)
        self._folding.mark.clear()
        self._turns.done(turn.end(), again=goes_on)

    def _fold(self, key: Key) -> bool:
        """Fold what waits of a world; say whether its end was reached."""
        waiting = self._backlog.take(key)
        if waiting is None:
            return True
        if self._folding.fold.handle(waiting.batch(key)):
            warm = self._folding.worlds.warm(*key)
            position = warm.position if warm is not None else -1
            self._backlog.put_back(key, waiting, position)
            self._say_behind(key, waiting.stop - 1 - position if warm is not None else 0)
            return False
        self._say_behind(key, 0)
        self._note(key)
        now_us = self._folding.clock.now_us()
        self._events += waiting.events
        self._lags_us += [now_us - stored_us for stored_us in waiting.stored_us]
        return True

    def _say_behind(self, key: Key, events: int) -> None:
        """Say of a world that too much of it waits, and when most of that is folded."""
        was = key in self._behind
        if was and events < _BEHIND // 2:
            self._behind.discard(key)
            self._outbox.say(Behind(*key, is_behind=False))
        elif not was and events >= _BEHIND:
            self._behind.add(key)
            self._outbox.say(Behind(*key, is_behind=True))

    def _note(self, key: Key) -> None:
        """Say which code is in force in a world, and let sessions go that nobody holds any more."""
        self._folding.say_in_force(*key)
        if key not in self._known and self._folding.worlds.in_force(*key):
            self._known.add(key)
            self._let_go(key)

    def _let_go(self, key: Key) -> None:
        """Let sessions leave whose sockets ended with a process before this one."""
        here = {c.id for c in self._folding.connections.of(*key)}
        for player, session, connection in self._folding.worlds.connected(*key):
            if connection not in here:
                left = PlayerLeft(player=player, session=session, connection=connection)
                message_id = f"gone:{connection}"
                message = Message(id=message_id, tenant=key[0], world=key[1], events=(left,))
                self._folding.intake.send([message])

    def _show(self, key: Key) -> bool:
        """Answer who asked for a view of a world; say whether everybody was answered."""
        views = self._views.get(key, {})
        for connection in list(views.values()):
            try:
                self._folding.view.handle(connection)
            except Unavailable:
                return False
            del views[connection.id]
            if views and self._folding.turn.is_over():
                return False
        self._views.pop(key, None)
        return True

    def _drop_idle(self, key: Key) -> None:
        """Keep few worlds in memory where nobody is, those that were served last.

        Thousands of them that were opened at once would fill it while their effects wait.
        """
        self._idle.pop(key, None)
        if self._is_played(key):
            return
        self._idle[key] = None
        worlds, fold = self._folding.worlds, self._folding.fold
        if len(self._idle) > _MOST_IDLE:
            for other in self._idle:
                if not (other in self._backlog or worlds.is_held(other)):
                    fold.settle_world(other)
                    worlds.drop(*other)
                    del self._idle[other]
                    return

    def _figures(self, *, at_once: bool) -> None:
        now = monotonic()
        if (at_once or now - self._told_at >= _FIGURES_S) and self._events:
            lags, self._lags_us = self._lags_us, []
            self._outbox.say(Figures(self._events, lags))
            self._events, self._told_at = 0, now
