"""The HTTP side of an OIDC issuer, in this process: good documents, and every kind of bad ones."""

import contextlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

DISCOVERY, KEYS = "/.well-known/openid-configuration", "/keys"


class Site:
    """Answers each path with (status, headers, body); `slowly` lets bytes drip.

    `asked` are the paths that somebody asked for.
    """

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.asked: list[str] = []
        self.slowly = False
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(self.path)
                status, headers, body = site.answers.get(self.path, (404, {}, b""))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                step = 1 if site.slowly else max(1, len(body))
                with contextlib.suppress(BrokenPipeError):  # who asked has given up
                    for start in range(0, len(body), step):
                        self.wfile.write(body[start : start + step])
                        self.wfile.flush()
                        time.sleep(0.05 if site.slowly else 0)

            def log_message(self, *_: Any) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        self.describes()
        self.says(KEYS, {"keys": [{"kid": "k1"}]})

    def says(self, path: str, value: Any, status: int = 200, **headers: str) -> None:
        self.answers[path] = (status, headers, json.dumps(value).encode())

    def describes(self, **others: Any) -> None:
        self.says(DISCOVERY, {"issuer": self.url, "jwks_uri": self.url + KEYS} | others)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
