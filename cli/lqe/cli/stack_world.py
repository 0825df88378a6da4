"""`ledgerquest world open`, `release` and `verify`: the worlds of a deployed stack."""

import sys

import click

from lqe.adapters.budget import WatchedBudget
from lqe.handlers.http.problems import Declined
from lqe.profile import numeric_profile
from lqe.replay import verify

from .cloud.deployment import Deployment, on_stack
from .replay import EVENT_S, say_report

_tenant = click.option("--tenant", required=True, help="Whose world.")


@click.command(name="open")
@click.argument("name")
@_tenant
@on_stack
def open_world(name: str, tenant: str, there: Deployment) -> None:
    """Open a world with the scenario that is deployed."""
    try:
        there.open_worlds.tenant(tenant).open(name)
    except Declined as error:
        raise click.ClickException(error.reason) from None
    click.echo(f"{tenant}/{name} is open: {there.outputs['ScenarioDigest']:.12}")


@click.command()
@click.argument("name")
@_tenant
@on_stack
def release(name: str, tenant: str, there: Deployment) -> None:
    """Let a world be folded again that stood still, after the repair; nothing of it is lost."""
    stood = there.open_worlds.tenant(tenant).release(name)
    if stood is None:
        click.echo(f"{tenant}/{name} does not stand still")
    else:
        click.echo(f"{tenant}/{name} is released at position {stood.position}: {stood.reason}")


@click.command(name="verify")
@click.argument("name")
@_tenant
@on_stack
def verify_world(name: str, tenant: str, there: Deployment) -> None:
    """Execute a world's log again, as `replay verify` does, from the table that it lies in."""
    report = verify(
        name,
        there.folds.logs.tenant(tenant).world(name),
        there.process.code_of(tenant),
        profile=numeric_profile(),
        objects=there.process.objects.tenant(tenant),
        budget=WatchedBudget(EVENT_S),
    )
    say_report(report, report.world)
    sys.exit(report.verdict.exit_code)
