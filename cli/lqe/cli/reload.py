"""What `ledgerquest dev` does when a file of the scenario changes."""

import asyncio
import contextlib
from pathlib import Path

import click

from lqe.adapters.scenarios import read_source, source_files
from lqe.errors import LedgerQuestError
from lqe.events import ScenarioUpgraded
from lqe.handlers.decisions import decide
from lqe.local.runtime import Runtime
from lqe.source import Source

_LOOKS_EVERY_S = 0.5


async def watched(folder: Path, runtime: Runtime) -> None:
    """Look at a scenario's folder for ever, and take over each change that can be loaded."""
    seen = _state(folder)
    while True:
        await asyncio.sleep(_LOOKS_EVERY_S)
        now = _state(folder)
        if now != seen:
            seen = now
            _take_over(folder, runtime)


def _state(folder: Path) -> dict[Path, tuple[int, int]]:
    """Return what tells whether a file has changed: its time and its size."""
    found = {}
    for path in source_files(folder):
        with contextlib.suppress(FileNotFoundError):  # it went while we looked
            status = path.stat()
            found[path] = (status.st_mtime_ns, status.st_size)
    return found


def _take_over(folder: Path, runtime: Runtime) -> None:
    try:
        source = read_source(folder)
        if source.digest == runtime.digest:
            return
        before = runtime.digest
        runtime.use(source)
    except (LedgerQuestError, OSError) as error:
        click.echo(f"changed, and not taken over: {error}", err=True)
        return
    _say(source, before)
    for tenant, world in runtime.open_worlds():
        _upgrade(runtime, tenant, world)


def take_up(runtime: Runtime) -> None:
    """Let worlds go on with the code of now that stand still at an event of other code."""
    for tenant in runtime.settings.served:
        cursors = runtime.cursors.tenant(tenant)
        for world in runtime.logs.tenant(tenant).worlds():
            cursor = cursors.get(world)
            if cursor.stuck is not None and cursor.scenario != runtime.digest:
                _upgrade(runtime, tenant, world)


def _upgrade(runtime: Runtime, tenant: str, world: str) -> None:
    """Record an upgrade; a world that stands still at an event takes it without folding that."""
    cursor = runtime.cursors.tenant(tenant).get(world)
    when = "at its next keyframe"
    if cursor.stuck is not None and cursor.stuck.position > 0:
        log = runtime.logs.tenant(tenant).world(world)
        decision = decide(log, cursor, by="dev", reason="its code was corrected", halt=True)
        runtime.send(tenant, world, decision)
        when = f"before position {decision.passed}, at which it stands still"
    runtime.send(tenant, world, ScenarioUpgraded(scenario=runtime.digest))
    click.echo(f"  {world}: an upgrade is recorded, in force {when}")


def _say(source: Source, before: str) -> None:
    click.echo(f"changed: code {before:.12} -> {source.digest:.12}; new worlds get it at once")
