"""`ledgerquest serve`: run a scenario for others, as an operator does."""

import asyncio
import signal
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import click
import msgspec
import uvloop

from lqe.adapters.oidc import LOOPBACK
from lqe.adapters.scenarios import find_source
from lqe.local.settings import TENANT, Settings

from .data import DEFAULT_DATA
from .serving import Serving, serving

_BOUNDS = {
    "--player-rate": "Commands a second of one player, in all worlds; joins and tickets as many.",
    "--tenant-rate": "Commands a second of one tenant.",
    "--ticket-rate": "Tickets a second of one tenant.",
    "--worlds": "Worlds ever opened of one tenant.",
    "--worlds-a-minute": "Worlds of one tenant opened in a minute; a quarter by one player.",
    "--player-sockets": "Sockets of one player at once, in all worlds.",
    "--tenant-sockets": "Sockets of one tenant at once.",
}


def where(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say where a server keeps its data, listens, and is known."""
    for option in (
        click.option("--allowed-host", "allowed_hosts", multiple=True,
                     help="A name by which this server may be called, beside localhost and "
                     "addresses, where everybody may play; can be repeated."),
        click.option("--proxy", "proxies", multiple=True,
                     help="The address, or network, of a proxy that is believed whom it passes "
                     "requests on for, beside those on this machine; can be repeated."),
        click.option("--origin", "origins", multiple=True,
                     help="The origin of web pages that may play here, beside this server's own; "
                     "can be repeated."),
        click.option("--port", default=8765, show_default=True, help="0 takes a free one."),
        click.option("--host", "hosts", multiple=True, default=["127.0.0.1"], show_default=True,
                     help="An address to listen at, of IPv4 or IPv6, or a name that has some; can "
                     "be repeated."),
        click.option("--data", type=click.Path(path_type=Path), default=DEFAULT_DATA,
                     show_default=True, help="Where logs and snapshots are kept."),
    ):  # fmt: skip
        command = option(command)
    return command


def bounds(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say how much a player and a tenant may have."""
    default = Settings()
    for name, says in reversed(_BOUNDS.items()):
        usual = getattr(default, name.removeprefix("--").replace("-", "_"))
        command = click.option(name, default=usual, show_default=True, help=says)(command)
    return command


@click.command()
@click.argument("scenario")
@where
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    help="Processes that fold [default: as many as there are processors].",
)
@click.option(
    "--tenant",
    "tenants",
    multiple=True,
    help=f"Serve this tenant; can be repeated [default: {TENANT}].",
)
@click.option(
    "--keys",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A JSON file {tenant: key}: whoever wants tickets shows the tenant's key.",
)
@click.option(
    "--issuer",
    default="",
    help="The address of an OIDC issuer: everybody shows a token of it.",
)
@click.option("--audience", default="", help="The audience that those tokens are made for.")
@bounds
@click.option(
    "--players-open-worlds",
    is_flag=True,
    help="With --issuer: players, too, open the worlds that they enter.",
)
@click.option("--patience", "patience_s", default=10.0, show_default=True,
              help="Seconds after which a worker that hangs in a world is ended.")  # fmt: skip
@click.option(
    "--close-idle",
    "close_idle_s",
    type=float,
    help="Close worlds where nobody was for so many seconds [default: never].",
)
@click.option(
    "--keep-closed",
    "keep_closed_days",
    type=float,
    help="Archive and delete worlds so many days after their end [default: never].",
)
@click.option("--worker-memory", "worker_mb", type=int,
              help="MB that a worker may take [default: a quarter of the machine's].")  # fmt: skip
def serve(
    scenario: str,
    data: Path,
    hosts: tuple[str, ...],
    port: int,
    *,
    tenants: tuple[str, ...],
    keys: Path | None,
    **named: Any,
) -> None:
    """Run SCENARIO for others until SIGTERM or Ctrl-C; then it stops with nothing lost.

    Play at http://HOST:PORT in a browser. Without --keys or --issuer everybody who reaches the port
    may play: keep that to a network that you trust.
    """
    chosen: dict[str, Any] = {name: value for name, value in named.items() if value is not None}
    if keys is not None:
        chosen["keys"] = _keys(keys)
    if tenants:
        chosen["tenants"] = tenants
    settings = Settings(**chosen)
    if settings.is_open and not only_here(hosts):
        click.echo("no --keys, no --issuer: everybody who reaches this port may play", err=True)
    uvloop.run(_serve(scenario, data, hosts, port, settings))


def only_here(hosts: Iterable[str]) -> bool:
    """Say whether nobody but this machine reaches any of the hosts."""
    return all(host in LOOPBACK for host in hosts)


def _keys(file: Path) -> dict[str, str]:
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, str])
    except msgspec.DecodeError as error:
        raise click.ClickException(
            f"{file} must be a JSON object {{tenant: key}}: {error}"
        ) from None


async def _serve(
    scenario: str, data: Path, hosts: Sequence[str], port: int, settings: Settings
) -> None:
    async with serving(data, find_source(scenario), hosts, port, settings=settings) as running:
        title = running.runtime.scenario.title
        click.echo(
            f"{title} runs at {running.url}  (code {running.runtime.digest:.12}, data {data})"
        )
        await until_ended(running)
    say_how_it_ended(running)


async def until_ended(running: Serving) -> None:
    """Wait until somebody ends the server, or it cannot go on."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, running.ended.set)
    await running.ended.wait()


def say_how_it_ended(running: Serving) -> None:
    """Say that nothing is lost; raise if a failure ended the server, or its logs are elsewhere."""
    if running.astray:
        raise click.ClickException(f"stopped; {'; '.join(running.astray)}")
    if running.failures:
        raise click.ClickException("stopped by a failure; what was acknowledged is stored")
    click.echo("stopped; everything that was acknowledged is stored")
