"""Eight processes append to one world at once, also when the network eats their answers."""

import contextlib
import json
import random
import socket
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from lqe.adapters.dynamodb.log import DynamoLogs
from lqe.adapters.dynamodb.table import Table
from lqe.adapters.dynamodb.tables import EVENTS, create_tables
from lqe.codec import Codec
from lqe.events import CommandSubmitted
from tests.dynamodb_local import DynamoDBLocal
from tests.handlers.test_append import Desk, message
from tests.recorded import TENANT, WORLD

WRITERS, FRAMES = 8, 25
SHARE_CUT = 0.15


class CuttingProxy:
    """Passes requests on, and cuts some connections when the request is out, before its answer."""

    def __init__(self, port: int, seed: int) -> None:
        self._to = port
        self._random = random.Random(seed)
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self.cuts = 0
        self._closing = False
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._closing = True
        self._server.close()

    def _accept(self) -> None:
        while not self._closing:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        upstream = socket.create_connection(("127.0.0.1", self._to))
        cut = threading.Event()

        def requests() -> None:
            with contextlib.suppress(OSError):
                while data := client.recv(1 << 16):
                    if b"PutItem" in data and self._random.random() < SHARE_CUT:
                        cut.set()
                    upstream.sendall(data)
            with contextlib.suppress(OSError):
                upstream.shutdown(socket.SHUT_WR)

        threading.Thread(target=requests, daemon=True).start()
        with client, upstream, contextlib.suppress(OSError):
            while data := upstream.recv(1 << 16):
                if cut.is_set():
                    # The table has answered, so it was done; nobody will hear of it.
                    self.cuts += 1
                    client.shutdown(socket.SHUT_RDWR)
                    return
                client.sendall(data)


WRITER = """
import json, sys
from tests.many_writers import write
print(json.dumps(write(*sys.argv[1:])))
"""


def hammer(local: DynamoDBLocal, key: str, port: int) -> list[dict[str, object]]:
    """Let the writers run, each in a process of its own; return what each was told."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(port), key, str(number), str(FRAMES)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(WRITERS)
    ]
    told = []
    for process in processes:
        out, _ = process.communicate(timeout=100)
        assert process.returncode == 0
        told.append(json.loads(out))
    return told


@contextmanager
def proxied(local: DynamoDBLocal, *, cut: bool) -> Iterator[tuple[int, CuttingProxy | None]]:
    if not cut:
        yield local.port, None
        return
    proxy = CuttingProxy(local.port, 1)
    yield proxy.port, proxy
    proxy.close()


@pytest.mark.parametrize("cut", [False, True], ids=["quiet", "cut"])
def test_the_log_has_no_gap_every_receipt_is_true_and_no_command_is_lost_or_twice(
    dynamodb_local: DynamoDBLocal, *, cut: bool
) -> None:
    key = uuid.uuid4().hex
    client = dynamodb_local.client(key)
    create_tables(client, [EVENTS])
    table = Table(client, EVENTS)
    desk = Desk(begun=False)
    desk.log = DynamoLogs(table)  # type: ignore[assignment]
    desk.another().handle([message("o", desk.opening)])
    with proxied(dynamodb_local, cut=cut) as (port, proxy):
        told = hammer(dynamodb_local, key, port)
    if proxy is not None:
        assert proxy.cuts > 0
    decode = Codec().decode
    records = list(DynamoLogs(table).tenant(TENANT).world(WORLD).read())
    assert [r.position for r in records] == list(range(len(records)))
    found = {
        (event.player, event.seq): record.position
        for record in records
        if isinstance(event := decode(record.data), CommandSubmitted)
    }
    wanted = {(f"p{n}", seq) for n in range(WRITERS) for seq in range(1, 2 * FRAMES + 1)}
    assert set(found) == wanted, "every command is there"
    assert len(records) == 1 + len(wanted), "and none of them twice"
    receipts = {(f"p{t['writer']}", seq): p for t in told for seq, p in t["receipts"]}  # type: ignore[attr-defined]
    assert receipts == found
