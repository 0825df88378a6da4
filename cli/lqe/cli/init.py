"""`ledgerquest init`: what an account needs once, or a cloud on this machine."""

import click

from lqe.adapters.aws import client
from lqe.adapters.aws.errors import outside
from lqe.adapters.scenarios import read_source

from .cloud.account import Account, in_account
from .cloud.deployment import LOCAL_STACK
from .cloud.emulator import is_up, start
from .cloud.tools import tool
from .data import sample_folder
from .deploy import CLOUD_FOLDER, deploy_source


@click.command()
@in_account
def init(account: Account) -> None:
    """Prepare an account: install the SAM CLI for `deploy`, and see that AWS lets you in.

    With --local: start an emulator of AWS on this machine, without Docker and without an account,
    and deploy the sample game to it as it would be deployed to AWS.
    """
    tool("sam", "sam")
    if account.local:
        _start_local(account)
        return
    with outside("asking AWS who this is"):
        who = client("sts").get_caller_identity()
    click.echo(f"account {who['Account']} as {who['Arn']}, region {account.region}")
    click.echo("ready: ledgerquest deploy SCENARIO --stack NAME")


def _start_local(account: Account) -> None:
    if not is_up(account.endpoint):
        click.echo(f"starting an emulator at {account.endpoint} …")
        start(account.endpoint, CLOUD_FOLDER)
    source = read_source(sample_folder())
    options = {"Prefix": "lqe", "Architecture": ""}
    deploy_source(account, source, LOCAL_STACK, options, upgrade=False)
    click.echo("next: ledgerquest tenant add acme --local")
    click.echo("      ledgerquest world open w1 --tenant acme --local")
