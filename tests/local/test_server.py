"""The embedded server over a real socket: receipts, outcomes, deltas, rejections, resuming."""

import asyncio
import contextlib
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
import uvloop
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from lqe.adapters.files import FileObjects
from lqe.adapters.scenarios import ScenarioCode, read_source
from lqe.adapters.sqlite import SQLiteLogs
from lqe.closing import Close
from lqe.codec import Codec
from lqe.events import CommandSubmitted, PlayerJoined, PlayerLeft
from lqe.handlers.tell import Report
from lqe.local.client import Player, join, ticket
from lqe.local.runtime import Runtime
from lqe.local.server import Server
from lqe.local.settings import TENANT
from lqe.profile import numeric_profile
from lqe.replay import Verdict, verify
from tests.recorded import STONES, fail

Scene = Callable[[str, Runtime], Coroutine[Any, Any, None]]
WAIT_S = 10.0
THROWN = b'{"type":"commands","commands":[{"seq":1,"name":"throw","args":{"x":1},"not_after":%b}]}'


@asynccontextmanager
async def served(folder: Path, report: Report) -> AsyncIterator[tuple[str, Runtime]]:
    failures: list[BaseException] = []
    runtime = Runtime(folder, read_source(STONES), report=report, failed=failures.append)
    await runtime.start()
    server = Server(runtime)
    try:
        async with server.serve(["127.0.0.1"], 0) as listening:
            host, port = listening.sockets[0].getsockname()
            yield f"http://{host}:{port}", runtime
    finally:
        await runtime.stop(server.say_goodbye)
        assert failures == []


def play(folder: Path, scene: Scene, report: Report = fail) -> None:
    async def run() -> None:
        async with served(folder, report) as (url, runtime):
            await scene(url, runtime)

    uvloop.run(run())


async def until(what: Callable[[], bool]) -> None:
    waited = 0.0
    while not what():
        assert waited < WAIT_S, "it did not come"
        await asyncio.sleep(0.01)
        waited += 0.01


def commands(folder: Path, world: str = "w1") -> list[CommandSubmitted]:
    logs = SQLiteLogs(folder)
    decode = Codec().decode
    events = [decode(r.data) for r in logs.tenant(TENANT).world(world).read()]
    logs.close()
    return [e for e in events if isinstance(e, CommandSubmitted)]


def test_a_newcomer_gets_a_view_and_then_what_changes(tmp_path: Path) -> None:
    async def scene(url: str, _runtime: Runtime) -> None:
        async with join(url, "w1", "ann") as ann:
            assert ann.view["you"]["coins"] >= 5.0
            assert len(ann.view["world"]["stones"]) == 1
            first = ann.position
            async with join(url, "w1", "bob") as bob:
                assert len(bob.view["world"]["stones"]) == 2
                await until(lambda: len(ann.view["world"]["stones"]) == 2)
                assert ann.position > first
                await until(lambda: ann.view["world"] == bob.view["world"])
            assert ann.gaps == 0

    play(tmp_path, scene)


def test_a_command_gets_its_receipt_then_its_outcome_and_is_in_the_log(tmp_path: Path) -> None:
    async def scene(url: str, _runtime: Runtime) -> None:
        async with join(url, "w1", "ann") as ann:
            await ann.order(("push", {"dx": 10, "dy": 5}), ("push", {"dx": 1e6, "dy": 0}))
            await until(lambda: ann.decided == 2)
            assert (ann.received, ann.applied, ann.refusals) == (2, 1, {"too_poor": 1})

    play(tmp_path, scene)
    assert [(c.player, c.seq, c.name) for c in commands(tmp_path)] == [
        ("ann", 1, "push"), ("ann", 2, "push"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (b"no json", "malformed"),
        (b"[]", "malformed"),
        (b'{"type":"commands","commands":[]}', "malformed"),
        (b'{"type":"commands","commands":[{"seq":1,"name":"fly"}]}', "invalid"),
        (b'{"type":"commands","commands":[{"seq":1,"name":"push","args":{"dx":1}}]}', "invalid"),
        (b'{"type":"commands","commands":[{"seq":0,"name":"throw","args":{"x":1}}]}', "invalid"),
        (b'{"type":"commands","commands":[{"seq":1,"name":"throw","args":{"x":"1"}}]}', "invalid"),
        (THROWN % b"99999999999999999999", "invalid"),
        (THROWN % b"-1", "invalid"),
    ],
    ids=["text", "list", "empty", "unknown", "missing field", "seq 0", "wrong type", "far", "past"],
)
def test_a_bad_frame_is_rejected_whole_and_nothing_is_recorded(
    tmp_path: Path, frame: bytes, code: str
) -> None:
    async def scene(url: str, _runtime: Runtime) -> None:
        async with join(url, "w1", "ann") as ann:
            await ann.websocket.send(frame, text=True)
            await until(lambda: len(ann.rejections) == 1)
            assert ann.rejections[0].code == code
            assert ann.rejections[0].reason

    play(tmp_path, scene)
    assert commands(tmp_path) == []


