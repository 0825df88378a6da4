"""One world of a scenario under test, played by the ways of a live one, and by no clock."""

from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
from msgspec.structs import replace

from lqe.adapters.memory import MemoryObjects
from lqe.adapters.scenarios import ScenarioCode, find_source, module_of
from lqe.codec import Codec
from lqe.errors import BadInput
from lqe.events import (
    BOOKKEEPING,
    AnyEvent,
    ClockAdvanced,
    CommandSubmitted,
    Event,
    PlayerJoined,
    PlayerLeft,
)
from lqe.fold import Fold, Folded
from lqe.fold.outcomes import Code
from lqe.replay.script import make_script, opened
from lqe.scenario import Command
from lqe.scenario.schemas import encode_args
from lqe.signals import EVERYONE, Signal
from lqe.wire import Frame, SentCommand, decode_frame
from lqe.world import Draft, World

from .faults import why_it_failed
from .happened import Happened, Heard
from .replays import check_replays
from .steps import After, Joined, Sent, Step, sent
from .types import Types

Document = dict[str, Any]
_encode = msgspec.json.Encoder().encode


class Game:
    """A world of the scenario in a folder, of the name of an installed one, or of a module.

    `seed` is the world's chance: the same seed and the same steps give the same game. The types
    of the scenario are those of its own code: `game.commands.Brew`, `game.components.Stand`, and
    whatever else is in `game.module`.
    """

    def __init__(
        self,
        scenario: str | Path | ModuleType,
        *,
        seed: int = 1,
        keyframe_interval: int | None = None,
    ) -> None:
        self.source = find_source(_place(scenario))
        self._code = ScenarioCode(MemoryObjects().tenant("test"))
        digest = self._code.keep(self.source)
        self.scenario = self._code(digest)
        self.module: Any = module_of(self.source)
        self.commands: Any = Types("command", [k.type for k in self.scenario.commands.values()])
        self.components: Any = Types("component", self.scenario.components)
        self.log: list[bytes] = []
        self.signals: list[Heard] = []
        self.keyframes: list[tuple[int, str]] = []
        self._codec = Codec()
        self._fold = Fold(self._code)
        self._sessions: dict[str, str] = {}
        self._seqs: dict[str, int] = {}
        self._reading: Draft | None = None
        self._record(opened(self.scenario, digest, seed, keyframe_interval))

    @classmethod
    def played(
        cls,
        scenario: str | Path | ModuleType,
        *,
        players: int = 3,
        seconds: float = 60.0,
        seed: int = 1,
    ) -> "Game":
        """Return a game that bots have played: the scenario's own, else some that act by chance."""
        game = cls(scenario, seed=seed)
        ticks = game.ticks(seconds)
        digest = game.source.digest
        script = make_script(game._code, digest, players=players, ticks=ticks, seed=seed)
        return game.given(script[1:])

    # Given, when

    def given(self, *steps: Step | Event | Iterable[Step | Event]) -> "Game":
        """Let things happen in order: steps, or events of a log; a refused step is a failure."""
        for step in steps:
            if isinstance(step, Event):
                self._event(step)
            elif isinstance(step, Step):
                happened = self.when(step)
                if isinstance(step, (Joined, Sent)):
                    happened.then_applied()
            else:
                self.given(*step)
        return self

    def when(self, who: str | Step, order: Command | str | None = None, /, **args: Any) -> Happened:
        """Do one thing and return what came of it: a step, or a player's command."""
        if isinstance(who, str):
            if order is None:
                raise TypeError(f"expected a command of {who!r}: game.when({who!r}, Brew(cups=3))")
            return self._send(sent(who, order, **args))
        if isinstance(who, Sent):
            return self._send(who)
        if isinstance(who, After):
            return self._wait(who)
        happened = Happened(what=f"{type(who).__name__.lower()}{who.players}")
        for player in who.players:
            kind = PlayerJoined if isinstance(who, Joined) else PlayerLeft
            self._take(happened, kind(player=player, session=self._session(player)))
            if happened.outcome is not None and not happened.outcome.applied:
                break
        return happened

    # Looking

    @property
    def world(self) -> World:
        """The world as it is now, for queries; what is changed through it is forgotten."""
        if self._reading is None:
            self._reading = Draft(self._fold.core)
        return self._reading

    @property
    def tick(self) -> int:
        """The world's clock."""
        return self._fold.core.tick

    @property
    def events(self) -> list[AnyEvent]:
        """The events of the world's log, from `world opened` on."""
        return [self._codec.decode(data) for data in self.log]

    def ticks(self, seconds: float) -> int:
        """Return how many ticks some seconds are, at least one."""
        return max(1, round(seconds / self._fold.core.dt))

    def sees(self, player: str) -> Document:
        """Return what a player sees, as a client reads it: `world` for everybody, and `you`."""
        scenario, world = self.scenario, World(self._fold.core)
        shared = scenario.view_shared(world) if scenario.view_shared else {}
        joined = player in self._fold.core.players
        you = scenario.view_player(world, player) if scenario.view_player and joined else {}
        seen: Document = msgspec.json.decode(_encode({"world": shared, "you": you}))
        return seen

    def replays(self) -> "Game":
        """Expect that the log so far gives the same state again: by bytes, and started cold."""
        check_replays(self.source, self.log, self._fold.core, self.keyframes)
        return self

    # How it goes on

    def _send(self, step: Sent) -> Happened:
        """Send a command as a client does: through JSON, the edge's checks, and the log's bytes."""
        given = ", ".join(f"{name}={value!r}" for name, value in step.args.items())
        happened = Happened(what=f"{step.player}: {step.command}({given})")
        seq = self._seqs.get(self._session(step.player), 0) + 1
        try:
            frame = decode_frame(_encode(Frame([SentCommand(seq, step.command, step.args)])))
            assert isinstance(frame, Frame)
            event = self._at_the_edge(step.player, frame.commands[0])
        except (BadInput, msgspec.ValidationError, RecursionError) as error:
            happened.rejection = str(error)
            return happened
        self._take(happened, event)
        return happened

    def _at_the_edge(self, player: str, command: SentCommand) -> CommandSubmitted:
        kind = self.scenario.commands.get(command.name)
        if kind is None:
            known = ", ".join(sorted(self.scenario.commands)) or "none"
            raise BadInput(f"there is no command {command.name!r}; there are: {known}")
        args = encode_args(kind, command.args)
        return CommandSubmitted(
            player=player,
            session=self._session(player),
            seq=command.seq,
            name=command.name,
            args=args,
        )

    def _session(self, player: str) -> str:
        return self._sessions.get(player, f"s-{player}")

    def _wait(self, step: After) -> Happened:
        goal = self.tick + (step.ticks or self.ticks(step.seconds))
        said = f"{step.ticks} ticks" if step.ticks else f"{step.seconds:g} seconds"
        happened = Happened(what=f"after {said}")
        pace = self.ticks(1.0 / self.scenario.rules.clock_hz)
        while self.tick < goal:
            self._take(happened, ClockAdvanced(tick=min(goal, self.tick + pace)))
        return happened

    def _event(self, event: Event) -> None:
        """Take an event as it stands in a log: its tick counts where it is later than now."""
        bookkeeping = isinstance(event, BOOKKEEPING)
        tick = self.tick if bookkeeping else max(self.tick, event.tick)
        self._take(Happened(what=type(event).__name__), replace(event, tick=tick))  # type: ignore[arg-type]

    def _take(self, happened: Happened, event: AnyEvent) -> None:
        """Record an event, and note what came of it."""
        folded = self._record(replace(event, tick=max(self.tick, event.tick)))
        heard = [self._heard(signal) for signal in folded.signals]
        happened.signals = [*happened.signals, *heard]
        self.signals += heard
        for outcome in folded.outcomes:
            happened.outcome = outcome
            if outcome.code == Code.FAULTED:
                happened.fault = why_it_failed(self._code, self.events)
        if any(s.name == "world_halted" for s in folded.signals):
            core = self._fold.core
            why = why_it_failed(self._code, self.events)
            raise AssertionError(f"{happened.what}: the world halted, {core.fault}\n{why}".rstrip())

    def _record(self, event: AnyEvent) -> Folded:
        if self._reading is not None:
            self._reading.abandon()
            self._reading = None
        at_us = event.at_us or event.tick * self.scenario.rules.tick_us
        data = self._codec.encode(replace(event, at_us=at_us))
        folded = self._fold.fold(len(self.log), self._codec.decode(data))
        self.log.append(data)
        self.keyframes += [(k.header.tick, k.header.digest) for k in folded.keyframes]
        if isinstance(event, PlayerJoined):
            self._sessions[event.player] = event.session
        elif isinstance(event, CommandSubmitted):
            self._seqs[event.session] = max(event.seq, self._seqs.get(event.session, 0))
        return folded

    def _heard(self, signal: Signal) -> Heard:
        """Return a signal with who hears it, which is who is in its audience and has joined."""
        kind, _, name = signal.audience.partition(":")
        everybody = [p for p, player in self._fold.core.players.items() if player.present]
        by: list[str] = []
        if signal.audience == EVERYONE:
            by = everybody
        elif kind == "player":
            by = [p for p in everybody if p == name]
        elif kind == "entity":
            sees, world = self.scenario.visibility, World(self._fold.core)
            by = [p for p in everybody if sees is None or sees(world, p, int(name))]
        return Heard(signal.name, signal.tick, signal.data, tuple(sorted(by)))


def _place(scenario: str | Path | ModuleType) -> str:
    if isinstance(scenario, ModuleType):
        if scenario.__file__ is None:
            raise ValueError(f"{scenario.__name__} is no package with a file of its own")
        return str(Path(scenario.__file__).parent)
    return str(scenario)
