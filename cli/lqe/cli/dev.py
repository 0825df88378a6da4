"""`ledgerquest dev`: run a scenario on this machine."""

import asyncio
import signal
from pathlib import Path

import click

from lqe.adapters.scenarios import find_source
from lqe.scenario import Scenario, command_schemas

from .data import DEFAULT_DATA
from .serving import serving


@click.command()
@click.argument("scenario")
@click.option("--data", type=click.Path(path_type=Path), default=DEFAULT_DATA, show_default=True,
              help="Where logs and snapshots are kept.")  # fmt: skip
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8765, show_default=True, help="0 takes a free one.")
def dev(scenario: str, data: Path, host: str, port: int) -> None:
    """Run SCENARIO, a folder or the name of an installed one, until Ctrl-C.

    A world opens when its first player connects to ws://HOST:PORT/worlds/NAME?player=ID.
    Worlds that are in the data folder already go on where they were.
    """
    asyncio.run(_serve(scenario, data, host, port))


def _commands(scenario: Scenario) -> list[str]:
    """Return a line for each command: its name, its arguments, what it does."""
    lines = []
    for name, schema in command_schemas(scenario).items():
        shape = schema["$defs"][schema["$ref"].rpartition("/")[2]]
        summary = str(shape.get("description", "")).partition("\n")[0]
        lines.append(f"{name}({', '.join(shape.get('properties', ()))})  {summary}")
    return lines


async def _serve(scenario: str, data: Path, host: str, port: int) -> None:
    source = find_source(scenario)
    async with serving(data, source, host, port) as running:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, running.ended.set)
        title = running.runtime.scenario.title
        click.echo(
            f"{title} runs at {running.url}  (code {running.runtime.digest:.12}, data {data})"
        )
        for line in _commands(running.runtime.scenario):
            click.echo(f"  {line}")
        click.echo(f"bots:   ledgerquest play {scenario} --url {running.url}")
        click.echo("end it: Ctrl-C")
        await running.ended.wait()
    if running.failures:
        raise click.ClickException("stopped by a failure; what was acknowledged is stored")
    click.echo("stopped; everything that was acknowledged is stored")
