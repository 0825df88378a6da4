"""`ledgerquest token`: a token of the development issuer, as a real issuer would give one."""

from pathlib import Path

import click

from lqe.handlers.http.roles import Role
from lqe.local.development_issuer import DevelopmentIssuer
from lqe.local.settings import TENANT

from .data import DEFAULT_DATA

_MINUTE_S = 60


@click.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=DEFAULT_DATA,
    show_default=True,
    help="The folder that `ledgerquest dev` keeps its data in.",
)
@click.option("--tenant", default=TENANT, show_default=True, help="Whose token it is.")
@click.option("--player", default="", help="The player that it names.")
@click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    type=click.Choice([role.value for role in Role]),
    help="What may be done with it; can be repeated.",
)
@click.option(
    "--minutes",
    type=click.IntRange(1, 24 * 60),
    default=60,
    show_default=True,
    help="How long it is good.",
)
def token(data: Path, tenant: str, player: str, roles: tuple[str, ...], minutes: int) -> None:
    """Print a token that `ledgerquest dev` over the same folder takes, and who names it as issuer.

    Send it as `Authorization: Bearer TOKEN`. It is signed with a key that only your own machine
    trusts; on AWS your players' tokens come from the user pool or from your issuer.
    """
    issuer = DevelopmentIssuer.of(data)
    click.echo(issuer.token(tenant, player, [Role(role) for role in roles], minutes * _MINUTE_S))
