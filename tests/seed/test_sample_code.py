"""The sample code of the design brief, byte for byte, against real files.

Its two parts stand in one block: `game/entities.py`, and `game/handlers.py`, which uses names that
the first part imports. So the whole block is `handlers.py`, and its first part `entities.py`.
"""

import importlib
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lqe.adapters.budget import Unlimited
from lqe.adapters.cursors import DocumentCursors
from lqe.adapters.files import FileObjects
from lqe.adapters.memory import MemoryHotEntities
from lqe.adapters.scenarios import ScenarioCode
from lqe.adapters.sqlite import SQLiteDocuments, SQLiteLogs
from lqe.codec import Codec
from lqe.ecs import ECSManager
from lqe.errors import BadInput, NoSuchEntity, OutsideInvocation, StateError
from lqe.events import (
    ClockAdvanced,
    CommandSubmitted,
    InboundCommand,
    PlayerJoined,
    WorldOpened,
    command_bus,
    event_name,
)
from lqe.handlers.append.handler import Appended
from lqe.handlers.fold.effects import Effects
from lqe.handlers.fold.handler import FoldHandler
from lqe.handlers.front import Attestations, FrontInvocation, FrontPorts
from lqe.handlers.tell import Tell
from lqe.handlers.worlds import Worlds
from lqe.limits import Limits
from lqe.local.bus import LocalBus
from lqe.local.sockets import Sockets
from lqe.metrics import front_ports, tracer
from lqe.physics import PhysicsWorld
from lqe.ports.log import Commit
from lqe.profile import numeric_profile
from lqe.replay import Verdict, verify
from lqe.scope import invocation
from lqe.source import Source

BLOCK = Path(__file__).with_name("sample.py").read_text()
SAMPLE_DIGEST = "7d6a0289c44128d9434ef615164c6a083da19cac936c9c547e3675689b69ef34"
TENANT, WORLD = "acme", "north"
START_US = 1_700_000_000_000_000

SCENARIO = b'''
from lqe.ecs import Position, Velocity
from lqe.physics import Body, Circle
from lqe.scenario import Command, Scenario, World

scenario = Scenario("reps")


class Walk(Command):
    """Walk with a velocity."""

    dx: float
    dy: float


@scenario.joined
def joined(world: World, player: str) -> None:
    world.spawn(Body(shapes=(Circle(radius=1.0),)), Position(0.0, 0.0), tags=("rep", player))


@scenario.command(Walk)
def walk(world: World, player: str, order: Walk) -> None:
    world.write(world.one(player), Velocity(order.dx, order.dy))
'''


class Clock:
    def now_us(self) -> int:
        return START_US


def fail(tenant: str, world: str, error: BaseException) -> None:
    raise AssertionError(f"{tenant}#{world}: {error}") from error


class Deployment:
    """A tenant's world on disk, and the ports of a handler that works on it."""

    def __init__(self, folder: Path) -> None:
        self.logs = SQLiteLogs(folder)
        self.documents = SQLiteDocuments(folder)
        self.cursors = DocumentCursors(self.documents)
        self.objects = FileObjects(folder)
        self.code = ScenarioCode(self.objects.tenant(TENANT))
        self.digest = self.code.keep(Source(package="reps", files={"__init__.py": SCENARIO}))
        worlds = Worlds(
            self.logs,
            self.objects,
            self.cursors,
            lambda _: self.code,
            numeric_profile(),
            Unlimited(),
        )
        attestations, sockets = Attestations(), Sockets()
        self.hot = MemoryHotEntities()
        tell = Tell(sockets, sockets, Clock(), Unlimited(), fail)
        effects = Effects(self.objects, self.cursors, attestations, LocalBus(), self.hot)
        fold = FoldHandler(worlds, effects, tell, fail)
        self.ports = FrontPorts(worlds, fold, self.hot, attestations)

    def open(self, players: int) -> None:
        opened = WorldOpened(
            scenario=self.digest, rules=1, seed=b"s" * 32, tick_us=16_000, keyframe_interval=5,
            limits=Limits(), at_us=START_US,
        )  # fmt: skip
        joins = [
            PlayerJoined(player=f"p{i}", session=f"s{i}", at_us=START_US) for i in range(players)
        ]
        events = [opened, *joins]
        encode = Codec().encode
        commit = Commit(WORLD, 0, [event_name(e) for e in events], [encode(e) for e in events])
        self.logs.tenant(TENANT).append([commit])
        self.ports.fold.handle([Appended(TENANT, WORLD, len(events))])

    def events(self) -> list[Any]:
        decode = Codec().decode
        return [decode(r.data) for r in self.logs.tenant(TENANT).world(WORLD).read()]


