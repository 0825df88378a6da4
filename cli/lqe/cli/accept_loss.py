"""`ledgerquest accept-loss`: a log that lost its end goes on from what is left of it."""

from pathlib import Path

import click

from lqe.local.losses import accept_loss as accept
from lqe.local.settings import TENANT

from .data import DEFAULT_DATA


@click.command(name="accept-loss")
@click.argument("data", type=click.Path(path_type=Path, exists=True), default=DEFAULT_DATA)
@click.option("--tenant", default=TENANT, show_default=True, help="Whose world.")
@click.option("--world", required=True, help="Which world.")
def accept_loss(data: Path, tenant: str, world: str) -> None:
    """Take what is left of a log for the whole of it, where there is no copy that has the rest.

    A world stands still when its log is shorter than what was given out of it. Bring back a copy of
    its log that has it, if there is one. This goes on without: players lose what they did after the
    log's end. Snapshots are made again, and effects happen again from the first event. No server
    may run over DATA.
    """
    loss = accept(data, tenant, world)
    if loss is None:
        click.echo(f"{world}: nothing of its log is missing")
    else:
        click.echo(
            f"{world}: goes on with its log as it is, which ends at position {loss.head}; "
            f"positions up to {loss.given} were given out"
        )
