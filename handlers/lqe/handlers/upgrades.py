"""What an upgrade would do to a world that runs: tried on a copy of it, recorded nowhere."""

from typing import Literal, Required, TypedDict

import msgspec

from lqe.codec import Codec
from lqe.errors import LedgerQuestError
from lqe.events import ClockAdvanced, ScenarioUpgraded
from lqe.handlers.worlds import Warm, Worlds
from lqe.ports.budget import OutOfTime

Verdict = Literal["same", "follows", "upgrades", "refuses", "closed", "stands"]


class Rehearsal(msgspec.Struct, frozen=True, kw_only=True):
    """How a world would take new code: `runs` is the digest in force now, up to `position`.

    `waiting` is the digest of an upgrade that is recorded and not in force yet. `same` runs the
    new code already, `follows` has it waiting, `upgrades` takes it at its next keyframe; `refuses`
    keeps the old code, since its state does not fit; `stands` does not run, for the reason given.
    """

    tenant: str
    world: str
    runs: str = ""
    waiting: str = ""
    position: int = -1
    verdict: Verdict
    reason: str = ""


def rehearse(worlds: Worlds, tenant: str, world: str, digest: str) -> Rehearsal:
    """Fold a world to its end, upgrade that fold, and say what came of it.

    `worlds` must be nobody else's: its fold of this world is dropped afterwards.
    """
    found: _Found = {"verdict": "stands"}
    try:
        warm = worlds.get(tenant, world)
        if warm is None:
            found["reason"] = worlds.cursors.tenant(tenant).get(world).quarantine
        else:
            found = _tried(worlds, warm, digest)
    except (LedgerQuestError, OutOfTime) as error:
        found["reason"] = str(error) or repr(error)
    finally:
        worlds.drop(tenant, world)
    return Rehearsal(tenant=tenant, world=world, **found)


class _Found(TypedDict, total=False):
    """What `Rehearsal` says beside whose world it is."""

    runs: str
    waiting: str
    position: int
    verdict: Required[Verdict]
    reason: str


def _tried(worlds: Worlds, warm: Warm, digest: str) -> _Found:
    """Fold to the end of the log, say what runs there, and what the new code would come to."""
    decode = Codec().decode
    for record in worlds.log(warm).read(warm.fold.position + 1):
        warm.take(record.position, decode(record.data), len(record.data), worlds.budget)
    fold = warm.fold
    if fold.position < 0:
        return {"verdict": "stands", "reason": "it is not open yet"}
    core = fold.core
    now = _Found(
        runs=fold.digest_of_scenario,
        waiting=core.upgrade or "",
        position=fold.position,
        verdict="upgrades",
    )
    if core.life == "closed":
        return {**now, "verdict": "closed"}
    if digest == (core.upgrade or fold.digest_of_scenario):
        return {**now, "verdict": "follows" if core.upgrade else "same"}
    why = _upgraded(worlds, warm, digest)
    return {**now, "verdict": "refuses", "reason": why} if why else now


def _upgraded(worlds: Worlds, warm: Warm, digest: str) -> str:
    """Let new code come into force at the next keyframe; return why it does not, if so."""
    fold, core = warm.fold, warm.fold.core
    interval = core.genesis.keyframe_interval
    keyframe = (core.tick // interval + 1) * interval
    upgrade = ScenarioUpgraded(scenario=digest, tick=core.tick, at_us=warm.at_us)
    warm.take(fold.position + 1, upgrade, 0, worlds.budget)
    passed_us = (keyframe - core.tick) * core.genesis.tick_us
    advance = ClockAdvanced(tick=keyframe, at_us=warm.at_us + passed_us)
    signals = warm.take(fold.position + 1, advance, 0, worlds.budget).signals
    if fold.digest_of_scenario == digest:
        return ""
    kinds = [str(s.data.get("kind")) for s in signals if s.name == "upgrade_refused"]
    why = kinds[0] if kinds else "an error"
    return f"{why} in taking over its state: give the scenario a `migrate` that fits it"
