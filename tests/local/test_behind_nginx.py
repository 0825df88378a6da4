"""The page's requests and sockets through nginx, which keeps its connections to the server."""

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest
import uvloop

from lqe.adapters.scenarios import read_source
from lqe.cli.serving import serving
from lqe.local.client import join
from tests.recorded import STONES

NGINX = shutil.which("nginx", path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin")))
WITHIN_S = 60
CONF = """
pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes 1; daemon off;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
  uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
{shown}
}}
"""
pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not here")


def shown() -> str:
    """Return what the operator's page says of nginx."""
    page = (Path(__file__).parents[2] / "docs" / "run.md").read_text()
    return page.partition("```nginx\n")[2].partition("```")[0]


@asynccontextmanager
async def nginx(folder: Path, url: str) -> AsyncIterator[str]:
    """Run nginx before a server, as the operator's page says, and give its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    conf = shown().replace("127.0.0.1:8765", urlsplit(url).netloc)
    conf = conf.replace("server {\n", f"server {{\n  listen 127.0.0.1:{port};\n")
    (folder / "nginx.conf").write_text(CONF.format(folder=folder, shown=conf))
    assert NGINX is not None
    process = await asyncio.create_subprocess_exec(
        NGINX, "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf"), "-p", str(folder)
    )
    try:
        async with asyncio.timeout(WITHIN_S):
            await _until_it_listens(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


async def _until_it_listens(process: asyncio.subprocess.Process, port: int) -> None:
    while process.returncode is None:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
    raise AssertionError(f"nginx ended with {process.returncode}")


def head(url: str) -> tuple[int, int]:
    with urlopen(Request(f"{url}/v1/scenario", method="HEAD"), timeout=WITHIN_S) as answer:
        return answer.status, int(answer.headers["Content-Length"])


def test_everybody_gets_in_through_connections_that_carried_requests(tmp_path: Path) -> None:
    async def scene() -> None:
        async with (
            serving(tmp_path / "data", read_source(STONES), ["127.0.0.1"], 0) as running,
            nginx(tmp_path, running.url) as url,
            AsyncExitStack() as players,
        ):
            for number in range(6):
                status, length = await asyncio.to_thread(head, url)
                assert (status, length > 100) == (200, True)
                player = await players.enter_async_context(join(url, "w1", f"p{number}"))
                assert player.view["you"]["coins"] >= 5.0

    uvloop.run(scene())
