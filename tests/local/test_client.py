"""The client opens the socket that its ticket names, on whatever server that is."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer

import msgspec
import pytest

from lqe.local.client import ticket


def issuing(socket: str) -> type[BaseHTTPRequestHandler]:
    class Issuing(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            body = msgspec.json.encode({"socket": socket})
            self.send_response(201)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Issuing


@pytest.mark.parametrize(
    ("named", "opened"),
    [
        ("/v1/socket?ticket=t", lambda here: f"ws://{here}/v1/socket?ticket=t"),
        ("wss://a.example/live?ticket=acme.t", lambda _: "wss://a.example/live?ticket=acme.t"),
    ],
)
def test_a_socket_is_where_its_ticket_says(named: str, opened: Callable[[str], str]) -> None:
    with HTTPServer(("127.0.0.1", 0), issuing(named)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        here = f"127.0.0.1:{server.server_port}"
        assert ticket(f"http://{here}", "w1", "ann") == opened(here)
        server.shutdown()
