"""One run: a plan is carried out while all goes wrong; then everything comes to rest, checked."""

from collections.abc import Callable, Sequence
from random import Random
from traceback import extract_tb
from typing import Final

import msgspec
from msgspec.structs import replace

from lqe.adapters.cursors import DocumentCursors
from lqe.adapters.dynamodb.documents import DynamoDocuments
from lqe.adapters.dynamodb.table import Table
from lqe.adapters.dynamodb.tables import EVENTS, SNAPSHOTS
from lqe.adapters.runs import HELD_US
from lqe.events import AnyEvent, ScenarioUpgraded, WorldClosed
from lqe.handlers.quarantine import Quarantines, ring
from lqe.ports.cursors import Cursor
from lqe.ports.intake import Message
from lqe.replay.script import opened
from lqe.signals import QUORUM
from tests.simulation.chance import Chance, Fault
from tests.simulation.cloud import Cloud
from tests.simulation.functions import APART_US
from tests.simulation.game import game
from tests.simulation.invariants import check
from tests.simulation.players import Client
from tests.simulation.still import in_one_thread
from tests.simulation.stops import Broken
from tests.simulation.trace import Trace

_WORLDS: Final = (("acme", "w1"), ("globex", "w1"), ("acme", "w2"))
_PLAYERS: Final = ("ann", "bob", "cyd")
_MOST_STEPS: Final = 5_000
_PAUSES_US: Final = (0, 5_000, 20_000, 60_000, 150_000, 400_000)


class Step(msgspec.Struct, frozen=True):
    """Something that somebody outside does: which of them, and with what chance of its own.

    `of` says in words who does it, or to which world it is done.
    """

    kind: str
    who: int
    seed: int
    of: str

    def words(self) -> str:
        """Return the step as a person says it."""
        return f"{self.kind} {self.of}".strip()


class Run(msgspec.Struct, frozen=True):
    """What came of a seed. `broken` says what does not hold, `rule` which check found it.

    The rest repeats and explains it.
    """

    seed: int
    broken: str
    rule: str
    digest: str
    lines: int
    events: int
    steps: list[Step]
    faults: list[Fault]


