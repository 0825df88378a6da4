"""What a person is told about a world that is stuck at an event lets that world go on."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from lqe.adapters.budget import WatchedBudget
from lqe.adapters.cursors import DocumentCursors
from lqe.adapters.files import FileObjects
from lqe.adapters.memory import MemoryHotEntities
from lqe.adapters.scenarios import ScenarioCode, read_source
from lqe.adapters.sqlite import SQLiteDocuments, SQLiteLogs
from lqe.cli import replayed
from lqe.cli.main import cli
from lqe.events import ClockAdvanced, CommandSubmitted, Event, PlayerJoined, ScenarioUpgraded
from lqe.handlers.append.handler import Append, Appended
from lqe.handlers.fold.effects import Effects
from lqe.handlers.fold.handler import FoldHandler
from lqe.handlers.tell import Tell
from lqe.handlers.worlds import Worlds
from lqe.local.bus import LocalBus
from lqe.local.intake import QueueIntake
from lqe.local.sockets import Sockets
from lqe.ports.intake import Message
from lqe.profile import numeric_profile
from lqe.replay.script import opened
from tests.recorded import SteppingClock

LOOPS = Path(__file__).parents[1] / "games" / "loops"
TENANT, WORLD = "local", "w1"


class Folder:
    """A data folder whose one world is recorded and folded as a server would."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clock = folder, SteppingClock()
        self._logs, self._documents = SQLiteLogs(folder), SQLiteDocuments(folder)
        objects, cursors = FileObjects(folder), DocumentCursors(self._documents)
        self._code = ScenarioCode(objects.tenant(TENANT))
        self.source = read_source(LOOPS)
        self._code.keep(self.source)
        self.told: list[str] = []
        self._intake, sockets = QueueIntake(), Sockets()
        budget = WatchedBudget(event_s=0.3)
        self._append = Append(self._logs, self.clock, sockets)
        worlds = Worlds(
            self._logs, objects, cursors, lambda _: self._code, numeric_profile(), budget
        )
        self._fold = FoldHandler(
            worlds,
            Effects(objects, cursors, self._intake, LocalBus(), MemoryHotEntities()),
            Tell(sockets, sockets, self.clock, budget, self._report),
            self._report,
        )
        self._cursors = cursors.tenant(TENANT)
        self._seq = 0
        self.send(opened(self._code(self.source.digest), self.source.digest, 1))
        self.send(PlayerJoined(player="ann", session="s"))

    def _report(self, _tenant: str, _world: str, error: BaseException) -> None:
        self.told.append(str(error))

    def send(self, event: Event, seconds: float = 0.0) -> None:
        """Record an event so much later, and fold it, and what the fold attests."""
        self.clock.us += int(seconds * 1_000_000)
        self._handle([Message(id="m", tenant=TENANT, world=WORLD, events=(event,))])  # type: ignore[arg-type]
        while len(self._intake):
            self._handle(self._intake.take()[0])

    def _handle(self, messages: list[Message]) -> None:
        self._fold.handle(self._append.handle(messages).appended)

    def order(self, name: str, args: bytes = b"\x80") -> None:
        self._seq += 1
        self.send(CommandSubmitted(player="ann", session="s", seq=self._seq, name=name, args=args))

    def record_only(self, name: str) -> None:
        """Record an order that would end whatever process folds it."""
        self._seq += 1
        event = CommandSubmitted(player="ann", session="s", seq=self._seq, name=name)
        self._append.handle([Message(id="m", tenant=TENANT, world=WORLD, events=(event,))])

    def goes_on(self) -> bool:
        """Say whether the world is folded to the end of its log."""
        head = self._logs.tenant(TENANT).world(WORLD).head()
        self._fold.handle([Appended(TENANT, WORLD, head + 1)])
        while len(self._intake):
            self._handle(self._intake.take()[0])
        head = self._logs.tenant(TENANT).world(WORLD).head()
        return self._cursors.get(WORLD).position == head

    def upgrade(self) -> str:
        files = {
            name: data.replace(b"while True:\n        pass", b"pass").replace(
                b"while 0 < box.hangs_at <= world.tick:\n        pass", b"return"
            )
            for name, data in self.source.files.items()
        }
        digest = self._code.keep(type(self.source)(self.source.package, files))
        self.send(ScenarioUpgraded(scenario=digest))
        return digest

    def close(self) -> None:
        self._logs.close()
        self._documents.close()


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Folder]:
    folder = Folder(tmp_path)
    yield folder
    folder.close()


