"""A fold worker without its process: what it says, and in which order."""

from pathlib import Path

from lqe.adapters.files import FileObjects
from lqe.adapters.scenarios import ScenarioCode, read_source
from lqe.events import AnyEvent, ClockAdvanced, PlayerJoined, ScenarioUpgraded, WorldOpened
from lqe.handlers.append.handler import Appended
from lqe.local.link import InForce, Shown, Spread, Start, ToServer
from lqe.local.outbox import Outbox
from lqe.local.worker import Folding
from lqe.ports.push import Connection
from lqe.source import Source
from tests.recorded import START_US, STONES, TENANT, WORLD

INTERVAL = 4


def test_new_code_is_in_force_before_anybody_is_shown_what_it_made(tmp_path: Path) -> None:
    code = ScenarioCode(FileObjects(tmp_path).tenant(TENANT))
    source = read_source(STONES)
    old = code.keep(source)
    new = code.keep(Source(source.package, {**source.files, "more.py": b'"""More."""\n'}))
    said: list[ToServer] = []
    folding = Folding(Start(str(tmp_path), observed=False, clock_began_us=0), Outbox(said.extend))

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
