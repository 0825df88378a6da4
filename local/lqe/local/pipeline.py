"""The way of a command in one process: intake, appender, fold, each a queue and a thread."""

from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVar

from lqe.handlers.append.handler import Append, Appended
from lqe.handlers.fold.handler import FoldHandler
from lqe.handlers.view.handler import ViewHandler
from lqe.ports.intake import Message
from lqe.ports.push import Connection

_GROUP = 5_000
_AGAIN_S = 1.0
T = TypeVar("T")
Failed = Callable[[BaseException], None]
Job = Callable[[], None]


class QueueIntake:
    """The intake port as a queue in memory. What was not appended is not acknowledged either."""

    def __init__(self) -> None:
        self.queue: SimpleQueue[Message | None] = SimpleQueue()

    def send(self, messages: Sequence[Message]) -> None:
        """Queue the messages, in order."""
        for message in messages:
            self.queue.put(message)


class Pipeline:
    """Two threads: one appends in groups and hands on, one folds and answers views.

    `failed` hears of an exception that ended a thread: the runtime then has to stop.
    """

    def __init__(
        self,
        intake: QueueIntake,
        append: Append,
        fold: FoldHandler,
        view: ViewHandler,
        failed: Failed,
    ) -> None:
        self._intake = intake
        self._append = append
        self._fold = fold
        self._view = view
        self._failed = failed
        self._ended_badly = False
        self._appended: SimpleQueue[Appended | Connection | Job | None] = SimpleQueue()
        self._viewing: set[str] = set()
        self._threads = [
            Thread(target=self._guard, args=(self._run_append,), name="append", daemon=True),
            Thread(target=self._guard, args=(self._run_fold,), name="fold", daemon=True),
        ]

    def start(self) -> None:
        """Start both threads."""
        for thread in self._threads:
            thread.start()

    def want_view(self, connection: Connection) -> None:
        """Let a connection have its whole view, in turn with the batches; one at a time."""
        if connection.id not in self._viewing:
            self._viewing.add(connection.id)
            self._appended.put(connection)

    def ring(self, appended: Appended) -> None:
        """Let a world be folded up to what was stored before."""
        self._appended.put(appended)

    def then(self, job: Job) -> None:
        """Run a job between batches, where nothing else folds."""
        self._appended.put(job)

    def stop(self) -> None:
        """Append and fold everything that was queued before this call, then end.

        What the last folds attest is appended and folded as well.
        """
        self._intake.queue.put(None)
        for thread in self._threads:
            thread.join()
        while not self._ended_badly and (rest := self._rest()):
            self._fold.handle(self._append.handle(rest).appended)

    def _rest(self) -> list[Message]:
        rest: list[Message] = []
        while not self._intake.queue.empty():
            message = self._intake.queue.get_nowait()
            if message is not None:
                rest.append(message)
        return rest

    def _guard(self, run: Callable[[], None]) -> None:
        try:
            run()
        except BaseException as error:  # noqa: BLE001 - the runtime must hear of anything
            self._ended_badly = True
            self._failed(error)
        finally:
            # Whatever ended this thread, the other one hears of the end.
            self._intake.queue.put(None)
            self._appended.put(None)

    def _run_append(self) -> None:
        going = True
        while going:
            group = _drain(self._intake.queue)
            if group[-1] is None:
                going = False
            handled = self._append.handle([m for m in group if m is not None])
            assert not handled.failed, "a log on this machine stores or raises"
            for appended in handled.appended:
                self._appended.put(appended)

    def _run_fold(self) -> None:
        going = True
        left: list[Appended] = []
        while going:
            group = _drain(self._appended, _AGAIN_S if left else None)
            if group and group[-1] is None:
                going = False
            batch = [*left, *(a for a in group if isinstance(a, Appended))]
            behind = set(self._fold.handle(batch))
            left = [a for a in batch if (a.tenant, a.world) in behind]
            for item in group:
                if isinstance(item, Connection):
                    self._viewing.discard(item.id)
                    self._view.handle(item)
                elif item is not None and not isinstance(item, Appended):
                    item()


def _drain(queue: "SimpleQueue[T]", most_s: float | None = None) -> list[T]:
    """Wait for one item and take what else is there; an end mark (None) is the last one taken.

    Empty only if nothing came in `most_s`.
    """
    try:
        group = [queue.get(timeout=most_s)]
    except Empty:
        return []
    while group[-1] is not None and len(group) < _GROUP:
        try:
            group.append(queue.get_nowait())
        except Empty:
            break
    return group
