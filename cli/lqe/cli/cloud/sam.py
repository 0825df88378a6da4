"""The SAM CLI: it deploys the template as it is, and takes stacks away."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import click

from .account import Account
from .tools import tool

_QUIET = {"SAM_CLI_TELEMETRY": "0"}


def sam_deploy(account: Account, folder: Path, stack: str, parameters: Mapping[str, str]) -> None:
    """Deploy the template in a folder as a stack; raise if AWS says no. It says what it does."""
    _sam(
        folder,
        "deploy",
        *("--template-file", "template.yaml", "--stack-name", stack, "--region", account.region),
        *("--resolve-s3", "--no-confirm-changeset", "--no-fail-on-empty-changeset"),
        *("--no-progressbar", "--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"),
        *("--parameter-overrides", *(f"{name}={value}" for name, value in parameters.items())),
    )


def sam_delete(account: Account, folder: Path, stack: str) -> None:
    """Take a stack away; what its template says is retained stays."""
    _sam(folder, "delete", "--stack-name", stack, "--region", account.region, "--no-prompts")


def _sam(folder: Path, *arguments: str) -> None:
    command = [str(tool("sam", "sam")), *arguments]
    done = subprocess.run(command, cwd=folder, env=os.environ | _QUIET, check=False)  # noqa: S603 - the tool
    if done.returncode:
        raise click.ClickException(f"sam {arguments[0]} failed: what is wrong is said above")
