"""`ledgerquest usage totals`, `achievements`, `signals`: what observers of worlds have kept."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click
import msgspec

from lqe.adapters.sqlite import SQLiteDocuments
from lqe.handlers.achievements.handler import Achievements
from lqe.handlers.audit_logger.handler import AuditLogger
from lqe.handlers.meter.handler import Meter
from lqe.local.settings import TENANT
from lqe.ports.documents import Documents
from lqe.projections.statement import BILLED
from lqe.projections.usage import usage_of

from .data import DEFAULT_DATA, Data

Line = tuple[str, Any]
Lines = Callable[[Data, Documents, str], Iterable[Line]]
_data = click.argument("data", type=click.Path(path_type=Path), default=DEFAULT_DATA)
_world = click.option("--world", help="Which world; all of them if not given.")
_json = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")


@click.command()
@_data
@_world
@_json
def totals(data: Path, world: str | None, *, as_json: bool) -> None:
    """Print what each world below DATA has used since it was opened: what `usage DATA` does.

    Twice: as its log says, which is what counts, and as metered up to its last keyframe.
    """
    _print(data, world, _usage, as_json=as_json)


@click.command()
@_data
@_world
@_json
def achievements(data: Path, world: str | None, *, as_json: bool) -> None:
    """Print what players achieved in the worlds below DATA."""
    _print(data, world, _achievements, as_json=as_json)


@click.command()
@_data
@_world
@_json
def signals(data: Path, world: str | None, *, as_json: bool) -> None:
    """Print what happened in the worlds below DATA, in words."""
    _print(data, world, _signals, as_json=as_json)


def _print(data: Path, world: str | None, lines: Lines, *, as_json: bool) -> None:
    opened = Data(data)
    worlds = [opened.world(world)[0]] if world else opened.worlds()
    documents = SQLiteDocuments(data)
    for each in worlds:
        for said, plain in lines(opened, documents, each):
            row = {"world": each, **msgspec.to_builtins(plain)}
            click.echo(msgspec.json.encode(row).decode() if as_json else f"{each:<12} {said}")
    documents.close()


def _usage(data: Data, documents: Documents, world: str) -> Iterable[Line]:
    metered = Meter(documents).usage(TENANT, world)
    for source, used in (("log", usage_of(data.world(world)[1])), ("meter", metered)):
        plain = msgspec.to_builtins(used)
        said = "".join(f"{plain[name]:>10} {name}" for name in BILLED)
        yield f"{source:<6}{said}", {"source": source, **plain}


def _achievements(_: Data, documents: Documents, world: str) -> Iterable[Line]:
    for award in Achievements(documents).of(TENANT, world):
        yield f"{award.player:<16} {award.name:<28} tick {award.tick}", award


def _signals(_: Data, documents: Documents, world: str) -> Iterable[Line]:
    for published in AuditLogger(documents).of(TENANT, world):
        signal = published.signal
        told = " ".join(f"{name}={value}" for name, value in signal.data.items())
        place = f"{published.position}.{published.index}"
        yield f"{place:>10}  tick {signal.tick:>7}  {signal.name:<20} {told}", published
