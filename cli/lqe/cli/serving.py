"""A runtime and its server, started together and stopped in order."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click
import msgspec

from lqe.local.bus import Observer
from lqe.local.folder import warning_of
from lqe.local.runtime import Runtime
from lqe.local.server import Server
from lqe.local.settings import Settings
from lqe.source import Source

from .pass_over import advice

if TYPE_CHECKING:
    from lqe.local.development_issuer import DevelopmentIssuer


class Serving(msgspec.Struct):
    """A running server: its runtime and where it listens; `ended` is set when it cannot go on.

    `astray` says at the end whose logs are not where they were.
    """

    runtime: Runtime
    url: str
    ended: asyncio.Event
    failures: list[BaseException]
    astray: list[str]


@asynccontextmanager
async def serving(
    folder: Path,
    source: Source,
    hosts: Sequence[str],
    port: int,
    *,
    settings: Settings | None = None,
    observers: Sequence[Observer] = (),
    issuer: "DevelopmentIssuer | None" = None,
) -> AsyncIterator[Serving]:
    """Serve a scenario over a data folder until the block ends; nothing recorded is lost."""
    ended = asyncio.Event()
    failures: list[BaseException] = []
    astray: list[str] = []

    def failed(error: BaseException) -> None:
        failures.append(error)
        click.echo(f"the engine stopped: {error!r}", err=True)
        ended.set()

    def report(tenant: str, world: str, error: BaseException) -> None:
        stands = bool(tenant) and runtime.cursors.tenant(tenant).get(world).stuck is not None
        more = f"\n  {advice(quote(str(folder)), tenant, world)}" if stands else ""
        what = f"world {world} of {tenant} stands still" if tenant else world
        sys.stderr.write(f"{what}: {error}{more}\n")

    runtime = Runtime(
        folder, source, report=report, failed=failed, settings=settings, observers=observers
    )
    await runtime.start()
    server = Server(runtime, issuer=issuer)
    try:
        async with server.serve(hosts, port) as listening:
            for said in (warning_of(folder), *server.problems()):
                if said:
                    click.echo(said, err=True)
            yield Serving(runtime, listening.url, ended, failures, astray)
    finally:
        astray += runtime.troubles.astray(runtime.settings.served)
        await runtime.stop(server.say_goodbye)