@pytest.fixture
def deployment(tmp_path: Path) -> Iterator[Deployment]:
    made = Deployment(tmp_path)
    made.open(players=10)
    yield made
    made.logs.close()
    made.documents.close()


@pytest.fixture
def game(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    package = tmp_path / "code" / "game"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "handlers.py").write_text(BLOCK)
    (package / "entities.py").write_text(BLOCK[: BLOCK.index("# game/handlers.py")])
    monkeypatch.syspath_prepend(str(package.parent))
    monkeypatch.setenv("ENTITY_TABLE", "lqe-entities")
    yield importlib.import_module("game.handlers")
    for name in [n for n in sys.modules if n == "game" or n.startswith("game.")]:
        del sys.modules[name]


def record(number: int, **changes: Any) -> dict[str, Any]:
    body = {
        "player": f"p{number}", "session": f"s{number}", "seq": 1, "name": "walk",
        "args": {"dx": 10, "dy": number}, "entity_id": number + 1,
    }  # fmt: skip
    return {
        "messageId": f"m{number}",
        "attributes": {"MessageGroupId": f"{TENANT}#{WORLD}"},
        "body": msgspec.json.encode(body | changes).decode(),
    }


def test_the_sample_is_that_of_the_brief_to_the_byte() -> None:
    assert sha256(BLOCK.encode()).hexdigest() == SAMPLE_DIGEST


def test_ten_records_give_one_commit_one_tick_and_a_verified_replay(
    deployment: Deployment, game: Any
) -> None:
    before = len(deployment.events())
    with front_ports(deployment.ports):
        answer = game.lambda_handler({"Records": [record(n) for n in range(10)]}, None)
    assert answer == {"statusCode": 200, "body": '{"processed": 10}'}
    added = deployment.events()[before:]
    commands = [e for e in added if isinstance(e, CommandSubmitted)]
    ticks = [e for e in added if isinstance(e, ClockAdvanced)]
    assert [c.player for c in commands] == [f"p{n}" for n in range(10)]
    assert [c.tick for c in commands] == [0] * 10
    assert [(t.tick, t.at_us) for t in ticks] == [(1, START_US + 16_000)]
    log = deployment.logs.tenant(TENANT).world(WORLD)
    report = verify(
        WORLD, log, deployment.code, profile=numeric_profile(),
        objects=deployment.objects.tenant(TENANT),
    )  # fmt: skip
    assert report.verdict is Verdict.VERIFIED
    assert (report.applied, report.refused) == (10, {})
    assert report.attested >= 1


