"""`ledgerquest usage`: what was used, the statement of a month, and whether two of them agree."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click
import msgspec

from lqe.adapters.sqlite import log_in
from lqe.errors import BadInput
from lqe.handlers.meter.handler import Meter
from lqe.local.settings import TENANT
from lqe.ports.documents import Documents
from lqe.ports.log import TenantLog
from lqe.projections.months import month_named
from lqe.projections.statement import (
    BILLED,
    Billed,
    Statement,
    first_difference,
    read_statement,
    statement_of,
)

from .cloud.environment import cloud as deployed
from .data import DEFAULT_DATA, Data, of_each, of_tenant, tenants_in
from .kept import totals

_DIFFERENT: Final = 1
_MOST_BYTES: Final = 64 * 1024 * 1024
_WIDTH: Final = 12


class _Usage(click.Group):
    """A group whose first argument may be what its command `totals` takes."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        known = {*self.commands, *self.get_help_option_names(ctx)}
        return super().parse_args(ctx, args if args and args[0] in known else ["totals", *args])


class _Source(msgspec.Struct, frozen=True):
    """Where a statement is made from; `documents` are the meter's, if it is to count on them."""

    log: TenantLog
    worlds: tuple[str, ...]
    documents: Documents | None


@click.group(cls=_Usage)
def usage() -> None:
    r"""Say what was used, as the log has it.

    \b
    ledgerquest usage DATA                               since each world was opened
    ledgerquest usage statement DATA --month 2026-11     the bill of a month
    ledgerquest usage compare MINE THEIRS                whether two bills are equal
    """


usage.add_command(totals)


@usage.command()
@click.argument("data", type=click.Path(path_type=Path), default=DEFAULT_DATA)
@click.option("--month", required=True, help="Of which month, in UTC, as 2026-11.")
@of_tenant
@click.option("--world", "worlds", multiple=True, help="Which worlds; all of DATA if not given.")
@click.option("--cloud", is_flag=True, help="Not DATA but the tables that the environment names.")
@click.option("--metered", is_flag=True, help="Count on from what the meter has kept: quicker.")
@click.option("--json", "as_json", is_flag=True, help="The document whose sha256 is the digest.")
def statement(
    data: Path,
    *,
    month: str,
    tenant: str | None,
    worlds: tuple[str, ...],
    cloud: bool,
    metered: bool,
    as_json: bool,
) -> None:
    """State what a tenant used in a month, counted from its log; each tenant, if none is named.

    DATA is a data folder, or a copy of one tenant's log.sqlite. Whoever has the log comes to the
    same bytes; `usage compare` says whether they are the same.
    """
    of = month_named(month)

    def state(whose: str, source: _Source) -> None:
        counts = {} if source.documents is None else {"counted": Meter(source.documents).of(whose)}
        made = statement_of(whose, of, source.log, source.worlds, **counts)
        click.echo(made.encode() if as_json else _said(made), nl=not as_json)

    if cloud:
        state(tenant or TENANT, _cloud(tenant or TENANT, worlds, metered=metered))
    elif data.is_file():
        state(tenant or TENANT, _copied(data, worlds, metered=metered))
    else:
        known = tenants_in(data, tenant)
        if as_json and len(known) > 1:
            raise click.UsageError(f"one document is one tenant's: name it, of {', '.join(known)}")
        if not of_each(
            data, tenant, lambda share: state(share.tenant, _stored(share, worlds, metered=metered))
        ):
            sys.exit(1)


@usage.command()
@click.argument("mine", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("theirs", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def compare(mine: Path, theirs: Path) -> None:
    r"""Compare two statements, each a file that `usage statement --json` wrote.

    \b
    exit code 0  equal to the unit
              1  different: the first difference is named
              2  one of them is no statement, or does not add up
    """
    here, there = _read(mine, "MINE"), _read(theirs, "THEIRS")
    found = first_difference(here, there)
    if found is None:
        click.echo(f"equal to the unit: {here.tenant}, {here.month}, digest {here.digest}")
        return
    click.echo(f"different: {found}")
    sys.exit(_DIFFERENT)


def _cloud(tenant: str, worlds: tuple[str, ...], *, metered: bool) -> _Source:
    if not worlds:
        raise click.UsageError("name the worlds of a cloud with --world")
    process = deployed("usage")
    from lqe.adapters.dynamodb.log import DynamoLogs  # noqa: PLC0415 - needs the extra `aws`

    log = DynamoLogs(process.table(process.settings.events)).tenant(tenant)
    return _Source(log, worlds, process.documents if metered else None)


def _copied(path: Path, worlds: tuple[str, ...], *, metered: bool) -> _Source:
    if metered:
        raise click.UsageError("beside a log.sqlite alone there is no meter: leave out --metered")
    log = log_in(path)
    return _Source(log, _among(log.worlds(), str(path), worlds), None)


def _stored(data: Data, worlds: tuple[str, ...], *, metered: bool) -> _Source:
    known = _among(data.worlds(), f"tenant {data.tenant}", worlds)
    return _Source(data.log, known, data.documents if metered else None)


def _among(known: Sequence[str], where: str, worlds: tuple[str, ...]) -> tuple[str, ...]:
    """Return the worlds that are asked for, all that are known if none; exit with 1 for others."""
    unknown = sorted({*worlds} - {*known})
    if unknown:
        there = ", ".join(known) or "none"
        raise click.ClickException(f"{where} has no world {unknown[0]!r}; there are: {there}")
    return worlds or tuple(known)


def _read(path: Path, name: str) -> Statement:
    if path.stat().st_size > _MOST_BYTES:
        raise click.BadParameter(f"{path} has more than {_MOST_BYTES} bytes", param_hint=name)
    try:
        return read_statement(path.read_bytes())
    except BadInput as error:
        raise click.BadParameter(f"{path}: {error}", param_hint=name) from None


def _said(made: Statement) -> str:
    wide = max((len(line.world) for line in made.worlds), default=0) + 2
    rows = [
        f"{made.tenant}, {made.month} (UTC)",
        f"{'':<{wide}}{'positions':>{2 * _WIDTH}}" + "".join(f"{n:>{_WIDTH}}" for n in BILLED),
    ]
    for line in made.worlds:
        places = f"{line.first} to {line.last}"
        rows.append(f"{line.world:<{wide}}{places:>{2 * _WIDTH}}{_figures(line)}")
    rows.append(f"{'total':<{wide}}{'':>{2 * _WIDTH}}{_figures(made.total)}")
    return "\n".join([*rows, f"digest {made.digest}"])


def _figures(billed: Billed) -> str:
    return "".join(f"{getattr(billed, name):>{_WIDTH}}" for name in BILLED)
