"""Whatever the code of one world does to its process, the others go on, and so does the server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvloop

from lqe.adapters.cursors import DocumentCursors
from lqe.adapters.scenarios import read_source
from lqe.adapters.sqlite import SQLiteDocuments
from lqe.handlers.quarantine import Quarantines
from lqe.local.client import Player, join
from lqe.local.runtime import Runtime
from lqe.local.server import Server
from lqe.local.settings import TENANT, Settings
from lqe.ports.cursors import Cursor
from tests.waiting import until

PERILS = Path(__file__).parents[1] / "games" / "perils"
# One worker: what stops it stops everybody.
SETTINGS = Settings(workers=1, patience_s=2.0, worker_mb=512)
Told = list[tuple[str, str]]


@asynccontextmanager
async def served(folder: Path, told: Told) -> AsyncIterator[tuple[str, Runtime]]:
    failures: list[BaseException] = []
    runtime = Runtime(
        folder,
        read_source(PERILS),
        report=lambda _, world, error: told.append((world, str(error))),
        failed=failures.append,
        settings=SETTINGS,
    )
    await runtime.start()
    server = Server(runtime)
    try:
        async with server.serve(["127.0.0.1"], 0) as listening:
            yield listening.url, runtime
    finally:
        await runtime.stop(server.say_goodbye)
        assert failures == []


async def goes_on(player: Player) -> None:
    decided = player.applied
    await player.order(("put", {}))
    await until(lambda: player.applied > decided)


async def stands_still(runtime: Runtime, world: str) -> None:
    await until(lambda: (TENANT, world) in runtime.troubles.standing())


def cursor(folder: Path, world: str) -> Cursor:
    documents = SQLiteDocuments(folder)
    try:
        return DocumentCursors(documents).tenant(TENANT).get(world)
    finally:
        documents.close()


def put(folder: Path, world: str) -> None:
    documents = SQLiteDocuments(folder)
    try:
        assert Quarantines(DocumentCursors(documents)).put(TENANT, world, "by hand")
    finally:
        documents.close()


def test_a_world_in_a_call_that_does_not_end_is_parted_from_the_others_also_at_the_next_start(
    tmp_path: Path,
) -> None:
    told: Told = []

    async def first() -> None:
        async with (
            served(tmp_path, told) as (url, runtime),
            join(url, "well", "bob") as bob,
            join(url, "sick", "ann") as ann,
            join(url, "disputed", "cyd") as cyd,
        ):
            await goes_on(cyd)
            await ann.order(("raise", {"to": 400_000_000}))
            await until(lambda: any("sick" in problem for problem in runtime.problems()))
            await goes_on(bob)
            await stands_still(runtime, "sick")
            await goes_on(bob)

    async def again() -> None:
        async with served(tmp_path, told) as (url, runtime):
            await stands_still(runtime, "disputed")
            await stands_still(runtime, "sick")
            async with join(url, "well", "bob") as bob:
                await goes_on(bob)
            assert "lqe_worker_restarts_total 0" in runtime.metrics.page().decode()

    uvloop.run(first())
    reason = cursor(tmp_path, "sick").quarantine
    assert "did not come back from it within 2 seconds" in reason
    assert [words for world, words in told if world == "sick"] == [reason]
    assert all(" of world sick of local" in words for world, words in told if world != "sick")
    put(tmp_path, "disputed")
    uvloop.run(again())
    assert cursor(tmp_path, "disputed").quarantine == "by hand"
    assert cursor(tmp_path, "sick").stopped_by == "process"
    assert cursor(tmp_path, "well").quarantine == ""


def test_a_world_that_ends_its_process_is_parted_from_the_others(tmp_path: Path) -> None:
    told: Told = []

    async def scene() -> None:
        async with (
            served(tmp_path, told) as (url, runtime),
            join(url, "well", "bob") as bob,
            join(url, "reaches", "ann") as ann,
            join(url, "hoards", "cyd") as cyd,
        ):
            await ann.order(("reach", {}))
            await stands_still(runtime, "reaches")
            await goes_on(bob)
            await cyd.order(("hoard", {}))
            await stands_still(runtime, "hoards")
            await goes_on(bob)
            put(tmp_path, "well")
            await bob.order(("put", {}))
            await stands_still(runtime, "well")

    uvloop.run(scene())
    assert {world for world, _ in told} - {"a worker"} == {"reaches", "hoards", "well"}
    assert "SIGSEGV" in cursor(tmp_path, "reaches").quarantine
    assert "emory" in cursor(tmp_path, "hoards").quarantine
