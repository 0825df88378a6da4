"""`ledgerquest quarantine`: worlds that stand still, and how to let them go on."""

import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from shlex import quote

import click
import msgspec

from lqe.adapters.cursors import DocumentCursors
from lqe.adapters.sqlite import SQLiteDocuments
from lqe.handlers.quarantine import Quarantines, Standing, ring
from lqe.local.settings import TENANT

from .cloud.environment import cloud as deployed
from .data import DEFAULT_DATA, Data, no_such_world, of_each, of_tenant
from .pass_over import advice

_STANDS = 6
Ring = Callable[[str, str], None]


class _Share(msgspec.Struct, frozen=True):
    """One tenant's worlds that are asked about, and how they are called and released."""

    tenant: str
    worlds: Sequence[str]
    quarantines: Quarantines
    label: Callable[[str], str]
    rung: Ring


@click.command()
@click.argument("data", type=click.Path(path_type=Path), default=DEFAULT_DATA)
@click.option("--cloud", is_flag=True, help="Not DATA but the tables that the environment names.")
@of_tenant
@click.option("--world", "worlds", multiple=True, help="Which worlds; all of DATA if not given.")
@click.option("--release", is_flag=True, help="Let them be folded again, after the repair.")
@click.option("--put", "reason", help="Let them stand still, for this reason, till released.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a world.")
def quarantine(
    data: Path,
    *,
    cloud: bool,
    tenant: str | None,
    worlds: tuple[str, ...],
    release: bool,
    reason: str | None,
    as_json: bool,
) -> None:
    r"""Show the worlds that stand still, with the reason, release them, or put some there.

    A world stands still alone when it cannot be folded: bytes that nobody can read, code that is
    missing, a digest that differs, an event that takes too long. Its players are recorded all the
    same, and nothing is lost: released after the repair, it folds everything that came meanwhile.

    A world that is put there stands still till it is released: no start lets it go. Whoever folds
    it notices within a second or so of its next event.

    \b
    exit code 0  no world stands still, or all that did are released
              1  some tenant's worlds cannot be read
              6  some stand still
    """
    if cloud and not worlds:
        raise click.UsageError("name the worlds of a cloud with --world")
    if reason is not None and (release or not worlds):
        raise click.UsageError("--put is for worlds named with --world, without --release")
    shares, all_read = (
        (_cloud(tenant or TENANT, worlds), True)
        if cloud
        else _folder(data, tenant, worlds, changes=release or reason is not None)
    )
    if reason is not None:
        _put(shares, reason)
        return
    where = "--cloud" if cloud else quote(str(data))
    standing = [(share, s) for share in shares for s in _standing(share, release=release)]
    for share, stands in standing:
        said = _said(stands, share.label(stands.world), where, released=release)
        click.echo(msgspec.json.encode(stands).decode() if as_json else said)
    if not standing and not as_json:
        click.echo(f"none of {sum(len(share.worlds) for share in shares)} worlds stands still")
    if standing and not release:
        raise SystemExit(_STANDS)
    if not all_read:
        raise SystemExit(1)


def _standing(share: _Share, *, release: bool) -> list[Standing]:
    found = share.quarantines.standing(share.tenant, share.worlds)
    for stands in found if release else ():
        share.quarantines.release(share.tenant, stands.world)
        share.rung(share.tenant, stands.world)
    return found


def _put(shares: Sequence[_Share], reason: str) -> None:
    named = [(share, world) for share in shares for world in share.worlds]
    twice = next((w for _, w in named if sum(w == other for _, other in named) > 1), None)
    if twice is not None:
        raise click.UsageError(f"several tenants have a world {twice!r}: say whose, with --tenant")
    for share, world in named:
        done = share.quarantines.put(share.tenant, world, reason)
        state = "stands still till it is released" if done else "stood already"
        click.echo(f"{share.label(world)}: {state}")


def _said(stands: Standing, label: str, where: str, *, released: bool) -> str:
    what = "released; it stood" if released else "stands"
    said = (
        f"{label}: {what} still at position {stands.position}, tick {stands.tick}\n"
        f"  {stands.reason}"
    )
    if stands.stuck is None or stands.stuck.position == 0:
        return said
    return f"{said}\n  {advice(where, stands.tenant, stands.world)}"


def _folder(
    data: Path, tenant: str | None, worlds: tuple[str, ...], *, changes: bool
) -> tuple[list[_Share], bool]:
    """Return what is asked about of a data folder, and whether all of that could be read."""
    shares: list[_Share] = []
    known: list[str] = []
    quarantines = Quarantines(DocumentCursors(SQLiteDocuments(data, read_only=not changes)))

    def look(share: Data) -> None:
        there = share.worlds()
        known.extend(map(share.label, there))
        asked = [world for world in there if not worlds or world in worlds]
        # A server that runs hears of it with the world's next event; one that starts folds all.
        shares.append(_Share(share.tenant, asked, quarantines, share.label, lambda *_: None))

    all_read = of_each(data, tenant, look)
    missing = set(worlds).difference(*(share.worlds for share in shares))
    if missing:
        raise no_such_world(min(missing), known)
    return shares, all_read


def _cloud(tenant: str, worlds: tuple[str, ...]) -> list[_Share]:
    process = deployed("quarantine")

    def rung(tenant: str, world: str) -> None:
        ring(process.intake, tenant, world, f"release:{secrets.token_hex(8)}")

    return [_Share(tenant, worlds, Quarantines(process.cursors), str, rung)]
