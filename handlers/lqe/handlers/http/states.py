"""What is shown of worlds: how far each is, and what it has used."""

from collections.abc import Callable, Iterable

import msgspec

from lqe.handlers.meter.handler import Meter
from lqe.ports.cursors import TenantCursors
from lqe.ports.documents import Documents

from .ports import WorldState


def states_of(
    worlds: Iterable[str], cursors: TenantCursors, players: Callable[[str], int]
) -> list[WorldState]:
    """Return how far each of a tenant's worlds is; `players` says how many are connected."""
    found = ((world, cursors.get(world)) for world in worlds)
    return [
        WorldState(
            world=world,
            position=cursor.position,
            tick=cursor.tick,
            scenario=cursor.scenario,
            players=players(world),
            closed=cursor.closed_us > 0,
            quarantine=cursor.quarantine,
        )
        for world, cursor in found
    ]


def used_by(worlds: Iterable[str], tenant: str, documents: Documents) -> dict[str, dict[str, int]]:
    """Return what was metered of each of a tenant's worlds, total by total."""
    meter = Meter(documents)
    return {world: msgspec.to_builtins(meter.usage(tenant, world)) for world in worlds}
