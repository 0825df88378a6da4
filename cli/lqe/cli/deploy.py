"""`ledgerquest deploy` and `destroy`: a scenario on AWS, and away again."""

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import monotonic, sleep
from typing import Final

import click

from lqe.adapters.scenarios import find_source, load_source
from lqe.errors import Refused
from lqe.events import ScenarioUpgraded
from lqe.handlers.upgrades import Rehearsal, rehearse
from lqe.ports.intake import Message
from lqe.source import Source

from .cloud.account import Account, in_account
from .cloud.deployment import Deployment, deployment, find_deployment, named_stack
from .cloud.emulator import stop
from .cloud.package import build_package, this_machine
from .cloud.sam import sam_delete, sam_deploy
from .cloud.tools import infra_folder

CLOUD_FOLDER: Final = Path(".ledgerquest") / "cloud"
_LAMBDA_PYTHON: Final = "3.13"
_SHORT: Final = 12
_RECORDED_WITHIN_S: Final = 120.0
_LOOKS_EVERY_S: Final = 0.2
# The template's parameter for each option.
_PARAMETERS: Final = {
    "prefix": "Prefix", "issuer": "Issuer", "audience": "Audience", "key": "Key",
    "alarms": "AlarmTopic",
}  # fmt: skip


@click.command()
@click.argument("scenario")
@named_stack
@click.option("--prefix", default="lqe", show_default=True, help="What names begin with.")
@click.option(
    "--arch",
    type=click.Choice(["arm64", "x86_64"]),
    default="arm64",
    show_default=True,
    help="The processors that fold. Worlds stay on one kind for ever. Not with an emulator.",
)
@click.option(
    "--upgrade/--keep",
    default=None,
    help="Whether worlds that run other code go on with this one from their next keyframe.",
)
@click.option("--issuer", default="", help="The OIDC issuer of tokens; else a user pool is made.")
@click.option("--audience", default="", help="The audience of that issuer's tokens.")
@click.option(
    "--key",
    default="",
    help="Encrypt each tenant's objects apart: `own` makes a key of KMS, an ARN names one.",
)
@click.option("--alarms", default="", help="The ARN of an SNS topic that hears of alarms.")
@in_account
def deploy(
    scenario: str,
    account: Account,
    stack: str,
    *,
    upgrade: bool | None,
    arch: str,
    **named: str,
) -> None:
    r"""Deploy SCENARIO as a stack: new worlds are of it from then on.

    What it would do to worlds that run is shown first, tried on copies of them. Every code that
    was deployed before goes with the package, so that each world can go on with its own.

    \b
    exit code 0  deployed
              1  not deployed, for the reason given
              2  worlds run other code: say --upgrade or --keep
    """
    source = find_source(scenario)
    load_source(source)  # a scenario that cannot be loaded here is not deployed
    options = {_PARAMETERS[name]: value for name, value in named.items()}
    options["Architecture"] = arch
    deploy_source(account, source, stack, options, upgrade=upgrade)


def deploy_source(
    account: Account,
    source: Source,
    stack: str,
    options: dict[str, str],
    *,
    upgrade: bool | None,
) -> Deployment:
    """Deploy a scenario's source, and upgrade the worlds that can take it, if that is wanted."""
    there = find_deployment(account, stack)
    rehearsals = _rehearsals(there, source) if there is not None else []
    changing = [r for r in rehearsals if r.verdict == "upgrades"]
    if changing and upgrade is None:
        raise click.UsageError(
            f"{len(changing)} worlds run other code: say --upgrade, and they go on with this one "
            "from their next keyframe, or --keep, and they stay on theirs"
        )
    kept = {source.digest: source}
    if there is not None:
        kept |= {s.digest: s for s in there.sources()}
    _refuse_if_lacking(rehearsals, kept)
    _deploy(account, list(kept.values()), source.digest, stack, options)
    deployed = deployment(account, stack)
    if there is None:
        deployed.keep(source)  # before, there was nowhere to keep it
    if upgrade:
        _upgrade(deployed, changing, source)
    click.echo(f"deployed {source.package} ({source.digest:.{_SHORT}}) as {stack}")
    for name in ("HttpUrl", "SocketUrl"):
        click.echo(f"  {name:<10} {deployed.outputs[name]}")
    return deployed


