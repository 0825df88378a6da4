"""A world's log folded plainly, once and in order: what everything else is held against."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from lqe.adapters.memory import MemoryLogs
from lqe.codec import Codec
from lqe.errors import LedgerQuestError
from lqe.events import AnyEvent, CommandSubmitted, PlayerJoined, WorldClosed
from lqe.fold import Fold, Outcome
from lqe.ports.hot import HotEntity
from lqe.ports.log import Commit
from lqe.projections.entities import hot_entities
from lqe.projections.months import month_of
from lqe.replay import Report, Verdict, verify
from lqe.signals import USAGE, Signal
from lqe.world import World
from tests.simulation.game import game
from tests.simulation.players import Seen
from tests.simulation.stops import Broken


class Plain:
    """What a log says by itself. Of the positions in `looks`, it keeps what could be seen there."""

    def __init__(self, commits: Sequence[Commit], looks: Mapping[int, set[str]]) -> None:
        decode = Codec().decode
        self.events: list[AnyEvent] = [decode(data) for c in commits for data in c.events]
        self.signals: dict[tuple[int, int], Signal] = {}
        self.outcomes: dict[int, Outcome] = {}
        self.keyframes: dict[int, str] = {}
        self.views: dict[tuple[int, str], Seen] = {}
        self.hot: dict[int, HotEntity] = {}
        self._sizes = [len(data) for c in commits for data in c.events]
        self._fold = Fold(game().code, profile=game().profile)
        self._looks = looks
        for position, event in enumerate(self.events):
            self._take(position, event)

    @property
    def connected(self) -> set[tuple[str, str, str]]:
        """The players, sessions and connections that the world holds for connected."""
        players = self._fold.core.players.values()
        return {(p.name, s.name, s.connection) for p in players for s in p.sessions if s.connected}

    def kept_out(self, player: str, session: str) -> bool:
        """Say whether a join of a session was refused: the world had ended, or stood still."""
        joins = [o for o in self.outcomes.values() if o.seq is None]
        return any((o.player, o.session) == (player, session) and o.code for o in joins)

    @property
    def head(self) -> int:
        """The last position."""
        return len(self.events) - 1

    def usage(self) -> dict[str, Any]:
        """Return the last totals that were told in each month, by the name they are kept under."""
        told = [s.data for _, s in sorted(self.signals.items()) if s.name == USAGE]
        return {f"usage/{month_of(data['at_us'])}": data for data in told}

    def totals(self, position: int) -> dict[str, int]:
        """Return what the events up to a position come to, counted all anew."""
        events = self.events[: position + 1]
        sizes = self._sizes[: position + 1]
        ticks = {e.tick: 0 for e in events}
        for event, size in zip(events, sizes, strict=True):
            ticks[event.tick] += size
        commands = sum(isinstance(e, CommandSubmitted) for e in events)
        return {
            "events": len(events),
            "commands": commands,
            "ticks": events[-1].tick,
            "bytes": sum(sizes),
            "write_units": sum((size + 1023) // 1024 for size in ticks.values()),
            "messages": commands + sum(isinstance(e, PlayerJoined) for e in events),
            "at_us": events[-1].at_us,
            "tick_bytes": ticks[events[-1].tick],
        }

    def _take(self, position: int, event: AnyEvent) -> None:
        fold = self._fold
        try:
            folded = fold.fold(position, event)
        except LedgerQuestError as error:
            raise Broken(f"position {position} of a log cannot be folded: {error}") from error
        signals = list(folded.signals)
        if folded.keyframes or isinstance(event, WorldClosed):
            signals.append(Signal(USAGE, fold.core.tick, self.totals(position)))
        self.signals.update(((position, index), s) for index, s in enumerate(signals))
        self.outcomes.update((o.position, o) for o in folded.outcomes)
        self.keyframes.update((s.header.tick, s.header.digest) for s in folded.keyframes)
        if folded.keyframes:
            self.hot = {e.entity: e for e in hot_entities(fold.core, position)}
        if position in self._looks:
            self._look(position, self._looks[position])

    def _look(self, position: int, players: set[str]) -> None:
        core, scenario = self._fold.core, self._fold.scenario
        world = World(core)
        for player in sorted(players):
            shared = scenario.view_shared(world) if scenario.view_shared else {}
            known = scenario.view_player is not None and player in core.players
            you = scenario.view_player(world, player) if known else {}  # type: ignore[misc]
            self.views[position, player] = Seen(position, core.tick, _sent(shared), _sent(you))


def _sent(value: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value))


def replayed(tenant: str, world: str, commits: Sequence[Commit], objects: Any) -> Report:
    """Return what the auditor's tool says of a log; raise Broken unless it is verified."""
    logs = MemoryLogs()
    refused = [e for e in logs.tenant(tenant).append(list(commits)) if e is not None]
    if refused:
        raise Broken(f"the log of {tenant}#{world} is none: {refused[0]}")
    report = verify(
        world,
        logs.tenant(tenant).world(world),
        game().code,
        profile=game().profile,
        objects=objects,
    )
    if report.verdict is not Verdict.VERIFIED:
        raise Broken(f"the log of {tenant}#{world} is {report.verdict}: {report.divergence}")
    return report
