"""Group commit: one thread that stores what the intake holds, again and again."""

from collections.abc import Callable, Sequence
from threading import Event, Thread
from time import monotonic

import msgspec

from lqe.adapters.clock import SystemClock
from lqe.closing import Close
from lqe.events import ClockAdvanced, CommandSubmitted
from lqe.handlers.append.handler import Append, Appended, Report
from lqe.handlers.append.stamping import Rejection
from lqe.ports.clock import Clock
from lqe.ports.intake import Message
from lqe.ports.log import Logs

from .intake import QueueIntake

_PAUSE_S = 0.25
# Under load a commit waits a little for company: a sync to disk costs the same for one and for all.
_GATHER_S = 0.004
_BUSY = 4
_UNWRITABLE = (
    "the log cannot be written now: nothing is acknowledged; send it again with the same seq"
)
Said = tuple[str, bytes]


class Committed(msgspec.Struct, frozen=True):
    """One group: what was stored, what is to be said to whom, and how long the commit took.

    `at_us` is when it was durable, by the steady clock.
    The logs of the tenants in `unwritable` could not be written.
    """

    appended: Sequence[Appended]
    unwritable: frozenset[str]
    said: Sequence[Said]
    at_us: int
    seconds: float


class _Answers:
    """The push port of the appender: collects receipts, which go out together."""

    def __init__(self) -> None:
        self.said: list[Said] = []

    def send(self, connection: str, data: bytes) -> None:
        self.said.append((connection, data))

    def close(self, connection: str, code: Close, reason: str) -> None:
        raise NotImplementedError  # an appender ends no connection


class Committer:
    """Stores groups and hands each on when it is durable, never before.

    In the thread of the committer, `committed` hears of each group, `failed` of what ended it, and
    `report` of worlds whose log cannot be read. Time passes in worlds by `steady`, which does not
    leap; the log's times are the system clock's.
    Commands that cannot be stored are rejected; what the engine itself has to record is tried
    again until it can be.
    """

    def __init__(
        self,
        intake: QueueIntake,
        logs: Logs,
        committed: Callable[[Committed], None],
        failed: Callable[[BaseException], None],
        report: Report,
        steady: Clock,
    ) -> None:
        self._intake = intake
        self._steady = steady
        self._answers = _Answers()
        self._append = Append(logs, SystemClock(), self._answers, report, steady=steady)
        self._committed = committed
        self._failed = failed
        self._thread = Thread(target=self._run, name="commit", daemon=True)
        self._stopping = Event()

    def start(self) -> None:
        """Start storing."""
        self._thread.start()

    def stop(self) -> None:
        """Store everything that was sent before this call, then end."""
        self._stopping.set()
        self._intake.end()
        self._thread.join()

    def _run(self) -> None:
        try:
            going, busy = True, False
            while going:
                messages, going = self._intake.take(_GATHER_S if busy else 0.0)
                busy = len(messages) >= _BUSY
                if messages:
                    self._commit(messages)
        except BaseException as error:  # noqa: BLE001 - the runtime must hear of anything
            self._failed(error)

    def _commit(self, messages: Sequence[Message]) -> None:
        start = monotonic()
        handled = self._append.handle(messages)
        again = self._rejected(handled.failed)
        said, self._answers.said = self._answers.said, []
        self._committed(
            Committed(
                handled.appended,
                frozenset(m.tenant for m in handled.failed),
                said,
                self._steady.now_us(),
                monotonic() - start,
            )
        )
        if again and not self._stopping.wait(_PAUSE_S):
            self._intake.put_back(again)

    def _rejected(self, failed: Sequence[Message]) -> list[Message]:
        """Reject the commands among what could not be stored; return the rest."""
        again: list[Message] = []
        for message in failed:
            first = message.events[0]
            if message.connection and isinstance(first, CommandSubmitted):
                rejection = Rejection(message, "unavailable", _UNWRITABLE)
                self._answers.send(message.connection, rejection.answer())
            elif not isinstance(first, ClockAdvanced):  # the ticker says it again by itself
                again.append(message)
        return again
