"""An open server as a browser meets it, with pages that are its own and pages that are not."""

import asyncio
from collections.abc import Mapping
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import uvloop
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from lqe.adapters.scenarios import read_source
from lqe.cli.serving import serving
from lqe.local.client import ticket
from lqe.local.settings import Settings
from tests.recorded import STONES

NAMED, FOREIGN = "http://localhost:5173", "http://evil.example"
WITHIN_S = 60
ANN = b'{"world":"w1","player":"ann"}'


def asked(
    url: str, method: str, path: str, headers: Mapping[str, str]
) -> tuple[int, str, str | None]:
    """Return status, code, and which origin may read the answer."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=WITHIN_S)
    try:
        connection.request(method, path, ANN if method == "POST" else None, dict(headers))
        answer = connection.getresponse()
        data = answer.read()
    finally:
        connection.close()
    code = msgspec.json.decode(data).get("code", "") if data else ""
    return answer.status, code, answer.headers.get("Access-Control-Allow-Origin")


async def socket_status(url: str, origin: str = "", name: str = "127.0.0.1") -> int:
    """Return how a socket is answered that a page of an origin opens, or no page if there is none.

    Its ticket is good; `name` is what the server is called.
    """
    address = await asyncio.to_thread(ticket, url, "w1", "ann")
    port = urlsplit(url).port
    called = address.replace("127.0.0.1", name)
    headers = {"Origin": origin} if origin else {}
    try:
        async with connect(called, additional_headers=headers, host="127.0.0.1", port=port):
            return 101
    except InvalidStatus as error:
        return error.response.status_code


def test_pages_of_a_foreign_origin_or_name_do_nothing_here(tmp_path: Path) -> None:
    async def scene() -> None:
        settings = Settings(origins=(NAMED,), workers=1)
        source = read_source(STONES)
        async with serving(tmp_path, source, ["127.0.0.1"], 0, settings=settings) as running:
            url, post = running.url, ("POST", "/v1/tickets")
            for sent, told in (
                ((*post, {"Origin": FOREIGN}), (403, "foreign_origin", None)),
                ((*post, {"Host": "evil.example"}), (421, "unknown_host", None)),
                ((*post, {"Origin": NAMED}), (201, "", NAMED)),
                ((*post, {"Origin": url}), (201, "", None)),
                (("GET", "/v1/health", {"Host": "evil.example"}), (421, "unknown_host", None)),
                (("GET", "/v1/nothing", {"Origin": NAMED}), (404, "not_found", NAMED)),
                (("GET", "/v1/socket", {}), (426, "upgrade_required", None)),
            ):
                assert await asyncio.to_thread(asked, url, *sent) == told
            preflight = {"Origin": NAMED, "Access-Control-Request-Method": "POST"}
            said = await asyncio.to_thread(asked, url, "OPTIONS", "/v1/tickets", preflight)
            assert said == (204, "", NAMED)
            assert await socket_status(url, FOREIGN) == 403
            assert await socket_status(url, NAMED) == 101
            assert await socket_status(url, FOREIGN, "evil.example") == 421
            assert await socket_status(url, name="game.example") == 101, "no browser, no page"

    uvloop.run(scene())