def test_one_bad_command_rejects_the_good_ones_of_its_frame(tmp_path: Path) -> None:
    async def scene(url: str, _runtime: Runtime) -> None:
        async with join(url, "w1", "ann") as ann:
            await ann.order(("throw", {"x": 1}), ("fly", {}))
            await until(lambda: len(ann.rejections) == 1)
            assert ann.rejections[0].seq == 2

    play(tmp_path, scene)
    assert commands(tmp_path) == []


def test_who_sends_too_fast_is_told_so(tmp_path: Path) -> None:
    async def scene(url: str, _runtime: Runtime) -> None:
        async with join(url, "w1", "ann") as ann:
            for _frame in range(4):
                await ann.order(*[("throw", {"x": 1.0})] * 40)
            await until(lambda: len(ann.rejections) > 0)
            assert {r.code for r in ann.rejections} == {"too_fast"}

    play(tmp_path, scene)


def test_a_session_is_resumed_and_its_repeats_are_refused(tmp_path: Path) -> None:
    async def scene(url: str, _runtime: Runtime) -> None:
        async with join(url, "w1", "ann", session="abc") as ann:
            await ann.order(("throw", {"x": 1.0}))
            await until(lambda: ann.decided == 1)
        async with join(url, "w1", "ann", session="abc") as again:
            assert again.seq == 1
            again.seq = 0
            await again.order(("throw", {"x": 1.0}))
            await until(lambda: again.decided == 1)
            assert again.refusals == {"duplicate": 1}

    play(tmp_path, scene)


def test_a_client_that_lost_track_asks_for_the_view(tmp_path: Path) -> None:
    async def scene(url: str, _runtime: Runtime) -> None:
        async with join(url, "w1", "ann") as ann:
            ann.position = -5
            await until(lambda: ann.gaps >= 1)
            await until(lambda: ann.position > 0)
            gaps = ann.gaps
            await ann.order(("throw", {"x": 1.0}))
            await until(lambda: ann.decided == 1)
            await asyncio.sleep(0.2)
            assert ann.gaps == gaps

    play(tmp_path, scene)


def test_a_full_world_says_so(tmp_path: Path) -> None:
    async def scene(url: str, _runtime: Runtime) -> None:
        players: list[Player] = []
        async with asyncio.timeout(30):
            for number in range(65):
                context = join(url, "w1", f"p{number}")
                if number == 64:
                    with pytest.raises(ConnectionError, match="64 players"):
                        await context.__aenter__()
                else:
                    players.append(await context.__aenter__())

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("path", "status"),
    [("/", 404), ("/v1/socket", 403), ("/v1/socket?ticket=", 403), ("/v1/socket?ticket=x", 403)],
)
def test_a_socket_without_a_ticket_is_refused_before_the_handshake(
    tmp_path: Path, path: str, status: int
) -> None:
    async def scene(url: str, _runtime: Runtime) -> None:
        with pytest.raises(InvalidStatus) as refused:
            async with connect(url.replace("http", "ws") + path):
                pass
        assert refused.value.response.status_code == status

    play(tmp_path, scene)


