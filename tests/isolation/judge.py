"""Whether an attempt succeeded: another's data was reached, and no layer that is on refused it."""

from collections.abc import Collection, Iterable, Sequence

import msgspec

from tests.isolation.attempts import Attempt, attempts
from tests.isolation.engine import Asked, Policy, deployed, evaluate
from tests.isolation.layers import IAM, switched_off
from tests.isolation.plant import Plant, Touched, is_told
from tests.isolation.stage import Stage

Off = frozenset[str]


class Made(msgspec.Struct, frozen=True):
    """An attempt that was made: what reached a service, and whether a canary came back."""

    attempt: Attempt
    off: Off
    calls: Sequence[Touched]
    told: bool

    def foreign(self, *, at_rest: bool) -> list[Touched]:
        """Return what of others it reached for, alone what is at rest or all."""
        actor = self.attempt.actor
        return [c for c in self.calls if c.owners - {actor} and (c.asked or not at_rest)]


def made(found: Iterable[Attempt], off: Off) -> list[Made]:
    """Make the attempts with some layers off; what IAM has to say comes later."""
    plant = Plant()
    results = []
    with switched_off(off):
        for attempt in found:
            plant.calls = []
            answer = attempt.make(Stage(plant))
            told = is_told(answer, attempt.actor)
            results.append(Made(attempt, off, tuple(plant.calls), told))
    return results


class Verdict(msgspec.Struct):
    """What came of all attempts: how many by entry and by what was off, and which succeeded."""

    counted: dict[tuple[str, Off], int]
    succeeded: list[Made]
    # Calls at a tenant's own data that the policy refused: it would be safe, and of no use.
    locked_out: list[Touched]


def verdict_on(results: Sequence[Made], policy: Policy | None = None) -> Verdict:
    """Judge attempts; the engine is asked once about all that reached a service.

    Another `policy` than the one deployed is for trying whether its faults are found.
    """
    calls = {call for each in results for call in each.calls if call.asked is not None}
    allowed = evaluate(policy or deployed("tenant_data"), sorted(c.asked for c in calls if c.asked))
    counted: dict[tuple[str, Off], int] = {}
    for each in results:
        key = (each.attempt.entry, each.off)
        counted[key] = counted.get(key, 0) + 1
    own = {
        call
        for each in results
        for call in each.calls
        if call.asked and each.attempt.entry != "iam" and call.owners == {each.attempt.actor}
    }
    return Verdict(
        counted,
        [each for each in results if succeeded(each, allowed)],
        [call for call in own if call.asked and not allowed[call.asked]],
    )


def succeeded(each: Made, allowed: dict[Asked, bool]) -> bool:
    """Say whether something of another's was read or written."""
    foreign = each.foreign(at_rest=len(each.off) > 1)
    if IAM in each.off:
        return bool(foreign) or each.told
    through = [call for call in foreign if call.asked is None or allowed[call.asked]]
    # What a refused call would have brought was not brought.
    refused = len(through) < len(foreign)
    return bool(through) or (each.told and not refused)


def judged(seed: int, count: int, settings: Collection[Off]) -> Verdict:
    """Make the same attempts under each setting, and judge them."""
    generated = list(attempts(seed, count))
    results: list[Made] = []
    for off in settings:
        # One that comes in behind every layer that is on says nothing of any.
        results += made((a for a in generated if a.before - off), off)
    return verdict_on(results)
