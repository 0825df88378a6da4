"""`ledgerquest demo`: bots play the sample over WebSockets; then its log is replayed."""

import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import click
import msgspec
import uvloop
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from lqe.adapters.scenarios import read_source
from lqe.local.client import Player
from lqe.ports.bus import Published
from lqe.replay.report import Report

from .bots import Place, play_bots
from .data import sample_folder
from .play import summary
from .serving import serving

_WORLD = "demo"
_LINES = 6
_FRAME_S = 0.25


class Feed:
    """What the live view shows: players as they hear of the game, and the latest signals."""

    def __init__(self) -> None:
        self.players: dict[str, Player] = {}
        self.news: list[str] = []

    def observe(self, published: Published) -> None:
        """Take in a signal of the game."""
        signal = published.signal
        details = "  ".join(
            f"{k}={v}" for k, v in signal.data.items() if isinstance(v, (str, int, float))
        )
        self.news = [*self.news, f"tick {signal.tick:>5}  {signal.name}  {details}"][-_LINES:]

    def picture(self, left_s: float) -> Group:
        """Return the present state of the game as a table and the news below it."""
        sent = summary(self.players)
        table = Table(title="Sales simulator, live over WebSockets", expand=False)
        for title in ("player", "tick", "commands", "applied", "refused"):
            table.add_column(title, justify="left" if title == "player" else "right")
        for name, player in list(self.players.items())[:10]:
            table.add_row(
                name,
                str(player.tick),
                str(player.sent),
                str(player.applied),
                str(sum(player.refusals.values())),
            )
        more = len(self.players) - 10
        footer = f"{sent['sent']} commands sent, {sent['received']} durable, {left_s:.0f} s left"
        lines = [f"… and {more} more players"] if more > 0 else []
        return Group(table, Text("\n".join([*lines, footer, "", *self.news])))


@click.command()
@click.option("--bots", default=20, show_default=True, type=click.IntRange(1, 50))
@click.option("--seconds", default=15.0, show_default=True)
@click.option("--seed", default=1, show_default=True, help="The bots' chance.")
@click.option("--data", type=click.Path(path_type=Path),
              help="Keep logs and snapshots here [default: a new temporary folder].")  # fmt: skip
def demo(bots: int, seconds: float, seed: int, data: Path | None) -> None:
    """Let bots play the sample game for some seconds, then replay its log in a fresh process.

    Exits with 0 when no command was lost and the replay says verified.
    """
    folder = data or Path(tempfile.mkdtemp(prefix="ledgerquest-demo-"))
    feed = Feed()
    uvloop.run(_play(folder, feed, bots, seconds, seed))
    figures = summary(feed.players)
    click.echo(
        f"{bots} bots sent {figures['sent']} commands over WebSockets: {figures['received']} "
        f"recorded, {figures['applied']} applied, {sum(figures['refusals'].values())} refused by "
        f"the rules, {figures['rejected']} rejected, {figures['lost']} lost"
    )
    report = _replay(folder)
    click.echo(
        f"replay verify: {report.verdict.value.upper()} ({report.events} events and {report.ticks} "
        f"ticks folded again in {report.seconds:.1f} s, {report.attested} recorded keyframes "
        "reached to the bit)"
    )
    command, sample = _this_command(), _shortest(sample_folder())
    click.echo(f"\nthe log, as a person reads it:  {command} events {folder}")
    click.echo(f"check it again:                 {command} replay verify {folder}")
    click.echo(f"play it yourself:               {command} dev {sample}")
    sys.exit(report.verdict.exit_code or (1 if figures["lost"] else 0))


def _this_command() -> str:
    """Return how this command was called, as it can be typed again from here."""
    called = Path(sys.argv[0])
    return "ledgerquest" if called.suffix else _shortest(called)


def _shortest(path: Path) -> str:
    return min(str(path), os.path.relpath(path), key=len)


async def _play(folder: Path, feed: Feed, bots: int, seconds: float, seed: int) -> None:
    source = read_source(sample_folder())
    async with serving(folder, source, ["127.0.0.1"], 0, observers=[feed.observe]) as running:
        playing = asyncio.create_task(
            play_bots(
                Place(running.url, _WORLD),
                running.runtime.scenario,
                bots=bots,
                seconds=seconds,
                seed=seed,
                joined=feed.players.__setitem__,
            )
        )
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        console = Console()
        with Live(console=console, refresh_per_second=4, transient=not console.is_terminal) as live:
            while not playing.done():
                live.update(feed.picture(max(0.0, end - loop.time())))
                await asyncio.wait([playing], timeout=_FRAME_S)
        await playing


def _replay(folder: Path) -> Report:
    """Replay the log in a process that knows nothing but the data folder."""
    done = subprocess.run(  # noqa: S603 - this interpreter, our own module
        [sys.executable, "-m", "lqe.cli", "replay", "verify", str(folder), "--json"],
        env={**os.environ, "PYTHONHASHSEED": "random"},
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        return msgspec.json.decode(done.stdout, type=Report)
    except msgspec.DecodeError:
        raise click.ClickException(f"the replay failed: {done.stderr.strip()}") from None
