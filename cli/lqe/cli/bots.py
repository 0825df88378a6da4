"""Bots on the public protocol: each a connected player that decides now and then."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import msgspec

from lqe.local.client import Player, join
from lqe.local.settings import TENANT
from lqe.rng import Random
from lqe.scenario import Scenario

_DECISION_S = 0.6
_SETTLE_S = 10.0
Joined = Callable[[str, Player], None]


class Mind(Protocol):
    """A scenario's bot: what it sees in, commands out."""

    def decide(self, view: dict[str, Any]) -> Sequence[tuple[str, dict[str, Any]]]:
        """Return (command, arguments) pairs to send now."""


class Place(msgspec.Struct, frozen=True):
    """Where bots play: a tenant's world at a server, with what lets them in there."""

    url: str
    world: str
    tenant: str = TENANT
    key: str = ""


async def play_bots(
    place: Place,
    scenario: Scenario,
    *,
    bots: int,
    seconds: float,
    seed: int,
    joined: Joined,
) -> None:
    """Let `bots` players play for `seconds`; return when every command has its outcome."""
    names = [f"bot-{n}" for n in range(1, bots + 1)]
    async with asyncio.TaskGroup() as group:
        for number, name in enumerate(names):
            key = seed.to_bytes(16, "little", signed=True) + number.to_bytes(16, "little")
            group.create_task(
                _play(place, name, scenario.bot(Random(key)), number / bots, seconds, joined)
            )


async def _play(
    place: Place, name: str, mind: Mind, phase: float, seconds: float, joined: Joined
) -> None:
    async with join(place.url, place.world, name, tenant=place.tenant, key=place.key) as player:
        joined(name, player)
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        await asyncio.sleep(phase * _DECISION_S)
        while loop.time() < end:
            orders = mind.decide(player.view)
            if orders:
                await player.order(*orders)
            await asyncio.sleep(_DECISION_S)
        await _settle(player)


async def _settle(player: Player) -> None:
    """Wait until the player knows what became of all its commands."""
    waited = 0.0
    while waited < _SETTLE_S and player.decided + len(player.rejections) < player.sent:
        await asyncio.sleep(0.05)
        waited += 0.05
