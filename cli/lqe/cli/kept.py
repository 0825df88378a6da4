"""`ledgerquest usage totals`, `achievements`, `signals`: what observers of worlds have kept."""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click
import msgspec

from lqe.handlers.achievements.handler import Achievements
from lqe.handlers.audit_logger.handler import AuditLogger
from lqe.handlers.meter.handler import Meter
from lqe.projections.statement import BILLED
from lqe.projections.usage import usage_of

from .data import DEFAULT_DATA, Data, no_such_world, of_each, of_tenant

Line = tuple[str, Any]
Lines = Callable[[Data, str], Iterable[Line]]
_data = click.argument("data", type=click.Path(path_type=Path), default=DEFAULT_DATA)
_world = click.option("--world", help="Which world; all of them if not given.")
_json = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")


@click.command()
@_data
@of_tenant
@_world
@_json
def totals(data: Path, tenant: str | None, world: str | None, *, as_json: bool) -> None:
    """Print what each world below DATA has used since it was opened: what `usage DATA` does.

    Twice: as its log says, which is what counts, and as metered up to its last keyframe.
    """
    _print(data, tenant, world, _usage, as_json=as_json)


@click.command()
@_data
@of_tenant
@_world
@_json
def achievements(data: Path, tenant: str | None, world: str | None, *, as_json: bool) -> None:
    """Print what players achieved in the worlds below DATA."""
    _print(data, tenant, world, _achievements, as_json=as_json)


@click.command()
@_data
@of_tenant
@_world
@_json
def signals(data: Path, tenant: str | None, world: str | None, *, as_json: bool) -> None:
    """Print what happened in the worlds below DATA, in words."""
    _print(data, tenant, world, _signals, as_json=as_json)


def _print(
    folder: Path, tenant: str | None, world: str | None, lines: Lines, *, as_json: bool
) -> None:
    known: list[str] = []
    found = False

    def say(data: Data) -> None:
        nonlocal found
        known.extend(data.label(name) for name in data.worlds())
        for name in data.worlds(world):
            found = True
            for said, plain in lines(data, name):
                row = {"tenant": data.tenant, "world": name, **msgspec.to_builtins(plain)}
                text = f"{data.label(name):<12} {said}"
                click.echo(msgspec.json.encode(row).decode() if as_json else text)

    all_read = of_each(folder, tenant, say)
    if world is not None and not found:
        raise no_such_world(world, known)
    if not all_read:
        sys.exit(1)


def _usage(data: Data, world: str) -> Iterable[Line]:
    metered = Meter(data.documents).usage(data.tenant, world)
    for source, used in (("log", usage_of(data.log.world(world))), ("meter", metered)):
        plain = msgspec.to_builtins(used)
        said = "".join(f"{plain[name]:>10} {name}" for name in BILLED)
        yield f"{source:<6}{said}", {"source": source, **plain}


def _achievements(data: Data, world: str) -> Iterable[Line]:
    for award in Achievements(data.documents).of(data.tenant, world):
        yield f"{award.player:<16} {award.name:<28} tick {award.tick}", award


def _signals(data: Data, world: str) -> Iterable[Line]:
    for published in AuditLogger(data.documents).of(data.tenant, world):
        signal = published.signal
        told = " ".join(f"{name}={value}" for name, value in signal.data.items())
        place = f"{published.position}.{published.index}"
        yield f"{place:>10}  tick {signal.tick:>7}  {signal.name:<20} {told}", published