class Simulation:
    """One seed's cloud, players and plan. `steps` and `faults`, if given, are played instead."""

    def __init__(
        self,
        seed: int,
        *,
        steps: Sequence[Step] | None = None,
        faults: Sequence[Fault] | None = None,
        show: Callable[[str], None] | None = None,
    ) -> None:
        self.seed = seed
        self.chance = Chance(seed, faults)
        self.trace = Trace(show)
        self.cloud = Cloud(self.chance, self.trace)
        self.cloud.step = self._step
        plan = self.chance.plan
        self.worlds = _WORLDS[: plan.choice((1, 2, 2, 3))]
        players = _PLAYERS[: plan.choice((1, 2, 3))]
        self.clients = [
            Client(self.cloud, *world, player) for world in self.worlds for player in players
        ]
        self._interval = plan.choice((10, 16, 24, 40))
        self._pauses = plan.choice((_PAUSES_US, _PAUSES_US[:4], _PAUSES_US[2:]))
        # Some runs come to rest before the faults stop, others are cut off in the middle.
        self._to_the_end = plan.choice((0, 300))
        self._small = plan.random() < 0.3
        planned = self._plan(plan)
        self.steps = planned if steps is None else list(steps)
        self._left = list(reversed(self.steps))
        self._sent = 0

    def run(self) -> Run:
        """Return what came of the seed."""
        broken = rule = ""
        events = 0
        with in_one_thread(small=self._small):
            try:
                self._begin()
                while self._left:
                    self._step()
                while self._to_the_end > 0 and self.cloud.deliveries():
                    self._to_the_end -= 1
                    self._step()
                self._rest()
                events = check(self.cloud, self.worlds, self.clients)
            except Broken as found:
                broken, rule = str(found), _raised_by(found)
        return Run(
            self.seed, broken, rule, self.trace.digest(), self.trace.lines, events, self.steps,
            self.chance.faults,
        )  # fmt: skip

    def _plan(self, plan: Random) -> list[Step]:
        """Return what is done from outside: mostly playing, now and then something rarer."""
        steps = []
        for _ in range(plan.choice((12, 25, 40))):
            mind = plan.random()
            if mind < 0.78:
                kind, among = "player", len(self.clients)
            elif mind < 0.93:
                kind, among = "tick", len(self.worlds)
            elif mind < 0.95:
                kind, among = "operator", 1
            elif mind < 0.97:
                kind, among = "silence", 1
            elif mind < 0.98:
                kind, among = "deploy", 1
            elif mind < 0.985:
                kind, among = "close", len(self.worlds)
            else:
                kind, among = "upgrade", len(self.worlds)
            who = plan.randrange(among)
            steps.append(Step(kind, who, plan.getrandbits(32), self._of(kind, who)))
        return steps

    def _of(self, kind: str, who: int) -> str:
        if kind == "player":
            return self.clients[who].label
        return "#".join(self.worlds[who]) if kind in ("tick", "close", "upgrade") else ""

    def _begin(self) -> None:
        played = game()
        # Of their own chance, so that a plan is the same whatever else is made up.
        quotas = Random(f"quotas of {self.seed}")
        for tenant in sorted({tenant for tenant, _ in self.worlds}):
            self.cloud.register(tenant, quotas.choice((2, 3, 100)), quotas.choice((2, 50, 1_000)))
        for number, world in enumerate(self.worlds):
            scenario = played.code(played.digest)
            event = opened(scenario, played.digest, self.seed * 8 + number, self._interval)
            self._send(world, event)

    def _send(self, world: tuple[str, str], event: AnyEvent) -> None:
        self._sent += 1
        message = Message(
            id=f"admin-{self._sent}", tenant=world[0], world=world[1], events=(event,)
        )
        calm, self.chance.calm = self.chance.calm, True
        self.cloud.intake.send([message])
        self.chance.calm = calm

    def _step(self) -> None:
        """Let one thing happen: the next step of the plan, or something that is on its way."""
        order = self.chance.order
        self.cloud.pass_time(order.choice(self._pauses))
        waiting = self.cloud.deliveries()
        if self._left and (not waiting or order.random() < 0.25):
            self._do(self._left.pop())
        elif waiting:
            self.cloud.deliver(*waiting[order.randrange(len(waiting))])

    def _do(self, step: Step) -> None:
        self.trace.note(f"{self.cloud.now_us} {step.words()}")
        chance = Random(step.seed)
        if step.kind == "player":
            self.clients[step.who].act(chance)
        elif step.kind == "tick":
            tenant, world = self.worlds[step.who]
            beats = chance.randint(1, 3)
            self.cloud.tick(tenant, world, beats / 20.0)
        elif step.kind == "operator":
            self._release()
        elif step.kind == "silence":
            self.cloud.pass_time(chance.choice((2_500_000, 31_000_000, 400_000_000)))
        elif step.kind == "deploy":
            self.cloud.functions.deploy()
        elif step.kind == "close":
            self._send(self.worlds[step.who], WorldClosed())
        else:
            self._send(self.worlds[step.who], ScenarioUpgraded(scenario=game().upgraded))

    def _rest(self) -> None:
        """Let nothing go wrong any more, and everything arrive; ring where the fold missed it."""
        self.chance.calm = True
        self._drain()
        for _ in range(2):
            for world in self.worlds:
                # One that missed nothing may well be left as it is; a next event changes it.
                if self._is_behind(world) or self.chance.order.random() < 0.5:
                    self._ring(world)
            self._drain()
            if not self._release():
                self._go_on()
                return
        raise Broken("worlds that were released stand still again")

    def _go_on(self) -> None:
        """Let everybody who is there be heard: time has to pass for them, whatever was ended.

        Who held a world may have done so by a clock ahead of the one that is looked at.
        """
        self.cloud.pass_time(HELD_US + APART_US)
        for client in self.clients:
            client.beat()
        self._drain()
        begun = {
            (p["tenant"], p["world"]) for p in self.cloud.published if p["signal"]["name"] == QUORUM
        }
        for world in sorted(begun):
            there = any((c.tenant, c.world) == world and c.connection for c in self.clients)
            if there and not self.cloud.states.running(*world):
                raise Broken(f"{world}: somebody is there, and no time passes")

    def _drain(self) -> None:
        for _ in range(_MOST_STEPS):
            waiting = self.cloud.deliveries()
            if waiting:
                self.cloud.pass_time(1_000)
                self.cloud.deliver(*waiting[self.chance.order.randrange(len(waiting))])
                continue
            visible_us = self.cloud.sqs.next_visible_us()
            if visible_us is None:
                return
            self.cloud.pass_time(max(1, visible_us - self.cloud.now_us))
        raise Broken(f"no rest after {_MOST_STEPS} steps without any fault")

    def _is_behind(self, world: tuple[str, str]) -> bool:
        tables, key = self.cloud.dynamodb.tables, f"{world[0]}#{world[1]}"
        log, cursor = tables[EVENTS].get(key), tables[SNAPSHOTS].get(key, {}).get("cursor")
        if not log or cursor is None:
            return True
        position = msgspec.msgpack.decode(cursor["body"]["B"], type=Cursor).position
        return position < int(log[max(log)]["last"]["N"])

    def _ring(self, world: tuple[str, str]) -> None:
        self._sent += 1
        self.cloud.pass_time(20_000)
        calm, self.chance.calm = self.chance.calm, True
        ring(self.cloud.intake, *world, f"ring-{self._sent}")
        self.chance.calm = calm

    def _release(self) -> bool:
        """Let the operator release what stands still: an event out of time is the only cause."""
        documents = DynamoDocuments(Table(self.cloud.dynamodb, SNAPSHOTS))
        quarantines = Quarantines(DocumentCursors(documents))
        released = False
        for tenant, world in self.worlds:
            for standing in quarantines.standing(tenant, [world]):
                if not standing.reason.startswith("out of time"):
                    raise Broken(f"{tenant}#{world} is in quarantine: {standing.reason}")
                self.trace.note(f"{tenant}#{world} is released")
                quarantines.release(tenant, world)
                self._ring((tenant, world))
                released = True
        return released


def _raised_by(error: BaseException) -> str:
    """Return the name of the function that raised an error."""
    return next(reversed([frame.name for frame in extract_tb(error.__traceback__)]), "")


def without(run: Run, steps: Sequence[Step], faults: Sequence[Fault]) -> Run:
    """Return what comes of the same seed with these steps and faults only."""
    return replace(Simulation(run.seed, steps=steps, faults=faults).run(), seed=run.seed)
