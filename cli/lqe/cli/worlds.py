"""`ledgerquest worlds`: what is in a data folder, whether a server runs over it or not."""

import ast
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from lqe.adapters.cursors import DocumentCursors
from lqe.codec import Codec
from lqe.errors import LedgerQuestError
from lqe.events import AnyEvent, CommandSubmitted, PlayerJoined, PlayerLeft, WorldOpened
from lqe.fold import Snapshot
from lqe.ports.cursors import Cursor, TenantCursors
from lqe.ports.log import WorldLog
from lqe.ports.objects import TenantObjects, snapshot_name, source_name
from lqe.source import Source
from lqe.world.players import Player

from .data import DEFAULT_DATA, Data, of_each, of_tenant

_SHORT = 12


class Row(msgspec.Struct, kw_only=True):
    """One world: the end of its log, who plays what, and why it stands still if it does.

    `players` joined once, `connected` are here, as the log has it. `stands` is empty in a world
    that goes on.
    """

    tenant: str
    world: str
    position: int = -1
    tick: int = 0
    scenario: str = ""
    title: str = ""
    players: list[str] = []
    connected: list[str] = []
    commands: int = 0
    last: str = ""
    stands: str = ""


@click.command()
@click.argument("data", type=click.Path(path_type=Path), default=DEFAULT_DATA)
@of_tenant
@click.option("--json", "as_json", is_flag=True, help="One JSON object a world.")
def worlds(data: Path, tenant: str | None, *, as_json: bool) -> None:
    """List the worlds below DATA: how long their logs are, who plays, which stand still and why.

    Reads only, also while a server runs.
    """
    shown = 0

    def show(share: Data) -> None:
        nonlocal shown
        for row in _rows(share):
            shown += 1
            click.echo(msgspec.json.encode(row).decode() if as_json else _said(row))

    all_read = of_each(data, tenant, show)
    if not shown and not as_json:
        click.echo(f"no world was opened in {data} yet")
    if not all_read:
        sys.exit(1)


def _said(row: Row) -> str:
    who = f"{len(row.players)} players, {len(row.connected)} connected"
    line = (
        f"{row.tenant}/{row.world}: {row.title} ({row.scenario:.{_SHORT}}), {who}, "
        f"{row.commands} commands\n"
        f"  position {row.position}, tick {row.tick}, last recorded at {row.last or 'no time'}"
    )
    return line if not row.stands else f"{line}\n  stands still: {row.stands}"


def _rows(data: Data) -> Iterator[Row]:
    cursors = DocumentCursors(data.documents).tenant(data.tenant)
    for name in data.worlds():
        yield _row(name, data, cursors)


def _row(name: str, data: Data, cursors: TenantCursors) -> Row:
    row = Row(tenant=data.tenant, world=name)
    try:
        log = data.log.world(name)
        cursor = cursors.get(name)
        row.scenario, row.commands = cursor.scenario, cursor.usage.commands
        start = _from_snapshot(row, cursor, data.objects)
        _from_log(row, log, start, cursor.usage.events)
        row.title = _title(data.objects.get(source_name(row.scenario)))
        row.stands = cursor.quarantine or row.stands or ("closed" if cursor.closed_us else "")
    except (LedgerQuestError, msgspec.MsgspecError) as error:
        row.stands = f"it cannot be read: {error}"
    return row


def _from_snapshot(row: Row, cursor: Cursor, objects: TenantObjects) -> int:
    """Take from the newest keyframe what the log before it says; return the position after it."""
    if cursor.snapshot is None:
        return 0
    stored = objects.get(snapshot_name(row.world, cursor.snapshot))
    if stored is None:
        return 0
    snapshot = Snapshot.unchecked(stored)
    state = snapshot.plain()
    players = msgspec.convert(state["players"], list[Player], strict=False)
    row.players = [p.name for p in players]
    row.connected = [p.name for p in players if p.present]
    row.scenario = row.scenario or snapshot.header.scenario
    if state["life"] == "halted":
        fault = state["fault"]
        row.stands = f"halted at tick {fault['tick']}: {fault['kind']} in {fault['where']}"
    elif state["life"] == "closed":
        row.stands = "closed"
    return snapshot.header.position + 1


def _from_log(row: Row, log: WorldLog, start: int, counted: int) -> None:
    """Bring a row up to the end of its log; the commands of `counted` events are in it."""
    codec = Codec()
    # The last record again if nothing came after the keyframe: it says the time.
    for record in log.read(min(start, counted, max(0, log.head()))):
        event = codec.decode(record.data)
        row.position, row.tick = record.position, event.tick
        row.last = datetime.fromtimestamp(event.at_us // 1_000_000, UTC).isoformat()
        if isinstance(event, WorldOpened):
            row.scenario = row.scenario or event.scenario
        if record.position >= start:
            _note_players(row, event)
        row.commands += record.position >= counted and isinstance(event, CommandSubmitted)


def _note_players(row: Row, event: AnyEvent) -> None:
    if isinstance(event, PlayerJoined):
        row.players = sorted({*row.players, event.player})
        row.connected = sorted({*row.connected, event.player})
    elif isinstance(event, PlayerLeft):
        row.connected = [p for p in row.connected if p != event.player]


def _title(source: bytes | None) -> str:
    """Return the title in a scenario's source, which is read and not run; else its package."""
    if source is None:
        return "its code is missing"
    found = Source.decode(source)
    for name in sorted(f for f in found.files if f.endswith(".py")):
        for node in _calls(found.files[name]):
            named = isinstance(node.func, ast.Name) and node.func.id == "Scenario"
            if named and node.args and isinstance(node.args[0], ast.Constant):
                return str(node.args[0].value)
    return found.package


def _calls(content: bytes) -> Iterator[ast.Call]:
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError):
        return  # no Python of this version
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node
