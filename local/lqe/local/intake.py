"""The intake of one process: a queue in memory, with an end to what it takes from players."""

from collections import Counter
from collections.abc import Sequence
from queue import Empty, SimpleQueue
from time import sleep

from lqe.errors import Overloaded
from lqe.events import CommandSubmitted
from lqe.ports.intake import Message

_MOST_WAITING = 20_000
_GROUP = 5_000


class QueueIntake:
    """The intake port as a queue. What was not appended is not acknowledged either.

    Of one tenant fewer may wait than of all: what it cannot get stored keeps no other waiting.
    """

    def __init__(self, most: int = _MOST_WAITING, most_of_one: int = _MOST_WAITING) -> None:
        self._queue: SimpleQueue[Message | None] = SimpleQueue()
        self._back: list[Message] = []
        self._most = most
        self._most_of_one = most_of_one
        # By tenant; each is counted by one thread alone, who sends and who takes.
        self._sent: Counter[str] = Counter()
        self._taken: Counter[str] = Counter()

    @classmethod
    def of(cls, tenants: int) -> "QueueIntake":
        """Return the intake of a server of so many tenants: one alone may fill it."""
        return cls(most_of_one=_MOST_WAITING if tenants == 1 else _MOST_WAITING // 2)

    def __len__(self) -> int:
        return len(self._back) + self._queue.qsize()

    def send(self, messages: Sequence[Message]) -> None:
        """Queue the messages, in order; raise Overloaded, for commands, if too many wait already.

        What is no command is always taken: the engine says it once.
        """
        if any(isinstance(m.events[0], CommandSubmitted) for m in messages):
            self._check_room(messages[0].tenant)
        for message in messages:
            self._sent[message.tenant] += 1
            self._queue.put(message)

    def _check_room(self, tenant: str) -> None:
        if self._queue.qsize() >= self._most:
            raise Overloaded(f"{self._most} messages wait to be stored already: send it again")
        if self._sent[tenant] - self._taken[tenant] >= self._most_of_one:
            reason = f"{self._most_of_one} messages of {tenant} wait to be stored already"
            raise Overloaded(f"{reason}: send it again")

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
                self._taken[message.tenant] += 1
                if len(taken) >= _GROUP:
                    return taken, True
                message = self._queue.get_nowait()
        except Empty:
            return taken, True
        return taken, False
