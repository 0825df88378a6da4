"""The intake of one process: a queue in memory, with an end to what it takes from players."""

from collections.abc import Sequence
from queue import Empty, SimpleQueue
from time import sleep

from lqe.errors import Overloaded
from lqe.events import CommandSubmitted
from lqe.ports.intake import Message

_MOST_WAITING = 20_000
_GROUP = 5_000


class QueueIntake:
    """The intake port as a queue. What was not appended is not acknowledged either."""

    def __init__(self, most: int = _MOST_WAITING) -> None:
        self._queue: SimpleQueue[Message | None] = SimpleQueue()
        self._back: list[Message] = []
        self._most = most

    def __len__(self) -> int:
        return len(self._back) + self._queue.qsize()

    def send(self, messages: Sequence[Message]) -> None:
        """Queue the messages, in order; raise Overloaded, for commands, if too many wait already.

        What is no command is always taken: the engine says it once.
        """
        full = self._queue.qsize() >= self._most
        if full and any(isinstance(m.events[0], CommandSubmitted) for m in messages):
            raise Overloaded(f"{self._most} messages wait to be stored already: send it again")
        for message in messages:
            self._queue.put(message)

    def end(self) -> None:
        """Let `take` say that nothing comes after what was queued so far."""
        self._queue.put(None)

    def put_back(self, messages: Sequence[Message]) -> None:
        """Let whoever takes have these again, before all that was sent meanwhile."""
        self._back += messages

    def take(self, gather_s: float = 0.0) -> tuple[list[Message], bool]:
        """Wait for a message, return it with what else came, and whether more may come.

        After the first one, others are let gather for a while.
        """
        taken, self._back = self._back, []
        try:
            message = self._queue.get(block=not taken)
            if gather_s:
                sleep(gather_s)
            while message is not None:
                taken.append(message)
                if len(taken) >= _GROUP:
                    return taken, True
                message = self._queue.get_nowait()
        except Empty:
            return taken, True
        return taken, False
