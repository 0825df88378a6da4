"""`ledgerquest world`: one world from its opening to its end, in a data folder or on a stack."""

from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Final

import click

from lqe.events import WorldClosed
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
    """End worlds of a data folder; open, release and verify worlds of a stack."""


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
        if share.cursors.tenant(tenant).get(name).closed_us:
            raise click.ClickException(f"{tenant}/{name} is closed already")
        share.record(name, WorldClosed(reason=reason))
    click.echo(f"{tenant}/{name} is closed; the next server over {data} tells it when it starts")