def _rehearsals(there: Deployment, source: Source) -> list[Rehearsal]:
    there.keep(source)
    worlds = there.worlds()
    for tenant in dict.fromkeys(tenant for tenant, _ in worlds):
        there.code_for(tenant, source.digest)  # it is what the copies are upgraded to
    rehearsals = []
    for key in worlds:
        rehearsals.append(rehearse(there.folds, *key, source.digest))
        _show(rehearsals[-1], source)
    return rehearsals


def _show(each: Rehearsal, source: Source) -> None:
    words = {
        "same": "runs this code already",
        "follows": "runs {runs}, and goes on with this code from its next keyframe already",
        "upgrades": f"runs {{runs}}; would go on with {source.digest:.{_SHORT}}",
        "refuses": "runs {runs}, and stays on it: {reason}",
        "closed": "is closed",
        "stands": "stands still: {reason}",
    }
    said = words[each.verdict].format(runs=each.runs[:_SHORT], reason=each.reason)
    click.echo(f"  {each.tenant}/{each.world} {said}")


def _refuse_if_lacking(rehearsals: Sequence[Rehearsal], kept: dict[str, Source]) -> None:
    lacking = {r.runs for r in rehearsals if r.runs and r.runs not in kept}
    if lacking:
        raise Refused(
            "code_lacking",
            f"worlds run code whose source is not kept with their logs: {', '.join(lacking)}",
        )


def _deploy(
    account: Account,
    sources: Sequence[Source],
    digest: str,
    stack: str,
    options: dict[str, str],
) -> None:
    architecture, python = options["Architecture"], _LAMBDA_PYTHON
    if account.endpoint:
        # An emulator runs functions on this machine, with the Python that it was installed with.
        architecture, python = this_machine()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(infra_folder() / "sam", folder, dirs_exist_ok=True)
        click.echo(f"building the function package for {architecture}, Python {python} …")
        build_package(folder / "function.zip", sources, architecture=architecture, python=python)
        parameters = {k: v for k, v in options.items() if v} | {
            "Scenario": digest,
            "Architecture": architecture,
        }
        if account.endpoint:
            parameters["Emulator"] = account.endpoint
        sam_deploy(account, folder, stack, parameters)


def _upgrade(there: Deployment, changing: Sequence[Rehearsal], source: Source) -> None:
    """Send the upgrades, and see them in the logs: what is recorded comes into force."""
    for each in changing:
        message = Message(
            id=f"upgrade:{each.runs:.16}:{source.digest:.16}:{there.process.clock.now_us()}",
            tenant=each.tenant,
            world=each.world,
            events=(ScenarioUpgraded(scenario=source.digest),),
        )
        there.process.intake.send([message])
    ends = monotonic() + _RECORDED_WITHIN_S
    for each in changing:
        while not there.is_upgraded(each.tenant, each.world, each.position, source.digest):
            if monotonic() > ends:
                raise click.ClickException(
                    f"{each.tenant}/{each.world}: the upgrade is sent, and not recorded after "
                    f"{_RECORDED_WITHIN_S:.0f} s: see whether the appender runs, then deploy again"
                )
            sleep(_LOOKS_EVERY_S)
        click.echo(f"  {each.tenant}/{each.world}: an upgrade is recorded")


@click.command()
@named_stack
@click.option("--yes", is_flag=True, help="Do not ask.")
@in_account
def destroy(account: Account, stack: str, *, yes: bool) -> None:
    """Take a stack away. Logs, cursors, snapshots and users stay on AWS; delete them by hand.

    With --local the emulator that `init --local` started stops, and what it holds is deleted.
    """
    if account.local:
        stop(account.endpoint, CLOUD_FOLDER)
        shutil.rmtree(CLOUD_FOLDER, ignore_errors=True)
        click.echo("the emulator is stopped, and what it held is gone")
        return
    there = deployment(account, stack)
    retained = ("EventsTable", "SnapshotsTable", "Objects", "ObjectsKey")
    kept = ", ".join(there.outputs[name] for name in retained if name in there.outputs)
    if not yes:
        click.confirm(f"take {stack} away? {kept} stay", abort=True)
    with tempfile.TemporaryDirectory() as folder:
        sam_delete(account, Path(folder), stack)
    click.echo(f"{stack} is gone; these are kept: {kept}")
