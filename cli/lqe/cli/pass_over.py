"""`ledgerquest pass-over`: a recorded decision about an event that cannot be folded."""

import getpass
import secrets
from collections.abc import Callable
from pathlib import Path

import click

from lqe.events import EventPassed
from lqe.handlers.decisions import decide
from lqe.handlers.quarantine import Quarantines
from lqe.ports.cursors import Cursor, Cursors
from lqe.ports.intake import Message
from lqe.ports.log import WorldLog

from .cloud.environment import cloud as deployed
from .data import DEFAULT_DATA, Data, no_such_world, tenants_in
from .stopped import Stopped

Decide = Callable[[WorldLog, Cursor], EventPassed]


@click.command(name="pass-over")
@click.argument("data", type=click.Path(path_type=Path, exists=True), default=DEFAULT_DATA)
@click.option("--cloud", is_flag=True, help="Not DATA but the tables that the environment names.")
@click.option("--tenant", help="Whose world, where several tenants have one of that name.")
@click.option("--world", required=True, help="Which world.")
@click.option("--position", type=int, help="Which event; the one at which the world stands still.")
@click.option("--halt", is_flag=True, help="Halt the world before it until its code is corrected.")
@click.option("--reason", default="", help="Why, for the record.")
@click.option("--by", help="Who decides, for the record; you, if not given.")
def pass_over(
    data: Path,
    *,
    cloud: bool,
    tenant: str | None,
    world: str,
    position: int | None,
    halt: bool,
    reason: str,
    by: str | None,
) -> None:
    r"""Go on without an event that a world can never fold: a loop without end, a recursion.

    The decision is recorded in the world's log, so every replay decides the same. A command or a
    join is refused as `passed_over`. Where a tick is what never ends, or with --halt, the world
    halts before it, its commands are refused, and corrected code is in force as soon as it comes.

    \b
    exit code 0  it is recorded, and the world goes on
              1  there is nothing to decide, for the reason that is given
    """

    def decided(log: WorldLog, cursor: Cursor) -> EventPassed:
        who = by or getpass.getuser()
        return decide(log, cursor, by=who, reason=reason, position=position, halt=halt)

    if not cloud:
        event = _in_folder(data, _owner(data, tenant, world), world, decided)
    elif tenant is not None:
        event = _in_cloud(tenant, world, decided)
    else:
        raise click.UsageError("say whose world of a cloud it is, with --tenant")
    done = "halts before" if event.part == "ticks" else "goes on without"
    click.echo(f"{world}: recorded; it {done} the event at position {event.passed}")
    if event.part == "ticks":
        click.echo("  it runs again when its scenario is upgraded: `dev` and `deploy` do that")


def advice(where: str, tenant: str, world: str) -> str:
    """Return the command that lets a world go on which stands still at an event."""
    return f"to go on without it: ledgerquest pass-over {where} --tenant {tenant} --world {world}"


def _owner(data: Path, tenant: str | None, world: str) -> str:
    """Return the tenant whose world it is."""
    owners = [name for name in tenants_in(data, tenant) if Data(data, name).worlds(world)]
    if not owners:
        raise no_such_world(world, [])
    if len(owners) > 1:
        raise click.UsageError(f"several tenants have a world {world!r}: say whose, with --tenant")
    return owners[0]


def _in_folder(data: Path, tenant: str, world: str, decided: Decide) -> EventPassed:
    """Record a decision in a data folder; a server that runs there finds it with its next event."""
    share = Stopped(data, tenant)
    try:
        log = share.logs.tenant(tenant).world(world)
        event = decided(log, share.cursors.tenant(tenant).get(world))
        share.record(world, event)
        Quarantines(share.cursors).release(tenant, world)
    finally:
        share.close()
    return event


def _in_cloud(tenant: str, world: str, decided: Decide) -> EventPassed:
    """Send a decision to the intake; the fold goes on when it finds it in the log."""
    from lqe.adapters.dynamodb.log import DynamoLogs  # noqa: PLC0415 - needs the extra `aws`

    process = deployed("pass-over")
    logs = DynamoLogs(process.table(process.settings.events))
    cursors: Cursors = process.cursors
    event = decided(logs.tenant(tenant).world(world), cursors.tenant(tenant).get(world))
    process.intake.send([_message(tenant, world, event)])
    return event


def _message(tenant: str, world: str, event: EventPassed) -> Message:
    return Message(
        id=f"pass-over:{secrets.token_hex(8)}", tenant=tenant, world=world, events=(event,)
    )
