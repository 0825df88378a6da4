"""The first command in a process of `submit` that a warm-up started, and in one that it starts."""

import base64
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Final

import msgspec

from lqe.adapters.scenarios import read_source
from lqe.handlers.warming import WarmUp
from lqe.ports.cursors import Cursor

from .measure import Result, prepared, times

_SAMPLE = Path(__file__).parent.parent / "samples" / "sales_simulator"
_TENANT, _WORLD = "bench", "w"
_ROUNDS = 5
_DONE: Final = "# done"
# A process as Lambda starts one: the function is imported, then it is called, event by event.
_PROCESS: Final = f"""
import json, sys
from lqe.handlers.submit.function import lambda_handler

class Context:
    aws_request_id = "bench"

    def get_remaining_time_in_millis(self):
        return 10_000

for line in sys.stdin:
    assert lambda_handler(json.loads(line), Context()) in (None, {{"statusCode": 200}})
    print("{_DONE}", flush=True)
"""


class _Services(BaseHTTPRequestHandler):
    """DynamoDB and SQS, as far as a command that is in order asks them. They answer at once."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body of an answer in one packet
    cursor: bytes
    queued: list[str]

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = json.dumps(self._answer(self.headers["X-Amz-Target"].partition(".")[2], asked))
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer.encode())

    def _answer(self, operation: str, asked: Any) -> Mapping[str, Any]:
        if operation == "SendMessageBatch":
            self.queued += [entry["MessageBody"] for entry in asked["Entries"]]
            return {"Successful": [{"Id": entry["Id"]} for entry in asked["Entries"]]}
        if operation == "GetItem" and asked["Key"]["sk"] == {"S": "cursor"}:
            body = base64.b64encode(self.cursor).decode()
            return {"Item": {**asked["Key"], "body": {"B": body}}}
        return {"Items": []} if operation == "Query" else {}

    def log_message(self, format: str, *_: Any) -> None:  # noqa: A002 - the library's name
        pass


class _Processes:
    """Processes of `submit`, one after the other."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._running: subprocess.Popen[str] | None = None

    def cold(self) -> Callable[[], None]:
        """Return a first command that starts the process it comes to."""
        self.end()

        def act() -> None:
            self._start()
            self._call(_command(1))

        return act

    def warm(self) -> Callable[[], None]:
        """Start a process by a warm-up; return the first command that comes to it."""
        self.end()
        self._start()
        self._call(WarmUp(_TENANT, _WORLD).encode())
        return lambda: self._call(_command(1))

    def end(self) -> None:
        """Let the process end."""
        if self._running is not None:
            self._running.communicate()
            assert self._running.returncode == 0
            self._running = None

    def _start(self) -> None:
        pipe = subprocess.PIPE
        self._running = subprocess.Popen(
            [sys.executable, "-c", _PROCESS],
            stdin=pipe, stdout=pipe, text=True, env=self._environment,
        )  # fmt: skip

    def _call(self, event: bytes) -> None:
        running = self._running
        assert running is not None
        assert running.stdin is not None
        assert running.stdout is not None
        running.stdin.write(event.decode() + "\n")
        running.stdin.flush()
        for line in running.stdout:  # its metrics come before
            if line.startswith(_DONE):
                return
        raise RuntimeError("the process ended before it answered: its error is above")


def _command(seq: int) -> bytes:
    frame = {"type": "commands", "commands": [{"seq": seq, "name": "stop", "args": {}}]}
    attested = {"tenant": _TENANT, "world": _WORLD, "player": "p0", "session": "s"}
    context = {"connectionId": "c0", "requestId": f"r{seq}", "authorizer": attested}
    return msgspec.json.encode({"requestContext": context, "body": json.dumps(frame)})


@contextmanager
def _environment() -> Iterator[Mapping[str, str]]:
    """Run the services; give the environment of a function that was deployed with the sample."""
    source = read_source(_SAMPLE)
    cursor = msgspec.msgpack.encode(Cursor(position=0, scenario=source.digest))
    queued: list[str] = []
    services = type("Services", (_Services,), {"cursor": cursor, "queued": queued})
    with (
        tempfile.TemporaryDirectory() as scenarios,
        ThreadingHTTPServer(("127.0.0.1", 0), services) as server,
    ):
        Path(scenarios, source.digest).write_bytes(source.encode())
        Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        yield {
            **os.environ,
            "AWS_ACCESS_KEY_ID": "bench",
            "AWS_SECRET_ACCESS_KEY": "none",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": address,
            "INTAKE_URL": f"{address}/intake.fifo",
            "SOCKETS_URL": f"{address}/live",
            "SCENARIOS": scenarios,
        }
        server.shutdown()
        assert len(queued) == 2 * _ROUNDS, "every command is queued"


def first_frame() -> Result:
    """A command of the sample in a process that was warmed, against one that starts with it."""
    with _environment() as environment:
        processes = _Processes(environment)
        mine, other = prepared(processes.warm, processes.cold, _ROUNDS)
        processes.end()
    note = "from the start of Python on; the services answer at once, without TLS"
    return times("pool-process", "ms", mine * 1e3, other * 1e3, "a cold process", 0.2, note)
