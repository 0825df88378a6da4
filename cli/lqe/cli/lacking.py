"""Commands of an extra that is not installed say so, and nothing else of the line changes."""

from typing import Final

import click

OF_AWS: Final = ("boto3", "botocore", "aws_lambda_powertools", "uv")


def lacking(name: str) -> click.Command:
    """Return a command that says what to install for `ledgerquest NAME`."""

    @click.command(
        name=name.rpartition(" ")[2],
        help="Needs ledgerquest-engine[aws].",
        context_settings={"ignore_unknown_options": True},
    )
    @click.argument("rest", nargs=-1)
    def command(rest: tuple[str, ...]) -> None:  # noqa: ARG001 - whatever was asked for
        raise click.ClickException(
            f'`ledgerquest {name}` works on AWS: pip install "ledgerquest-engine[aws]"'
        )

    return command
