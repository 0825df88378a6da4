"""The `ledgerquest` command and how it fails: one line that says what to do, and an exit code."""

import sys
from importlib import import_module
from types import MappingProxyType
from typing import Final

import click

from lqe.errors import LedgerQuestError
from lqe.version import ENGINE_VERSION

from .lacking import OF_AWS, lacking

# Where each command is. It is imported when it is called: those for AWS need the extra `aws`.
_COMMANDS: Final = MappingProxyType(
    {
        "new": "new", "demo": "demo", "dev": "dev", "token": "token", "serve": "serve",
        "play": "play",
        "worlds": "worlds", "events": "events", "signals": "kept", "achievements": "kept",
        "usage": "usage", "quarantine": "quarantine", "pass-over": "pass_over",
        "accept-loss": "accept_loss", "replay": "replay", "doctor": "doctor",
        "init": "init", "deploy": "deploy", "status": "status", "tenant": "tenant",
        "world": "world", "destroy": "deploy",
    }
)  # fmt: skip


def _keep_lines(command: click.Command) -> click.Command:
    """Let help keep the lines after its mark, which is one byte to click; docstrings are raw."""
    if command.help is not None:
        command.help = command.help.replace("\\b\n", "\b\n")
    if isinstance(command, click.Group):
        for each in command.commands.values():
            _keep_lines(each)
    return command


class _Commands(click.Group):
    """The commands by name, in the order in which one meets them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        try:
            module = import_module(f"lqe.cli.{_COMMANDS[cmd_name]}")
        except ModuleNotFoundError as error:
            if error.name not in OF_AWS:
                raise
            return lacking(cmd_name)
        return _keep_lines(getattr(module, cmd_name.replace("-", "_")))


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(ENGINE_VERSION, "-V", "--version", prog_name="ledgerquest")
def cli() -> None:
    r"""Run serious games whose every decision is on record, and check the record.

    \b
    ledgerquest demo                     see it all in half a minute
    ledgerquest new my_game              begin a game of your own
    ledgerquest dev my_game              run it
    ledgerquest replay verify            execute a log again and compare
    ledgerquest init --local             a cloud on this machine, with the sample deployed
    """


_keep_lines(cli)


def main() -> None:
    """Run the command line; an error of the engine, a disk or a port ends it with 1."""
    try:
        cli()
    except (LedgerQuestError, OSError) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(1)
