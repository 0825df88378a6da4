"""A runtime and its server, started together and stopped in order."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from shlex import quote
from traceback import extract_tb
from typing import TYPE_CHECKING

import click
import msgspec

from lqe.errors import LedgerQuestError
from lqe.local.bus import Observer
from lqe.local.folder import warning_of
from lqe.local.runtime import Runtime
from lqe.local.server import Server
from lqe.local.settings import Settings
from lqe.ports.cursors import Cursor, Cursors
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
        sys.stderr.write(f"{told(folder, runtime.cursors, tenant, world, error)}\n")

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


def told(folder: Path, cursors: Cursors, tenant: str, world: str, error: BaseException) -> str:
    """Return what a person reads of something that went wrong: with a world, or with no tenant."""
    if not tenant:
        return f"{world}: {_words(error)}"
    cursor = Cursor()
    with suppress(LedgerQuestError):  # what cannot be read is told all the same
        cursor = cursors.tenant(tenant).get(world)
    stands = " stands still" if cursor.quarantine else ""
    said = f"world {world} of {tenant}{stands}: {_words(error)}"
    if cursor.stuck is None:
        return said
    return f"{said}\n  {advice(quote(str(folder)), tenant, world)}"


def _words(error: BaseException) -> str:
    """Say an error; one that nobody expected with its kind, and where it was raised."""
    if isinstance(error, LedgerQuestError):
        return str(error)
    frames = extract_tb(error.__traceback__)
    place = f" ({frames[-1].filename}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}{place}"
