"""The `ledgerquest` command and how it fails: one line that says what to do, and an exit code."""

import sys

import click

from lqe.errors import LedgerQuestError
from lqe.version import ENGINE_VERSION

from .demo import demo
from .dev import dev
from .doctor import doctor
from .events import events
from .kept import achievements, signals
from .new import new
from .play import play
from .quarantine import quarantine
from .replay import replay
from .serve import serve
from .usage import usage
from .worlds import worlds


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(ENGINE_VERSION, "-V", "--version", prog_name="ledgerquest")
def cli() -> None:
    r"""Run serious games whose every decision is on record, and check the record.

    \b
    ledgerquest demo                     see it all in half a minute
    ledgerquest new my_game              begin a game of your own
    ledgerquest dev my_game              run it
    ledgerquest replay verify            execute a log again and compare
    """


for _command in (
    new, demo, dev, serve, play, worlds, events, signals, achievements, usage, quarantine, replay,
    doctor,
):  # fmt: skip
    cli.add_command(_command)


def _keep_lines(command: click.Command) -> None:
    """Let help keep the lines after its mark, which is one byte to click; docstrings are raw."""
    if command.help is not None:
        command.help = command.help.replace("\\b\n", "\b\n")
    if isinstance(command, click.Group):
        for each in command.commands.values():
            _keep_lines(each)


_keep_lines(cli)


def main() -> None:
    """Run the command line; an error of the engine, a disk or a port ends it with 1."""
    try:
        cli()
    except (LedgerQuestError, OSError) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(1)