def test_what_was_played_goes_on_after_a_restart(tmp_path: Path) -> None:
    async def first(url: str, _runtime: Runtime) -> None:
        async with join(url, "w1", "ann", session="abc") as ann:
            await ann.order(("push", {"dx": 100, "dy": 0}))
            await until(lambda: ann.decided == 1)

    async def second(url: str, _runtime: Runtime) -> None:
        async with join(url, "w1", "ann", session="abc") as ann:
            assert ann.view["you"]["coins"] != 5.0
            assert ann.seq == 1

    play(tmp_path, first)
    play(tmp_path, second)


def test_worlds_do_not_see_each_other(tmp_path: Path) -> None:
    async def scene(url: str, _runtime: Runtime) -> None:
        async with join(url, "w1", "ann") as ann, join(url, "w2", "bob") as bob:
            await ann.order(("throw", {"x": 1.0}))
            await until(lambda: ann.decided == 1)
            assert len(bob.view["world"]["stones"]) == 1

    play(tmp_path, scene)
    assert len(commands(tmp_path, "w1")) == 1
    assert commands(tmp_path, "w2") == []


def test_the_messages_are_json_objects_with_a_type(tmp_path: Path) -> None:
    async def scene(url: str, _runtime: Runtime) -> None:
        async with connect(await asyncio.to_thread(ticket, url, "w1", "ann")) as socket:
            view = msgspec.json.decode(await socket.recv())
            assert view["type"] == "view"
            assert {"position", "tick", "at_us", "tick_us", "world", "you"} <= view.keys()
            frame = {
                "type": "commands",
                "commands": [{"seq": 1, "name": "throw", "args": {"x": 2}}],
            }
            await socket.send(msgspec.json.encode(frame), text=True)
            kinds: list[str] = []
            async with asyncio.timeout(WAIT_S):
                while not {"receipt", "outcome", "delta"} <= set(kinds):
                    kinds.append(msgspec.json.decode(await socket.recv())["type"])
            assert kinds.index("receipt") < kinds.index("outcome")

    play(tmp_path, scene)


def test_a_newer_connection_of_a_session_closes_the_older_one(tmp_path: Path) -> None:
    async def scene(url: str, runtime: Runtime) -> None:
        async with connect(await asyncio.to_thread(ticket, url, "w1", "ann", "abc")) as old:
            await old.recv()
            async with join(url, "w1", "ann", session="abc") as ann:
                with contextlib.suppress(ConnectionClosed):
                    async for _ in old:
                        pass
                assert old.close_code == Close.TAKEN_OVER
                assert "newer connection" in (old.close_reason or "")
                await ann.order(("throw", {"x": 1.0}))
                await until(lambda: ann.applied == 1)

    play(tmp_path, scene)
    logs = SQLiteLogs(tmp_path)
    events = [Codec().decode(r.data) for r in logs.tenant(TENANT).world("w1").read()]
    logs.close()
    joined = [e.connection for e in events if isinstance(e, PlayerJoined)]
    left = [e.connection for e in events if isinstance(e, PlayerLeft)]
    assert len(joined) == 2
    assert left == joined, "each leave names its connection, and the fold passes over the older's"


def test_a_world_that_was_repaired_goes_on_after_a_restart_and_the_others_never_stood_still(
    tmp_path: Path,
) -> None:
    async def first(url: str, _runtime: Runtime) -> None:
        async with join(url, "w1", "ann") as ann:
            await ann.order(("throw", {"x": 1.0}))
            await until(lambda: ann.decided == 1)

    play(tmp_path / "data", first)
    (source,) = (tmp_path / "data" / TENANT / "objects" / "scenarios").iterdir()
    source.rename(tmp_path / "away")
    changed = tmp_path / "stones"
    shutil.copytree(STONES, changed)
    (changed / "more.py").write_text("x = 1\n")
    told: list[str] = []

    async def other_code(*, whole: bool) -> None:
        runtime = Runtime(
            tmp_path / "data",
            read_source(changed),
            report=lambda _, world, error: told.append(f"{world}: {error}"),
            failed=lambda error: told.append(repr(error)),
        )
        await runtime.start()
        server = Server(runtime)
        async with server.serve(["127.0.0.1"], 0) as listening:
            host, port = listening.sockets[0].getsockname()
            url = f"http://{host}:{port}"
            async with join(url, "w2", "bob") as bob:
                await bob.order(("throw", {"x": 1.0}))
                await until(lambda: bob.decided == 1)
            if not whole:
                address = await asyncio.to_thread(ticket, url, "w1", "ann")
                async with connect(address) as ann_waits:
                    await ann_waits.send(b'{"type":"view"}', text=True)
                    async with join(url, "w2", "bob") as bob:
                        await bob.order(("throw", {"x": 1.0}))
                        await until(lambda: bob.decided == 1)
            if whole:
                async with join(url, "w1", "ann") as ann:
                    await ann.order(("throw", {"x": 1.0}))
                    await until(lambda: ann.decided == 1)
        await runtime.stop(server.say_goodbye)

    uvloop.run(other_code(whole=False))
    assert len(set(told)) == 1, "whatever asked for it: a view, a fold"
    assert told[0].startswith("w1: scenario ")
    told.clear()
    (tmp_path / "away").rename(source)
    uvloop.run(other_code(whole=True))
    assert told == []


