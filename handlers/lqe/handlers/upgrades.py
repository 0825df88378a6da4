"""What an upgrade would do to a world that runs: tried on a copy of it, recorded nowhere."""

from typing import Literal

import msgspec

from lqe.codec import Codec
from lqe.errors import LedgerQuestError
from lqe.events import ClockAdvanced, ScenarioUpgraded
from lqe.handlers.worlds import Warm, Worlds
from lqe.ports.budget import OutOfTime

Verdict = Literal["same", "upgrades", "refuses", "closed", "stands"]


class Rehearsal(msgspec.Struct, frozen=True, kw_only=True):
    """How a world would take new code: `runs` is the digest in force now.

    `same` runs it already, `upgrades` at its next keyframe; `refuses` keeps the old code, since
    its state does not fit; `stands` does not run, for the reason given.
    """

    tenant: str
    world: str
    runs: str
    verdict: Verdict
    reason: str = ""


def rehearse(worlds: Worlds, tenant: str, world: str, digest: str) -> Rehearsal:
    """Fold a world to its end, upgrade that fold, and say what came of it.

    `worlds` must be nobody else's: its fold of this world is dropped afterwards.
    """
    runs, reason = "", ""
    verdict: Verdict = "stands"
    try:
        warm = worlds.get(tenant, world)
        if warm is None:
            reason = worlds.cursors.tenant(tenant).get(world).quarantine
        else:
            runs, verdict, reason = _tried(worlds, warm, digest)
    except (LedgerQuestError, OutOfTime) as error:
        reason = str(error) or repr(error)
    finally:
        worlds.drop(tenant, world)
    return Rehearsal(tenant=tenant, world=world, runs=runs, verdict=verdict, reason=reason)


def _tried(worlds: Worlds, warm: Warm, digest: str) -> tuple[str, Verdict, str]:
    """Return the digest in force, what the new code would come to, and why."""
    decode = Codec().decode
    for record in worlds.log(warm).read(warm.fold.position + 1):
        warm.take(record.position, decode(record.data), len(record.data), worlds.budget)
    fold = warm.fold
    if fold.position < 0:
        return "", "stands", "it is not open yet"
    runs, core = fold.digest_of_scenario, fold.core
    if runs == digest:
        return runs, "same", ""
    if core.life == "closed":
        return runs, "closed", ""
    interval = core.genesis.keyframe_interval
    keyframe = (core.tick // interval + 1) * interval
    upgrade = ScenarioUpgraded(scenario=digest, tick=core.tick, at_us=warm.at_us)
    warm.take(fold.position + 1, upgrade, 0, worlds.budget)
    passed_us = (keyframe - core.tick) * core.genesis.tick_us
    advance = ClockAdvanced(tick=keyframe, at_us=warm.at_us + passed_us)
    signals = warm.take(fold.position + 1, advance, 0, worlds.budget).signals
    if fold.digest_of_scenario == digest:
        return runs, "upgrades", ""
    kinds = [str(s.data.get("kind")) for s in signals if s.name == "upgrade_refused"]
    why = kinds[0] if kinds else "an error"
    return (
        runs,
        "refuses",
        f"{why} in taking over its state: give the scenario a `migrate` that fits it",
    )
