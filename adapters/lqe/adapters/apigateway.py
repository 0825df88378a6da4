"""The push port on API Gateway's WebSockets: one post a message, in parallel, within a budget.

Nothing here is worth failing a batch: a message that is late, throttled or refused is lost, and its
receiver finds the gap in the positions and asks for a view.
"""

import contextlib
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from threading import Condition
from typing import Any, Final

import boto3
import msgspec
from botocore.config import Config
from botocore.exceptions import ClientError

from lqe.adapters.aws.errors import code_of
from lqe.closing import Close
from lqe.wire import Closing

BUDGET_S: Final = 0.150
MAX_BYTES: Final = 128 * 1024
THREADS: Final = 32
_CLOSE = None
_GONE = "GoneException"
# Each costs calls of its own; the rest waits for the next drain.
_GONE_AT_ONCE = 10


class Pushed(msgspec.Struct):
    """How many messages were sent, were not (late, throttled, too large), had nobody to go to."""

    sent: int = 0
    lost: int = 0
    gone: int = 0


class _Waiting(msgspec.Struct, frozen=True):
    """A message on its way, or a connection's end; `batch` is the drain that it belongs to."""

    batch: int
    data: bytes | None


def _thread_pool() -> Executor:
    return ThreadPoolExecutor(THREADS, "push")


class ApiGatewayPush:
    """Posts to connections from threads; whoever sends calls `drain` when the batch is done.

    Messages to one connection go out one after the other, in the order they were sent. `gone`
    hears, in `drain`, of each connection that the service does not know any more.

    A function's threads stand still between its invocations. So `drain` leaves nothing behind that
    would start later; a post that was under way may end in the next invocation, by itself and
    uncounted, and only then does its connection get anything newer. Threads start with the first
    message, never when a function is made: a restored copy of it would not have them.
    """

    def __init__(
        self,
        client: Any,
        *,
        gone: Callable[[str], None] = lambda _: None,
        threads: Callable[[], Executor] = _thread_pool,
    ) -> None:
        self.counts = Pushed()
        self._client = client
        self._heard_gone = gone
        self._threads = threads
        self._pool: Executor | None = None
        self._changed = Condition()
        self._lines: dict[str, deque[_Waiting]] = {}
        self._gone: dict[str, None] = {}
        self._batch = 0
        self._open = 0

    def send(self, connection: str, data: bytes) -> None:
        """Send if it can be done at once; never raise, never repeat."""
        if len(data) > MAX_BYTES:
            with self._changed:
                self.counts.lost += 1
            return
        self._queue(connection, data)

    def show(self, connection: str, data: bytes) -> None:
        """Send a whole view as any other message."""
        self.send(connection, data)

    def spread(self, connections: Sequence[str], data: bytes) -> None:
        """Send one delta to all of them: a post each, for the service has no other way."""
        for connection in connections:
            self.send(connection, data)

    def close(self, connection: str, code: Close, reason: str) -> None:
        """End a connection after what was sent to it, and after a message that says why.

        The service closes with a code of its own.
        """
        self._queue(connection, msgspec.json.encode(Closing(code, reason)))
        self._queue(connection, _CLOSE)

    def drain(self, budget_s: float = BUDGET_S) -> None:
        """Wait until everything is sent, at most so long; what is not by then is lost."""
        with self._changed:
            self._changed.wait_for(lambda: self._open == 0, budget_s)
            for line in self._lines.values():
                line.clear()
            self.counts.lost += self._open
            self._open = 0
            self._batch += 1
            gone = list(self._gone)[:_GONE_AT_ONCE]
            for connection in gone:
                del self._gone[connection]
        for connection in gone:
            # A connection that cannot be forgotten now is found gone again by the next message.
            with contextlib.suppress(Exception):
                self._heard_gone(connection)

    def _queue(self, connection: str, data: bytes | None) -> None:
        with self._changed:
            self._open += 1
            line = self._lines.get(connection)
            if line is not None:
                line.append(_Waiting(self._batch, data))
                return
            self._lines[connection] = deque([_Waiting(self._batch, data)])
            pool = self._pool = self._pool or self._threads()
        # A thread that cannot be started is one fewer; the others, or the drain, see to the line.
        with contextlib.suppress(RuntimeError):
            pool.submit(self._run, connection)

    def _run(self, connection: str) -> None:
        """Send what waits for one connection, in order, until nothing does."""
        while True:
            with self._changed:
                line = self._lines[connection]
                if not line:
                    del self._lines[connection]
                    return
                waiting = line.popleft()
                known_gone = connection in self._gone
            fault = _GONE if known_gone else self._call(connection, waiting.data)
            with self._changed:
                self._settle(connection, waiting, fault)

    def _call(self, connection: str, data: bytes | None) -> str:
        """Make the one call; return why it failed, or nothing."""
        try:
            if data is None:
                self._client.delete_connection(ConnectionId=connection)
            else:
                self._client.post_to_connection(ConnectionId=connection, Data=data)
        except ClientError as error:
            return code_of(error) or "unknown"
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not end the thread
            return type(error).__name__
        return ""

    def _settle(self, connection: str, waiting: _Waiting, fault: str) -> None:
        if fault == _GONE:
            self._gone[connection] = None
        if waiting.batch != self._batch:
            return  # counted as lost by the drain that gave it up
        self._open -= 1
        if fault == _GONE:
            self.counts.gone += 1
        elif fault:
            self.counts.lost += 1
        elif waiting.data is not None:
            self.counts.sent += 1
        if self._open == 0:
            self._changed.notify_all()


def push_client(endpoint_url: str, **options: Any) -> Any:
    """Return a client of the connections of one API and stage, which never repeats a call."""
    config = Config(
        connect_timeout=1,
        read_timeout=1,
        retries={"mode": "standard", "total_max_attempts": 1},
        tcp_keepalive=True,
        max_pool_connections=THREADS,
    )
    return boto3.client(
        "apigatewaymanagementapi", endpoint_url=endpoint_url, config=config, **options
    )