def test_a_log_that_was_spoiled_stops_its_own_world_alone(tmp_path: Path) -> None:
    async def first(url: str, _runtime: Runtime) -> None:
        async with join(url, "w1", "ann") as ann:
            await ann.order(("throw", {"x": 1.0}))
            await until(lambda: ann.decided == 1)

    play(tmp_path, first)
    database = sqlite3.connect(tmp_path / TENANT / "log.sqlite")
    last = "(SELECT MAX(originator_version) FROM stored_events)"
    database.execute(f"UPDATE stored_events SET state=x'c1' WHERE originator_version={last}")
    database.commit()
    database.close()

    async def second(url: str, _runtime: Runtime) -> None:
        async with connect(await asyncio.to_thread(ticket, url, "w1", "ann")) as ann:
            frame = b'{"type":"commands","commands":[{"seq":1,"name":"throw","args":{"x":1}}]}'
            await ann.send(frame, text=True)
            answer = msgspec.json.decode(await ann.recv())
            assert (answer["type"], answer["code"]) == ("rejected", "unreadable_log")
            async with join(url, "w2", "bob") as bob:
                await bob.order(("throw", {"x": 1.0}))
                await until(lambda: bob.applied == 1)

    faults: list[str] = []
    play(tmp_path, second, lambda _, world, error: faults.append(f"{world}: {error}"))
    assert {f[:2] for f in faults} == {"w1"}


def test_a_session_whose_server_was_killed_has_left_when_the_next_one_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def leave_without_a_word(url: str, runtime: Runtime) -> None:
        async with join(url, "w1", "ann") as ann:
            await ann.order(("throw", {"x": 1.0}))
            await until(lambda: ann.applied == 1)
            # As if the process ended here: nothing hears of the socket's end.
            monkeypatch.setattr(runtime, "leave", lambda _: None)

    play(tmp_path, leave_without_a_word)

    async def look(url: str, _runtime: Runtime) -> None:
        async with join(url, "w1", "bob") as bob:
            await bob.order(("throw", {"x": 1.0}))
            await until(lambda: bob.applied == 1)

    play(tmp_path, look)
    logs = SQLiteLogs(tmp_path)
    decode = Codec().decode
    left = [
        event.player
        for record in logs.tenant(TENANT).world("w1").read()
        if isinstance(event := decode(record.data), PlayerLeft)
    ]
    logs.close()
    assert left[0] == "ann"


def test_a_clean_stop_leaves_no_keyframe_unattested(tmp_path: Path) -> None:
    async def scene(url: str, _runtime: Runtime) -> None:
        async with join(url, "w1", "ann") as ann:
            await ann.order(("throw", {"x": 1.0}))
            await until(lambda: ann.applied == 1)
            await asyncio.sleep(1.0)

    play(tmp_path, scene)
    logs = SQLiteLogs(tmp_path)
    objects = FileObjects(tmp_path).tenant(TENANT)
    report = verify(
        "w1", logs.tenant(TENANT).world("w1"), ScenarioCode(objects), profile=numeric_profile(),
        objects=objects,
    )  # fmt: skip
    logs.close()
    assert report.verdict is Verdict.VERIFIED
    assert report.unattested == []