def test_the_commit_is_a_single_append(
    deployment: Deployment, game: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = deployment.logs.tenant(TENANT)
    calls: list[Any] = []
    append = tenant.append

    def counted(commits: Any) -> Any:
        calls.append(commits)
        return append(commits)

    monkeypatch.setattr(tenant, "append", counted)
    with front_ports(deployment.ports):
        game.lambda_handler({"Records": [record(n) for n in range(10)]}, None)
    assert [len(commits) for commits in calls] == [1]


def test_hot_entities_are_written_as_of_the_commit(deployment: Deployment, game: Any) -> None:
    with front_ports(deployment.ports):
        game.lambda_handler({"Records": [record(3)]}, None)
    entity = deployment.hot.get(TENANT, WORLD, 4)
    assert entity is not None
    assert entity.position == len(deployment.events()) - 1
    assert entity.components["velocity"] == {"dx": 10.0, "dy": 3.0}
    assert entity.components["position"]["x"] == pytest.approx(0.16)


def test_many_calls_pass_keyframes_and_still_verify(deployment: Deployment, game: Any) -> None:
    with front_ports(deployment.ports):
        for seq in range(1, 13):
            game.lambda_handler({"Records": [record(1, seq=seq)]}, None)
    log = deployment.logs.tenant(TENANT).world(WORLD)
    report = verify(WORLD, log, deployment.code, profile=numeric_profile())
    assert report.verdict is Verdict.VERIFIED
    assert report.ticks == 12
    assert report.attested == 3
    assert report.unattested == []


def test_another_writer_in_between_makes_the_queue_be_repeated_after_it(
    deployment: Deployment, game: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = deployment.logs.tenant(TENANT)
    append, rivals = tenant.append, [True]

    def raced(commits: Any) -> Any:
        if rivals:
            rivals.pop()
            rival = Codec().encode(ClockAdvanced(tick=0, at_us=START_US))
            append([Commit(WORLD, commits[0].first, ["clock.advanced.v1"], [rival])])
        return append(commits)

    monkeypatch.setattr(tenant, "append", raced)
    with front_ports(deployment.ports):
        game.lambda_handler({"Records": [record(0)]}, None)
    kinds = [type(e).__name__ for e in deployment.events()[11:]]
    assert kinds == ["ClockAdvanced", "KeyframeRecorded", "CommandSubmitted", "ClockAdvanced"]


def test_an_unknown_entity_is_refused_and_nothing_is_recorded(
    deployment: Deployment, game: Any
) -> None:
    before = deployment.events()
    with front_ports(deployment.ports), pytest.raises(NoSuchEntity, match="entity 77"):
        game.lambda_handler({"Records": [record(0, entity_id=77)]}, None)
    assert deployment.events() == before


def test_a_step_of_another_length_is_refused_with_both_numbers(deployment: Deployment) -> None:
    @tracer.capture_lambda_handler
    def handler(event: Any, context: Any) -> None:
        InboundCommand.parse(record(0))
        PhysicsWorld.step(dt=0.02)

    with front_ports(deployment.ports), pytest.raises(StateError, match=r"0\.016 s.*dt=0\.02"):
        handler({}, None)


@pytest.mark.parametrize(
    "use",
    [
        lambda: ECSManager("t").hydrate([1]),
        lambda: ECSManager("t").flush(),
        lambda: command_bus.dispatch(None),  # type: ignore[arg-type]
        lambda: PhysicsWorld.step(0.016),
        lambda: InboundCommand.parse(record(0)),
    ],
    ids=["hydrate", "flush", "dispatch", "step", "parse"],
)
def test_outside_an_invocation_every_name_says_what_to_do(use: Any) -> None:
    with pytest.raises(OutsideInvocation, match="capture_lambda_handler"):
        use()


def test_without_ports_a_handler_says_so(game: Any) -> None:
    with pytest.raises(OutsideInvocation, match="front_ports"):
        game.lambda_handler({"Records": []}, None)


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"attributes": {"MessageGroupId": "acme"}, "body": "{}"},
        {"attributes": {"MessageGroupId": "Acme#x"}, "body": "{}"},
        {"attributes": {"MessageGroupId": "acme#x"}, "body": "{"},
        {"attributes": {"MessageGroupId": "acme#x"}, "body": '{"player": 3}'},
    ],
    ids=["nothing", "no world", "a bad tenant", "no json", "no command"],
)
def test_a_record_that_is_no_command_is_bad_input(deployment: Deployment, broken: Any) -> None:
    with invocation(FrontInvocation(deployment.ports)), pytest.raises(BadInput):
        InboundCommand.parse(broken)
