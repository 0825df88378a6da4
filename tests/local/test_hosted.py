"""The embedded engine's worlds as the HTTP API asks for them, while the server runs."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest
import uvloop
from msgspec.structs import replace

from lqe.adapters.scenarios import read_source
from lqe.errors import LedgerQuestError, Unavailable
from lqe.events import PlayerJoined
from lqe.handlers.http.ports import TenantWorlds
from lqe.handlers.http.problems import Declined
from lqe.local.hosted import LocalWorlds
from lqe.local.link import Behind
from lqe.local.runtime import Runtime
from lqe.local.settings import TENANT, Settings
from lqe.ports.log import Commit
from lqe.ports.push import Connection
from tests.local.test_server import until
from tests.recorded import STONES, fail

Scene = Callable[[TenantWorlds, Runtime], Awaitable[None]]


def host(folder: Path, scene: Scene, settings: Settings | None = None) -> None:
    async def run() -> None:
        failures: list[BaseException] = []
        runtime = Runtime(
            folder, read_source(STONES), report=fail, failed=failures.append, settings=settings
        )
        await runtime.start()
        try:
            await scene(LocalWorlds(runtime).tenant(TENANT), runtime)
        finally:
            await runtime.stop()
        assert failures == []

    uvloop.run(run())


async def opened(worlds: TenantWorlds, world: str) -> None:
    """Open a world and wait until that is true."""
    stored = worlds.open(world)
    assert stored is not None
    await stored


def at(worlds: TenantWorlds, position: int) -> Callable[[], bool]:
    return lambda: [state.position for state in worlds.states(["w1"])] == [position]


def test_a_world_is_opened_once_and_counted(tmp_path: Path) -> None:
    async def first(worlds: TenantWorlds, runtime: Runtime) -> None:
        assert not worlds.has("w1")
        with pytest.raises(Declined) as declined:
            worlds.enter("w1", "ann", opens=False)
        assert declined.value.code == "no_world"
        await opened(worlds, "w1")
        assert worlds.has("w1")
        await until(at(worlds, 1))  # its opening, and the digest of its first keyframe
        (state,) = worlds.states(["w1"])
        assert (state.world, state.scenario, state.players) == ("w1", runtime.digest, 0)
        assert worlds.has("w1")
        assert not LocalWorlds(runtime).tenant("acme").has("w1")

    async def second(worlds: TenantWorlds, _runtime: Runtime) -> None:
        with pytest.raises(Declined) as declined:
            worlds.open("w1")
        assert declined.value.code == "world_exists"
        assert worlds.usage(["w1"])["w1"]["events"] >= 1

    host(tmp_path, first)
    host(tmp_path, second)


def test_of_several_who_open_a_world_at_once_one_alone_has_opened_it(tmp_path: Path) -> None:
    async def scene(worlds: TenantWorlds, runtime: Runtime) -> None:
        asked = [asyncio.ensure_future(opened(worlds, "w1")) for _ in range(3)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        codes = [a.code if isinstance(a, Declined) else a for a in answers]
        assert codes == [None, "world_exists", "world_exists"]
        assert len(list(runtime.logs.tenant(TENANT).world("w1").read(0, 1))) == 1

    host(tmp_path, scene)


def test_who_opens_a_world_hears_that_it_cannot_be_stored_and_may_ask_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene(worlds: TenantWorlds, runtime: Runtime) -> None:
        log = runtime.logs.tenant(TENANT)

        def full(commits: Sequence[Commit]) -> list[LedgerQuestError | None]:
            return [Unavailable("no space left")] * len(commits)

        with monkeypatch.context() as patched:
            patched.setattr(log, "append", full)
            for _ in range(2):
                with pytest.raises(Declined) as declined:
                    await opened(worlds, "w1")
                assert (declined.value.status, declined.value.code) == (503, "unavailable")
                assert declined.value.headers == {"Retry-After": "1"}
                assert not worlds.has("w1")
        await until(lambda: worlds.has("w1"))  # what was sent is stored when it can be

    host(tmp_path, scene)


def test_a_world_that_is_released_is_folded_while_the_server_runs(tmp_path: Path) -> None:
    async def scene(worlds: TenantWorlds, runtime: Runtime) -> None:
        await opened(worlds, "w1")
        await until(at(worlds, 1))
        assert worlds.release("w1") is None
        cursors = runtime.cursors.tenant(TENANT)
        cursor = cursors.get("w1")
        assert cursors.move("w1", cursor, replace(cursor, quarantine="no code"))
        assert [state.quarantine for state in worlds.states(["w1"])] == ["no code"]
        stood = worlds.release("w1")
        assert stood is not None
        assert (stood.position, stood.reason) == (1, "no code")
        await until(at(worlds, 2))
        assert [state.quarantine for state in worlds.states(["w1"])] == [""]

    host(tmp_path, scene)


def test_a_world_is_closed_on_record_and_stands_still(tmp_path: Path) -> None:
    async def first(worlds: TenantWorlds, runtime: Runtime) -> None:
        await opened(worlds, "w1")
        closing = worlds.close("w1", "the course is over")
        assert closing is not None
        await closing
        records = list(runtime.logs.tenant(TENANT).world("w1").read())
        assert "world.closed.v1" in [record.name for record in records]
        await until(lambda: [state.closed for state in worlds.states(["w1"])] == [True])
        await until(lambda: (TENANT, "w1") in runtime.endings)

    async def second(worlds: TenantWorlds, _runtime: Runtime) -> None:
        with pytest.raises(Declined) as declined:
            worlds.close("w1", "")
        assert declined.value.code == "world_closed"

    host(tmp_path, first)
    host(tmp_path, second)


def test_entering_opens_a_world_once_and_for_who_may(tmp_path: Path) -> None:
    async def scene(worlds: TenantWorlds, _runtime: Runtime) -> None:
        with pytest.raises(Declined) as declined:
            worlds.enter("w1", "ann", opens=False)
        assert (declined.value.status, declined.value.code) == (404, "no_world")
        for name in ("ann", "bob"):
            worlds.enter("w1", name, opens=True)
        await until(at(worlds, 1))
        worlds.enter("w1", "cyd", opens=False)
        with pytest.raises(Declined, match="at most 1 worlds a minute") as declined:
            worlds.enter("w2", "ann", opens=True)
        assert (declined.value.status, declined.value.code) == (429, "too_fast")
        opening = worlds.open("w2")
        assert opening is not None
        await opening
        with pytest.raises(Declined, match="local has 2 worlds of 2: raise its quota") as declined:
            worlds.open("w3")
        assert (declined.value.status, declined.value.code) == (429, "quota_exceeded")

    host(tmp_path, scene, Settings(worlds=2, worlds_a_minute=5))


def test_a_world_that_is_behind_has_its_players_wait_and_no_other_world_has(tmp_path: Path) -> None:
    async def scene(worlds: TenantWorlds, runtime: Runtime) -> None:
        worlds.open("w1")
        await until(at(worlds, 1))
        ann, bob = (Connection(f"c-{w}", TENANT, w, "ann", "s") for w in ("w1", "w2"))
        runtime._hear(Behind(TENANT, "w1", is_behind=True))
        assert (runtime.is_behind(ann), runtime.is_behind(bob)) == (True, False)
        runtime._hear(Behind(TENANT, "w1", is_behind=False))
        assert not runtime.is_behind(ann)

    host(tmp_path, scene)


def test_who_was_connected_when_a_server_was_killed_does_not_count_as_there(
    tmp_path: Path,
) -> None:
    ann = PlayerJoined(player="ann", session="s", connection="of-a-server-before")

    async def killed(worlds: TenantWorlds, runtime: Runtime) -> None:
        await opened(worlds, "w1")
        await until(at(worlds, 1))
        runtime.send(TENANT, "w1", ann)
        await until(lambda: runtime.cursors.tenant(TENANT).get("w1").present == 1)

    async def again(_worlds: TenantWorlds, runtime: Runtime) -> None:
        log = runtime.logs.tenant(TENANT).world("w1")
        await until(lambda: "player.left.v1" in [record.name for record in log.read()])
        await until(lambda: runtime.cursors.tenant(TENANT).get("w1").present == 0)

    host(tmp_path, killed)
    host(tmp_path, again)
