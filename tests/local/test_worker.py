"""A fold worker without its process: what it says, and in which order."""

from pathlib import Path

from lqe.adapters.files import FileObjects
from lqe.adapters.scenarios import ScenarioCode, read_source
from lqe.events import AnyEvent, ClockAdvanced, PlayerJoined, ScenarioUpgraded, WorldOpened
from lqe.handlers.append.handler import Appended
from lqe.local.fold_wiring import Folding
from lqe.local.link import (
    Behind,
    Figures,
    Finish,
    Finished,
    InForce,
    Opened,
    Shown,
    Spread,
    Start,
    Stored,
    ToServer,
    ToWorker,
)
from lqe.local.mark import Mark, shared_file
from lqe.local.outbox import Outbox
from lqe.local.rounds import Worker
from lqe.ports.push import Connection
from lqe.source import Source
from tests.recorded import START_US, STONES, TENANT, WORLD

INTERVAL = 4


def folding_of(folder: Path, outbox: Outbox) -> Folding:
    start = Start(str(folder), observed=False, clock_began_us=0)
    return Folding(start, outbox, Mark(shared_file()))


def test_new_code_is_in_force_before_anybody_is_shown_what_it_made(tmp_path: Path) -> None:
    code = ScenarioCode(FileObjects(tmp_path).tenant(TENANT))
    source = read_source(STONES)
    old = code.keep(source)
    new = code.keep(Source(source.package, {**source.files, "more.py": b'"""More."""\n'}))
    said: list[ToServer] = []
    folding = folding_of(tmp_path, Outbox(said.extend))

    def fold(first: int, *events: AnyEvent) -> list[ToServer]:
        said.clear()
        sizes = [100] * len(events)
        assert folding.fold.handle([Appended(TENANT, WORLD, first, events, sizes)]) == []
        folding.outbox.flush()
        return said

    ann = Connection("c1", TENANT, WORLD, "ann", "s1")
    folding.connections.add(ann, 0)
    opened = WorldOpened(
        scenario=old,
        rules=1,
        seed=b"x" * 32,
        tick_us=50_000,
        keyframe_interval=INTERVAL,
        limits=code(old).rules.limits,
        at_us=START_US,
    )
    joined = PlayerJoined(player="ann", session="s1", connection="c1", at_us=START_US)
    heard = [m for m in fold(0, opened, joined) if isinstance(m, InForce | Shown)]
    assert heard[0] == InForce(TENANT, WORLD, old)
    assert isinstance(heard[1], Shown)

    upgraded = ScenarioUpgraded(scenario=new, at_us=START_US)
    advanced = ClockAdvanced(tick=INTERVAL, at_us=START_US + INTERVAL * 50_000)
    after = fold(2, upgraded, advanced)
    kinds = [type(m) for m in after if isinstance(m, InForce | Spread)]
    assert InForce(TENANT, WORLD, new) in after
    assert kinds[0] is InForce


class Script:
    """An inbox: what the server says, take by take, until nothing is left but the end."""

    def __init__(self, *takes: list[ToWorker]) -> None:
        self._takes: list[list[ToWorker]] = [*takes, [Finish()]]

    def take(self, most_s: float) -> list[ToWorker]:  # noqa: ARG002 - it waits for nothing
        return self._takes.pop(0) if self._takes else []

    def rest(self, seconds: float) -> None:
        pass


def test_a_world_with_much_to_fold_lets_those_of_others_take_their_turns(tmp_path: Path) -> None:
    said: list[ToServer] = []
    outbox = Outbox(said.extend)
    folding = folding_of(tmp_path, outbox)
    stored: list[ToWorker] = []
    for tenant, ticks in (("acme", 4_000), ("globex", 0)):
        code = ScenarioCode(FileObjects(tmp_path).tenant(tenant))
        digest = code.keep(read_source(STONES))
        opened = WorldOpened(
            scenario=digest,
            rules=1,
            seed=b"x" * 32,
            tick_us=50_000,
            keyframe_interval=10_000,
            limits=code(digest).rules.limits,
            at_us=START_US,
        )
        passed = [ClockAdvanced(tick=n, at_us=START_US + n * 50_000) for n in range(1, ticks + 1)]
        last = START_US + ticks * 50_000
        joined = PlayerJoined(player="ann", session="s1", connection=tenant, tick=ticks, at_us=last)
        bob = PlayerJoined(player="bob", session="s", at_us=START_US)
        events: list[AnyEvent] = [opened, bob, *passed, joined]
        sizes = [100] * len(events)
        stored.append(Opened(Connection(tenant, tenant, WORLD, "ann", "s1")))
        stored.append(Stored(Appended(tenant, WORLD, 0, events, sizes), 1))
    Worker(folding, outbox, Script(stored)).run()
    shown = [message.connection for message in said if isinstance(message, Shown)]
    assert shown == ["globex", "acme"]
    behind = [message for message in said if isinstance(message, Behind)]
    assert behind == [Behind("acme", WORLD, is_behind=is_behind) for is_behind in (True, False)]
    figures = [message for message in said if isinstance(message, Figures)]
    assert sum(figure.events for figure in figures) == 4_006
    assert isinstance(said[-1], Finished)


def test_of_worlds_where_nobody_is_few_stay_in_memory(tmp_path: Path) -> None:
    said: list[ToServer] = []
    outbox = Outbox(said.extend)
    folding = folding_of(tmp_path, outbox)
    code = ScenarioCode(FileObjects(tmp_path).tenant(TENANT))
    digest = code.keep(read_source(STONES))
    opened = WorldOpened(
        scenario=digest,
        rules=1,
        seed=b"x" * 32,
        tick_us=50_000,
        keyframe_interval=INTERVAL,
        limits=code(digest).rules.limits,
        at_us=START_US,
    )
    worlds = [f"w{number}" for number in range(50)]
    stored: list[ToWorker] = [Opened(Connection("c1", TENANT, "w0", "ann", "s1"))]
    stored += [Stored(Appended(TENANT, world, 0, (opened,), (100,)), 1) for world in worlds]
    Worker(folding, outbox, Script(stored)).run()
    warm = [world for world in worlds if folding.worlds.warm(TENANT, world) is not None]
    assert len(warm) == 31
    assert "w0" in warm, "somebody is there"
