"""What the log says, held against what players were told: nothing lost, nothing twice, no other."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from lqe.adapters.files import FileObjects
from lqe.adapters.scenarios import ScenarioCode
from lqe.adapters.sqlite import SQLiteLogs
from lqe.codec import Codec
from lqe.events import AnyEvent, CommandSubmitted
from lqe.fold import Fold, Folded
from lqe.profile import numeric_profile
from lqe.replay import Verdict, verify
from lqe.world import World
from tests.torture.player import Player, Seen


class Judged(msgspec.Struct):
    """What was found in the logs of a server that has stopped; `wrong` is empty if all is well."""

    worlds: int = 0
    events: int = 0
    commands: int = 0
    applied: int = 0
    repeats: int = 0
    keyframes: int = 0
    unattested: int = 0
    acknowledged: int = 0
    outcomes: int = 0
    views: int = 0
    wrong: list[str] = []


def judge(data: Path, players: Sequence[Player]) -> Judged:
    """Replay every world of some players, and compare with all that they noted."""
    found = Judged()
    logs = SQLiteLogs(data)
    for tenant in sorted({p.tenant for p in players}):
        code = ScenarioCode(FileObjects(data).tenant(tenant))
        for world in logs.tenant(tenant).worlds():
            log = logs.tenant(tenant).world(world)
            report = verify(
                world, log, code, profile=numeric_profile(),
                objects=FileObjects(data).tenant(tenant),
            )  # fmt: skip
            found.worlds += 1
            found.events += report.events
            found.keyframes += report.keyframes
            found.unattested += len(report.unattested)
            if report.verdict is not Verdict.VERIFIED:
                found.wrong.append(f"{tenant}#{world} is {report.verdict}: {report.divergence}")
                continue
            theirs = [p for p in players if (p.tenant, p.world) == (tenant, world)]
            events = [Codec().decode(r.data) for r in log.read()]
            _World(found, f"{tenant}#{world}", code, theirs).compare(events)
    logs.close()
    return found


class _World:
    """One world under comparison: what players noted, by position."""

    def __init__(
        self, found: Judged, name: str, code: ScenarioCode, players: Sequence[Player]
    ) -> None:
        self._found = found
        self._name = name
        self._fold = Fold(code)
        self._code = code
        self._applied: dict[tuple[str, int], int] = {}
        self._receipts = {
            position: (p.name, p.session, seq)
            for p in players
            for seq, positions in p.receipts.items()
            for position in positions
        }
        found.acknowledged += len(self._receipts)
        told = [(p, o) for p in players for o in (*p.outcomes.values(), *p.repeated.values())]
        self._told = {o.position: (p.session, o.seq, o.code) for p, o in told}
        found.outcomes += len(told)
        self._seen: dict[int, list[tuple[str, Seen]]] = {}
        for player in players:
            for seen in player.seen:
                self._seen.setdefault(seen.position, []).append((player.name, seen))

    def compare(self, events: Iterable[AnyEvent]) -> None:
        """Execute the log, event by event."""
        for position, event in enumerate(events):
            if isinstance(event, CommandSubmitted):
                self._recorded(position, event)
            self._outcome(self._fold.fold(position, event))
            for player, seen in self._seen.get(position, ()):
                self._view(player, seen)
        for position, whose in self._receipts.items():
            self._say(f"acknowledged at {position} to {whose}, and not in the log")

    def _recorded(self, position: int, event: CommandSubmitted) -> None:
        self._found.commands += 1
        whose = self._receipts.pop(position, None)
        if whose not in (None, (event.player, event.session, event.seq)):
            self._say(f"{position} was acknowledged to {whose}, and is {event}")

    def _outcome(self, folded: Folded) -> None:
        for outcome in folded.outcomes:
            if outcome.seq is None:
                continue
            key = (outcome.session, outcome.seq)
            if outcome.applied:
                self._found.applied += 1
                if key in self._applied:
                    self._say(f"{key} applied at {self._applied[key]} and {outcome.position}")
                self._applied[key] = outcome.position
            elif outcome.code in ("duplicate", "stale"):
                self._found.repeats += 1
            told = self._told.get(outcome.position)
            if told not in (None, (outcome.session, outcome.seq, outcome.code)):
                self._say(f"told {told}, and it is {outcome}")

    def _view(self, player: str, seen: Seen) -> None:
        """Hold what a player was shown against what a replay shows at the same position."""
        scenario = self._code(self._fold.digest_of_scenario)
        world = World(self._fold.core)
        self._found.views += 1
        for what, view in (("world", scenario.view_shared), ("you", scenario.view_player)):
            if view is None:
                continue
            made = view(world) if what == "world" else view(world, player)  # type: ignore[call-arg]
            if msgspec.json.decode(msgspec.json.encode(made)) != getattr(seen, what):
                self._say(
                    f"{player} at {seen.position} saw {what} {getattr(seen, what)}, not {made}"
                )

    def _say(self, what: str) -> None:
        self._found.wrong.append(f"{self._name}: {what}")
