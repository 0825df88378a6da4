"""`ledgerquest quarantine`: worlds that stand still, and how to let them go on."""

import secrets
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from shlex import quote

import click
import msgspec

from lqe.adapters.cursors import DocumentCursors
from lqe.adapters.sqlite import SQLiteDocuments
from lqe.handlers.quarantine import Quarantines, Standing, ring
from lqe.local.settings import TENANT

from .cloud.environment import cloud as deployed
from .data import DEFAULT_DATA, Data, no_such_world
from .pass_over import advice

_STANDS = 6


@click.command()
@click.argument("data", type=click.Path(path_type=Path), default=DEFAULT_DATA)
@click.option("--cloud", is_flag=True, help="Not DATA but the tables that the environment names.")
@click.option("--tenant", default=TENANT, show_default=True, help="Whose worlds.")
@click.option("--world", "worlds", multiple=True, help="Which worlds; all of DATA if not given.")
@click.option("--release", is_flag=True, help="Let them be folded again, after the repair.")
@click.option("--put", "reason", help="Let them stand still, for this reason, till released.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a world.")
def quarantine(
    data: Path,
    *,
    cloud: bool,
    tenant: str,
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
              6  some stand still
    """
    if cloud and not worlds:
        raise click.UsageError("name the worlds of a cloud with --world")
    quarantines, rung = _cloud() if cloud else _folder(data)
    if reason is not None:
        if release or not worlds:
            raise click.UsageError("--put is for worlds named with --world, without --release")
        _put(quarantines, tenant, worlds, [] if cloud else Data(data, tenant).worlds(), reason)
        return
    names = worlds or Data(data, tenant).worlds()
    standing = quarantines.standing(tenant, names)
    for stands in standing:
        if release:
            quarantines.release(tenant, stands.world)
            rung(tenant, stands.world)
        said = _said(stands, "--cloud" if cloud else quote(str(data)), released=release)
        click.echo(msgspec.json.encode(stands).decode() if as_json else said)
    if not standing and not as_json:
        click.echo(f"none of {len(names)} worlds stands still")
    if standing and not release:
        raise SystemExit(_STANDS)


def _put(
    quarantines: Quarantines,
    tenant: str,
    worlds: Iterable[str],
    known: Collection[str],
    reason: str,
) -> None:
    for world in worlds:
        if known and world not in known:
            raise no_such_world(world, known)
    for world in worlds:
        done = quarantines.put(tenant, world, reason)
        click.echo(f"{world}: {'stands still till it is released' if done else 'stood already'}")


def _said(stands: Standing, where: str, *, released: bool) -> str:
    what = "released; it stood" if released else "stands"
    said = (
        f"{stands.world}: {what} still at position {stands.position}, tick {stands.tick}\n"
        f"  {stands.reason}"
    )
    if stands.stuck is None or stands.stuck.position == 0:
        return said
    return f"{said}\n  {advice(where, stands.tenant, stands.world)}"


Ring = Callable[[str, str], None]


def _folder(data: Path) -> tuple[Quarantines, Ring]:
    # A server that runs hears of it with the world's next event; one that starts folds them all.
    return Quarantines(DocumentCursors(SQLiteDocuments(data))), lambda *_: None


def _cloud() -> tuple[Quarantines, Ring]:
    process = deployed("quarantine")

    def rung(tenant: str, world: str) -> None:
        ring(process.intake, tenant, world, f"release:{secrets.token_hex(8)}")

    return Quarantines(process.cursors), rung
