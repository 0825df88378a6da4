"""`ledgerquest dev`: run a scenario on this machine while it is being written."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import click
import uvloop

from lqe.adapters.scenarios import find_source
from lqe.local.development_issuer import DevelopmentIssuer
from lqe.local.folder import prepare
from lqe.local.runtime import Runtime
from lqe.local.settings import TENANT, Settings
from lqe.scenario import Scenario, command_schemas

from .reload import take_up, watched
from .serve import only_here, say_how_it_ended, until_ended, where
from .serving import serving


@click.command()
@click.argument("scenario")
@where
@click.option(
    "--tenant",
    "tenants",
    multiple=True,
    help=f"Serve this tenant beside {TENANT}, to who shows a token of it; can be repeated.",
)
def dev(
    scenario: str,
    data: Path,
    hosts: tuple[str, ...],
    port: int,
    *,
    tenants: tuple[str, ...],
    **named: Any,
) -> None:
    """Run SCENARIO, a folder or the name of an installed one, until Ctrl-C.

    Play at http://HOST:PORT in a browser. A world opens when its first player comes; worlds that
    are in the data folder already go on where they were. When a file of the folder changes, new
    worlds get the new code, and running ones an upgrade.

    Everybody is let in; who shows a token of `ledgerquest token` is who it names.
    """
    if tenants and not only_here(hosts):
        raise click.UsageError(
            f"--tenant needs tokens, and there are none where the network can reach them: leave it "
            f"out, or leave out --host {' --host '.join(hosts)}"
        )
    if not only_here(hosts):
        click.echo("everybody who reaches this port may play", err=True)
    settings = Settings(tenants=(TENANT, *tenants), players_open_worlds=True, **named)
    uvloop.run(_serve(scenario, data, hosts, port, settings))


def _commands(scenario: Scenario) -> list[str]:
    """Return a line for each command: its name, its arguments, what it does."""
    lines = []
    for name, schema in command_schemas(scenario).items():
        shape = schema["$defs"][schema["$ref"].rpartition("/")[2]]
        summary = str(shape.get("description", "")).partition("\n")[0]
        lines.append(f"{name}({', '.join(shape.get('properties', ()))})  {summary}")
    return lines


@asynccontextmanager
async def _watching(folder: Path, runtime: Runtime) -> AsyncIterator[None]:
    """Take over changes of the folder until the block ends."""
    task = asyncio.create_task(watched(folder, runtime))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _serve(
    scenario: str, data: Path, hosts: Sequence[str], port: int, settings: Settings
) -> None:
    # Whoever can reach an issuer would have reason to trust it: this one is for this machine alone.
    prepare(data)
    issuer = DevelopmentIssuer(data) if only_here(hosts) else None
    source = find_source(scenario)
    async with serving(data, source, hosts, port, settings=settings, issuer=issuer) as running:
        runtime = running.runtime
        title = runtime.scenario.title
        click.echo(f"{title} runs at {running.url}  (code {runtime.digest:.12}, data {data})")
        for line in _commands(runtime.scenario):
            click.echo(f"  {line}")
        click.echo(f"play:   {running.url}/?world=w1&player=ann   (and in another window as bob)")
        click.echo(f"bots:   ledgerquest play {scenario} --url {running.url}")
        if issuer is not None:
            click.echo(f"token:  ledgerquest token --data {data} --player ann --role player")
        click.echo("end it: Ctrl-C")
        take_up(runtime)
        async with _watching(Path(scenario), runtime):
            await until_ended(running)
    say_how_it_ended(running)
