"""`ledgerquest tenant`: the client companies of a deployed stack."""

import click

from lqe.adapters.aws import client
from lqe.adapters.aws.users import add_user
from lqe.adapters.registry import Quotas, TenantSettings
from lqe.handlers.http.roles import Role

from .cloud.account import account_options, enter
from .cloud.deployment import deployment
from .cloud.now import now
from .deploy import LOCAL_STACK

_stack = click.option("--stack", default=LOCAL_STACK, show_default=True, help="The stack's name.")
_DEFAULT = Quotas()


@click.group()
def tenant() -> None:
    """Register tenants of a stack, set what they may have, and let them act or not."""


@tenant.command()
@click.argument("name")
@click.option("--worlds", default=_DEFAULT.worlds, show_default=True, help="Worlds ever opened.")
@click.option(
    "--players", default=_DEFAULT.players_per_world, show_default=True, help="Players a world."
)
@click.option(
    "--rate", default=_DEFAULT.commands_per_second, show_default=True, help="Commands a second."
)
@_stack
@account_options
def add(
    name: str,
    worlds: int,
    players: int,
    rate: int,
    stack: str,
    profile: str | None,
    region: str | None,
    *,
    local: bool,
) -> None:
    """Register NAME in the stack's region, for ever; again, and its quotas are set anew."""
    account = enter(profile, region, local=local)
    there = deployment(account, stack)
    quotas = Quotas(worlds=worlds, players_per_world=players, commands_per_second=rate)
    settings = TenantSettings(region=account.region, quotas=quotas)
    registry = there.registries.register(name, settings, now())
    if registry.get().quotas != quotas:
        registry.set_quotas(quotas, now())
    click.echo(f"{name} is registered in {account.region}: {_said(quotas)}")


@tenant.command(name="list")
@_stack
@account_options
def list_tenants(stack: str, profile: str | None, region: str | None, *, local: bool) -> None:
    """List the tenants, with what they have and may have."""
    there = deployment(enter(profile, region, local=local), stack)
    for name, where in there.registries.deployment.tenants().items():
        found = there.registries.tenant(name).get()
        state = f"disabled: {found.disabled}" if found.disabled else "enabled"
        click.echo(f"{name}  {where}  {state}  {len(found.worlds)} worlds, {_said(found.quotas)}")


@tenant.command()
@click.argument("name")
@click.option("--reason", required=True, help="Told to whoever tries.")
@_stack
@account_options
def disable(
    name: str, reason: str, stack: str, profile: str | None, region: str | None, *, local: bool
) -> None:
    """Let NAME do nothing more; its logs stay, and `enable` takes it back."""
    there = deployment(enter(profile, region, local=local), stack)
    there.registries.tenant(name).disable(reason, now())
    click.echo(f"{name} is disabled: {reason}")


@tenant.command()
@click.argument("name")
@_stack
@account_options
def enable(name: str, stack: str, profile: str | None, region: str | None, *, local: bool) -> None:
    """Let NAME act again."""
    there = deployment(enter(profile, region, local=local), stack)
    there.registries.tenant(name).enable(now())
    click.echo(f"{name} is enabled")


@tenant.command()
@click.argument("name")
@click.argument("person")
@click.option("--role", "roles", multiple=True, type=click.Choice([r.value for r in Role]), default=(Role.PLAYER.value,))
@_stack
@account_options
def user(
    name: str,
    person: str,
    roles: tuple[str, ...],
    stack: str,
    profile: str | None,
    region: str | None,
    *,
    local: bool,
) -> None:
    """Add PERSON of tenant NAME to the stack's own user pool; the password is shown once."""
    there = deployment(enter(profile, region, local=local), stack)
    there.registries.tenant(name).get()  # raises for one that is not registered
    if "Users" not in there.outputs:
        raise click.ClickException(f"{stack} takes tokens of another issuer: add them there")
    password = add_user(client("cognito-idp"), there.outputs["Users"], name, person, roles)
    click.echo(f"{person} of {name} may log in as {', '.join(roles)} with {password}")


def _said(quotas: Quotas) -> str:
    return (
        f"{quotas.worlds} worlds, {quotas.players_per_world} players a world, "
        f"{quotas.commands_per_second} commands a second at most"
    )
