"""`ledgerquest tenant`: the client companies of a deployed stack."""

from datetime import UTC, datetime

import click

from lqe.adapters.aws import client
from lqe.adapters.aws.users import add_user
from lqe.adapters.registry import Quotas, TenantSettings
from lqe.handlers.http.roles import Role

from .cloud.deployment import Deployment, on_stack

_DEFAULT = Quotas()
_COUNT = click.IntRange(min=0)
_ROLE = click.Choice([role.value for role in Role])


@click.group()
def tenant() -> None:
    """Register tenants of a stack, set what they may have, and let them act or not."""


@tenant.command()
@click.argument("name")
@click.option(
    "--worlds",
    type=_COUNT,
    default=_DEFAULT.worlds,
    show_default=True,
    help="Worlds ever opened.",
)
@click.option(
    "--players",
    type=_COUNT,
    default=_DEFAULT.players_per_world,
    show_default=True,
    help="Players in a world at once.",
)
@click.option(
    "--rate",
    type=_COUNT,
    default=_DEFAULT.commands_per_second,
    show_default=True,
    help="Commands a second, in all worlds together.",
)
@on_stack
def add(name: str, worlds: int, players: int, rate: int, there: Deployment) -> None:
    """Register NAME in the stack's region, for ever; again, and its quotas are set anew."""
    wanted = Quotas(worlds=worlds, players_per_world=players, commands_per_second=rate)
    settings = TenantSettings(region=there.account.region, quotas=wanted)
    registry = there.registries.register(name, settings, datetime.now(UTC))
    if registry.get().quotas != wanted:
        registry.set_quotas(wanted, datetime.now(UTC))
    click.echo(f"{name} is registered in {there.account.region}: {_said(wanted)}")


@tenant.command()
@click.argument("name")
@click.option("--worlds", type=_COUNT, help="Worlds ever opened.")
@click.option("--players", type=_COUNT, help="Players in a world at once.")
@click.option("--rate", type=_COUNT, help="Commands a second, in all worlds together.")
@on_stack
def quotas(
    name: str, worlds: int | None, players: int | None, rate: int | None, there: Deployment
) -> None:
    """Set the quotas of NAME that are given, keep the others, and show them all.

    Functions notice within ten seconds. Who is in stays in; what is open stays open.
    """
    registry = there.registries.tenant(name)
    given = {"worlds": worlds, "players_per_world": players, "commands_per_second": rate}
    changed = {quota: value for quota, value in given.items() if value is not None}
    if changed:
        wanted = Quotas.model_validate(registry.get().quotas.model_dump() | changed)
        registry.set_quotas(wanted, datetime.now(UTC))
    click.echo(f"{name}: {_said(registry.get().quotas)}")


@tenant.command(name="list")
@on_stack
def list_tenants(there: Deployment) -> None:
    """List the tenants, with what they have and may have."""
    for name, where in there.registries.deployment.tenants().items():
        found = there.registries.tenant(name).get()
        state = f"disabled: {found.disabled}" if found.disabled else "enabled"
        click.echo(f"{name}  {where}  {state}  {len(found.worlds)} worlds, {_said(found.quotas)}")


@tenant.command()
@click.argument("name")
@click.option("--reason", required=True, help="Told to whoever tries.")
@on_stack
def disable(name: str, reason: str, there: Deployment) -> None:
    """Let NAME do nothing more; its logs stay, and `enable` takes it back."""
    there.registries.tenant(name).disable(reason, datetime.now(UTC))
    click.echo(f"{name} is disabled: {reason}")


@tenant.command()
@click.argument("name")
@on_stack
def enable(name: str, there: Deployment) -> None:
    """Let NAME act again."""
    there.registries.tenant(name).enable(datetime.now(UTC))
    click.echo(f"{name} is enabled")


@tenant.command()
@click.argument("name")
@click.argument("person")
@click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice([r.value for r in Role]),
    default=(Role.PLAYER.value,),
)
@on_stack
def user(name: str, person: str, roles: tuple[str, ...], there: Deployment) -> None:
    """Add PERSON of tenant NAME to the stack's own user pool; the password is shown once."""
    there.registries.tenant(name).get()  # raises for one that is not registered
    if "Users" not in there.outputs:
        raise click.ClickException(f"{there.stack} takes tokens of another issuer: add them there")
    password = add_user(client("cognito-idp"), there.outputs["Users"], name, person, roles)
    click.echo(f"{person} of {name} may log in as {', '.join(roles)} with {password}")


def _said(held: Quotas) -> str:
    return (
        f"{held.worlds} worlds, {held.players_per_world} players a world, "
        f"{held.commands_per_second} commands a second at most"
    )
