"""`ledgerquest world`: one world from its opening to its end, in a data folder or on a stack."""

from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Final

import click

from lqe.events import WorldClosed
from lqe.local.ended_worlds import archive_of
from lqe.local.settings import TENANT

from .data import DEFAULT_DATA
from .lacking import OF_AWS, lacking
from .stopped import stopped

# The commands that need the extra `aws`, and what they are called where they are.
_ON_A_STACK: Final = MappingProxyType(
    {"open": "open_world", "release": "release", "verify": "verify_world"}
)


class _Commands(click.Group):
    """The commands of a data folder, and those of a stack, which are imported when called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*_ON_A_STACK, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _ON_A_STACK:
            return super().get_command(ctx, cmd_name)
        try:
            module = import_module("lqe.cli.stack_world")
        except ModuleNotFoundError as error:
            if error.name not in OF_AWS:
                raise
            return lacking(f"world {cmd_name}")
        command: click.Command = getattr(module, _ON_A_STACK[cmd_name])
        return command


@click.group(cls=_Commands)
def world() -> None:
    """Open, release and verify worlds of a stack; end, archive and delete those of a folder."""


_data = click.option(
    "--data", type=click.Path(path_type=Path), default=DEFAULT_DATA, show_default=True,
    help="The data folder.",
)  # fmt: skip
_tenant = click.option("--tenant", default=TENANT, show_default=True, help="Whose world.")


@world.command()
@click.argument("name")
@_data
@_tenant
@click.option("--reason", default="", help="Why, in words: its players are told.")
def close(name: str, data: Path, tenant: str, reason: str) -> None:
    """End a game of a data folder over which no server runs; a server is asked by HTTP."""
    with stopped(data, tenant, f"POST /v1/worlds/{name}/close") as share:
        share.check(name)
        if share.ended.is_closed(tenant, name):
            raise click.ClickException(f"{tenant}/{name} is closed already")
        share.record(name, WorldClosed(reason=reason))
    click.echo(f"{tenant}/{name} is closed; the next server over {data} tells it when it starts")


@world.command()
@click.argument("name")
@_data
@_tenant
def archive(name: str, data: Path, tenant: str) -> None:
    """Write a closed world into one file, which `replay verify` reads; nothing is deleted."""
    with stopped(data, tenant, f"POST /v1/worlds/{name}/archive") as share:
        share.check(name)
        path = share.ended.archive(tenant, name)
    click.echo(f"{tenant}/{name} is in {path}: check it with `ledgerquest replay verify {path}`")


@world.command()
@click.argument("name")
@_data
@_tenant
@click.option("--yes", is_flag=True, help="Do not ask whether it is meant.")
def delete(name: str, data: Path, tenant: str, *, yes: bool) -> None:
    """Take a closed world out of a data folder for good; its name stays taken."""
    with stopped(data, tenant, f"DELETE /v1/worlds/{name}") as share:
        share.check(name)
        if not archive_of(data, tenant, name).is_file():
            click.echo(f"there is no archive of {tenant}/{name}", err=True)
        if not yes:
            click.confirm(f"delete {tenant}/{name} for good?", abort=True)
        share.ended.delete(tenant, name)
    click.echo(f"{tenant}/{name} is deleted; its name stays taken")
