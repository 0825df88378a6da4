"""`ledgerquest replay`: execute a log again."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import click
import msgspec
from rich.console import Console

from lqe.adapters.budget import WatchedBudget
from lqe.profile import numeric_profile
from lqe.replay import Report, Verdict, verify

from .archived import Archived
from .data import DEFAULT_DATA, Data, no_such_world, of_each, of_tenant
from .interrupts import Interrupts
from .replayed import replayed

# Seconds of a processor for one event: far longer than where it is played.
EVENT_S = 60.0


@click.group()
def replay() -> None:
    """Execute a log again: `verify` says whether it gives what was recorded."""


@replay.command(name="verify")
@click.argument("data", type=click.Path(path_type=Path), default=DEFAULT_DATA)
@of_tenant
@click.option("--world", help="Which world; all of them if not given.")
@click.option("--against", type=click.Path(path_type=Path), help="Another copy of the data folder.")
@click.option(
    "--event-seconds",
    type=click.FloatRange(min=0.1),
    default=EVENT_S,
    show_default=True,
    help="How long one event may take to fold, in seconds of a processor.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a world.")
def verify_command(
    data: Path,
    tenant: str | None,
    world: str | None,
    against: Path | None,
    *,
    event_seconds: float,
    as_json: bool,
) -> None:
    r"""Fold the logs below DATA from their first event and compare every recorded keyframe.

    DATA is a data folder, or the archive of one world.

    \b
    exit code 0  verified      every recorded digest was reached again
              3  diverged      the log gives another state than was recorded
              4  tampered      bytes were changed, or two copies differ
              5  inconclusive  this machine computes otherwise, code is missing, or a
                               tenant's log cannot be read
              6  stuck         an event cannot be folded, or not in --event-seconds
            130                interrupted: there is no verdict
    """
    worst = Verdict.VERIFIED.exit_code
    known: list[str] = []
    found = 0

    def judge(share: Data | Archived) -> None:
        nonlocal worst, found
        second = Data(against, share.tenant) if against else None
        there = sorted({*share.worlds(), *(second.worlds() if second else ())})
        known.extend(map(share.label, there))
        for name in there:
            if world not in (None, name):
                continue
            found += 1
            report = _verify(data, share, against, name, event_seconds, quiet=as_json)
            worst = max(worst, report.verdict.exit_code)
            if as_json:
                row = {"tenant": share.tenant, **msgspec.to_builtins(report)}
                click.echo(msgspec.json.encode(row).decode())
            else:
                say_report(report, share.label(name))

    all_read = True
    if data.is_file():
        judge(Archived(data))
    else:
        all_read = of_each(data, tenant, judge)
    if world is not None and not found:
        raise no_such_world(world, known)
    if not found:
        click.echo(f"{data} holds no world: there is nothing to verify", err=True)
    if not found or not all_read:
        worst = max(worst, Verdict.INCONCLUSIVE.exit_code)
    sys.exit(worst)


def _verify(
    folder: Path,
    share: Data | Archived,
    against: Path | None,
    world: str,
    event_s: float,
    *,
    quiet: bool,
) -> Report:
    start = time.perf_counter()

    def verified(progress: Callable[[int, int], None]) -> Report:
        # What is open here is not for another process.
        data = Archived(folder) if folder.is_file() else Data(folder, share.tenant)
        second = Data(against, share.tenant).log.world(world) if against else None
        return verify(
            world,
            data.log.world(world),
            data.code,
            profile=numeric_profile(),
            objects=data.objects,
            second=second,
            progress=progress,
            budget=WatchedBudget(event_s),
        )

    status = Console(stderr=True, quiet=quiet).status("")
    with Interrupts() as interrupts:

        def show(position: int) -> None:
            interrupts.check()
            status.update(f"replaying {share.label(world)}, position {position}")
            status.start()

        try:
            report = replayed(world, verified, event_s, show)
        finally:
            status.stop()
        interrupts.check()
    report.seconds = round(time.perf_counter() - start, 3)
    return report


def say_report(report: Report, label: str) -> None:
    """Print what a replay of a world showed."""
    click.echo(f"{label}: {report.verdict.value.upper()}")
    click.echo(
        f"  {report.events} events, {report.ticks} ticks, folded in {report.seconds:.1f} s; "
        f"{report.applied} commands applied, {sum(report.refused.values())} refused"
    )
    click.echo(
        f"  {report.attested} of {report.keyframes} keyframes attested in the log, "
        f"{report.snapshots} stored snapshots compared"
    )
    for passed in report.passed_over:
        what = "is passed over" if passed.part == "event" else "halts the world before its ticks"
        click.echo(
            f"  position {passed.position} {what}, as {passed.by} decided at position "
            f"{passed.decided_at}: {passed.reason}"
        )
    if report.unattested:
        click.echo(f"  attested by nobody yet: ticks {_short(report.unattested)}")
    found = report.divergence
    if found is None:
        return
    click.echo(f"  {found.what}")
    if found.position is not None:
        click.echo(f"  at position {found.position}")
    elif found.first is not None:
        click.echo(
            f"  between the keyframes at tick {found.after or 0} and {found.at}: "
            f"in the events from position {found.first} to {found.last}"
        )
    elif found.at is not None:
        click.echo(f"  at tick {found.at}")
    for difference in found.differences:
        click.echo(f"    {difference}")
    if found.more_differences:
        click.echo(f"    … and {found.more_differences} more")
    if report.verdict is Verdict.DIVERGED and not found.differences:
        click.echo("  no stored snapshot of that keyframe shows which components differ")


def _short(ticks: list[int]) -> str:
    shown = ", ".join(map(str, ticks[:5]))
    return shown if len(ticks) <= 5 else f"{shown} and {len(ticks) - 5} more"  # noqa: PLR2004
