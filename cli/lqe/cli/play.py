"""`ledgerquest play`: bots on a running server."""

import asyncio
import json
import sys
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Final
from urllib.error import URLError

import click
from rich.console import Console
from rich.progress import Progress
from websockets.exceptions import InvalidStatus

from lqe.adapters.scenarios import find_source, load_source
from lqe.local.client import Player
from lqe.local.settings import TENANT

from .bots import Place, play_bots

_FRAME_S = 0.2
_SAYS_NO: Final = (OSError, InvalidStatus)


def _there(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the place that its options name."""

    @click.option("--url", default="http://127.0.0.1:8765", show_default=True)
    @click.option("--tenant", default=TENANT, show_default=True, help="Whose world.")
    @click.option("--key", default="", help="What the server asks for: a tenant's key, or a token.")
    @click.option("--world", default="w1", show_default=True)
    @wraps(command)
    def given(*, url: str, tenant: str, key: str, world: str, **others: Any) -> None:
        command(place=Place(url, world, tenant, key), **others)

    return given


@click.command()
@click.argument("scenario")
@_there
@click.option("--bots", default=20, show_default=True, type=click.IntRange(1, 1000))
@click.option("--seconds", default=20.0, show_default=True)
@click.option("--seed", default=1, show_default=True, help="The bots' chance.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as one JSON object.")
def play(
    scenario: str, place: Place, *, bots: int, seconds: float, seed: int, as_json: bool
) -> None:
    """Let SCENARIO's bots play in a world of a running server, over the public protocol.

    Exits with 1 when a command was lost: sent, and neither recorded nor rejected.
    """
    code = load_source(find_source(scenario))
    if code.bot is None:
        raise click.ClickException(f"{scenario} brings no bots: set `scenario.bot`")
    players: dict[str, Player] = {}
    playing = play_bots(
        place,
        code,
        bots=bots,
        seconds=seconds,
        seed=seed,
        joined=players.__setitem__,
    )
    try:
        asyncio.run(_watched(playing, players, seconds, quiet=as_json))
    except (ExceptionGroup, *_SAYS_NO) as error:
        fault = _first(error)
        if isinstance(fault, (ConnectionRefusedError, URLError)):
            raise click.ClickException(
                f"no server at {place.url}: start one with `ledgerquest dev {scenario}`"
            ) from None
        if isinstance(fault, _SAYS_NO):
            raise click.ClickException(f"the server at {place.url} says no: {fault}") from None
        raise
    figures = summary(players)
    if as_json:
        click.echo(json.dumps(figures))
    else:
        click.echo(
            f"{len(players)} bots sent {figures['sent']} commands: {figures['received']} recorded, "
            f"{figures['applied']} applied, {sum(figures['refusals'].values())} refused, "
            f"{figures['rejected']} rejected, {figures['lost']} lost"
        )
    sys.exit(1 if figures["lost"] else 0)


def _first(error: Exception) -> Exception:
    """Return what went wrong first: bots play in a group, which wraps what one of them raises."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error


async def _watched(
    playing: Coroutine[Any, Any, None],
    players: dict[str, Player],
    seconds: float,
    *,
    quiet: bool,
) -> None:
    """Show how far the game is until it is over."""
    game = asyncio.ensure_future(playing)
    loop = asyncio.get_running_loop()
    start = loop.time()
    with Progress(console=Console(stderr=True, quiet=quiet), transient=True) as bar:
        task = bar.add_task("playing", total=seconds)
        while not game.done():
            await asyncio.wait([game], timeout=_FRAME_S)
            sent = sum(p.sent for p in players.values())
            words = f"{len(players)} bots, {sent} commands"
            bar.update(task, completed=min(seconds, loop.time() - start), description=words)
    await game


def summary(players: dict[str, Player]) -> dict[str, Any]:
    """Return what players sent and what became of it; `lost` must be 0."""
    refusals: dict[str, int] = {}
    for player in players.values():
        for code, count in player.refusals.items():
            refusals[code] = refusals.get(code, 0) + count
    sent = sum(p.sent for p in players.values())
    received = sum(p.received for p in players.values())
    rejected = sum(len(p.rejections) for p in players.values())
    return {
        "players": len(players),
        "sent": sent,
        "received": received,
        "applied": sum(p.applied for p in players.values()),
        "refusals": dict(sorted(refusals.items())),
        "rejected": rejected,
        "gaps": sum(p.gaps for p in players.values()),
        "lost": sent - received - rejected,
    }