def called(*arguments: Any) -> Result:
    return CliRunner().invoke(cli, [*map(str, arguments)])


def advised(kept: Folder) -> Result:
    """Do what the list of worlds that stand still says."""
    standing = called("quarantine", kept.folder)
    assert standing.exit_code == 6
    advice = re.search(r"ledgerquest (pass-over .*)", standing.stdout)
    assert advice is not None, standing.stdout
    return called(*shlex.split(advice[1]), "--reason", "it loops", "--by", "ann")


@pytest.mark.parametrize(("name", "cause"), [("loop", "out of time"), ("dig", "RecursionError")])
def test_a_command_without_end_is_passed_over_by_following_the_advice(
    kept: Folder, name: str, cause: str
) -> None:
    kept.order("put")
    kept.order(name)
    kept.order("put")
    (told,) = kept.told
    assert told.startswith(f"position 4, tick 0, in command {name}: ")
    assert cause in told
    stuck = called("replay", "verify", kept.folder, "--event-seconds", "0.3")
    assert stuck.exit_code == 6, stuck.output
    assert "w1: STUCK" in stuck.stdout
    assert f"in command {name}" in stuck.stdout
    assert "at position 4" in stuck.stdout

    done = advised(kept)
    assert done.exit_code == 0, done.output
    assert "goes on without the event at position 4" in done.stdout
    assert kept.goes_on()
    kept.send(ClockAdvanced(), 2.0)
    assert kept.goes_on()
    assert len(kept.told) == 1
    verified = called("replay", "verify", kept.folder)
    assert verified.exit_code == 0, verified.output
    assert "position 4 is passed over, as ann decided at position 6: it loops" in verified.stdout


def test_ticks_without_end_halt_the_world_and_corrected_code_lets_it_run(kept: Folder) -> None:
    kept.order("wind", b"\x81\xa5ticks\x05")
    kept.send(ClockAdvanced(), 1.0)
    assert "position 4, tick 5, in clock: out of time" in kept.told[0]
    assert "its scenario is upgraded" in advised(kept).stdout
    assert kept.goes_on()
    kept.upgrade()
    kept.send(ClockAdvanced(), 2.0)
    kept.order("put")
    assert kept.goes_on()
    assert len(kept.told) == 1
    verified = called("replay", "verify", kept.folder)
    assert verified.exit_code == 0, verified.output
    assert "position 4 halts the world before its ticks" in verified.stdout


def test_there_has_to_be_something_to_decide(kept: Folder) -> None:
    kept.order("put")
    for options, why in (((), "does not stand still"), (("--position", 2), "does not stand still")):
        refused = called("pass-over", kept.folder, "--world", WORLD, *options)
        assert refused.exit_code == 1
        assert why in str(refused.exception)
    kept.order("loop")
    told_before = called("pass-over", kept.folder, "--world", WORLD, "--position", 1)
    assert "what was told is not taken back" in str(told_before.exception)
    assert called("pass-over", kept.folder, "--world", "w9").exit_code == 1


def test_a_call_that_does_not_come_back_is_a_verdict_that_names_its_position(
    kept: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.order("put")
    kept.record_only("raise")
    monkeypatch.setattr(replayed, "_MORE_S", 0.5)
    stuck = called("replay", "verify", kept.folder, "--event-seconds", "0.1")
    assert stuck.exit_code == 6, stuck.output
    assert "did not come back from it" in stuck.stdout
    assert "at position 4" in stuck.stdout


def test_what_ends_the_process_of_a_replay_is_a_verdict_too(kept: Folder) -> None:
    kept.order("put")
    kept.record_only("end")
    stuck = called("replay", "verify", kept.folder, "--json")
    assert stuck.exit_code == 6, stuck.output
    report = json.loads(stuck.stdout)
    assert (report["verdict"], report["divergence"]["position"]) == ("stuck", 4)
    assert "SIGSEGV" in report["divergence"]["what"]
