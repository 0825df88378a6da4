"""Which account and region a command works in, or the emulator that stands in for them."""

import functools
import os
from collections.abc import Callable
from typing import Any, TypeVar

import click
import msgspec

R = TypeVar("R")
EMULATOR = "http://127.0.0.1:4566"
_EMULATED_REGION = "us-east-1"


class Account(msgspec.Struct, frozen=True):
    """Where calls go: `endpoint` is an emulator's address, empty on AWS.

    `local` says that the emulator is the one of this folder.
    """

    endpoint: str
    region: str
    local: bool = False


def in_account(command: Callable[..., R]) -> Callable[..., R]:
    """Give a command the options that say in which account it works, and that `account`."""

    @click.option("--local", is_flag=True, help=f"The emulator of `init --local`, at {EMULATOR}.")
    @click.option("--region", help="As AWS_REGION.")
    @click.option("--profile", help="A profile of AWS's configuration, as AWS_PROFILE.")
    @functools.wraps(command)
    def inside(
        *args: Any, profile: str | None, region: str | None, local: bool, **options: Any
    ) -> R:
        return command(*args, account=_enter(profile, region, local=local), **options)

    return inside


def _enter(profile: str | None, region: str | None, *, local: bool) -> Account:
    """Let this process and those it starts work there; return what that is.

    The environment is the one place that both AWS's library and the SAM CLI read.
    """
    if local:
        os.environ.setdefault("AWS_ENDPOINT_URL", EMULATOR)
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
    if profile:
        os.environ["AWS_PROFILE"] = profile
    if endpoint and not profile:
        # An emulator asks for some credentials, and takes any.
        os.environ.setdefault("AWS_ACCESS_KEY_ID", "test")
        os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "test")
        region = region or os.environ.get("AWS_REGION") or _EMULATED_REGION
    region = region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION", "")
    if not region:
        raise click.UsageError("name the region with --region, or set AWS_REGION")
    os.environ["AWS_REGION"] = os.environ["AWS_DEFAULT_REGION"] = region
    return Account(endpoint, region, local)
