"""What is wrong with one tenant's files stops that tenant, is said, and hurts no other."""

import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import uvloop
from click.testing import CliRunner

from lqe.adapters.cursors import DocumentCursors
from lqe.adapters.scenarios import read_source
from lqe.adapters.sqlite import SQLiteDocuments, SQLiteLogs
from lqe.cli.main import cli
from lqe.errors import BadInput, Damaged, Unavailable
from lqe.handlers.http.problems import Declined
from lqe.local.hosted import LocalWorlds
from lqe.local.losses import accept_loss
from lqe.local.runtime import Runtime
from lqe.local.settings import Settings
from lqe.local.troubles import Stopped, Troubles
from lqe.ports.cursors import Cursor
from tests.local.test_hosted import opened
from tests.local.test_server import until
from tests.recorded import STONES

Said = list[str]
Scene = Callable[[LocalWorlds, Runtime, Said], Awaitable[None]]


def serve(folder: Path, tenants: tuple[str, ...], scene: Scene) -> Said:
    said: Said = []

    def report(tenant: str, world: str, error: BaseException) -> None:
        said.append(f"{tenant}/{world}: {error}")

    async def run() -> None:
        failures: list[BaseException] = []
        settings = Settings(tenants=tenants, workers=1)
        source = read_source(STONES)
        runtime = Runtime(folder, source, report=report, failed=failures.append, settings=settings)
        await runtime.start()
        try:
            await scene(LocalWorlds(runtime), runtime, said)
        finally:
            await runtime.stop()
        assert failures == []

    uvloop.run(run())
    return said


def no_database(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(os.urandom(9_000))


def declined(worlds: LocalWorlds, tenant: str) -> tuple[int, str]:
    with pytest.raises(Declined) as said:
        worlds.tenant(tenant)
    return said.value.status, said.value.code


def test_tenants_whose_files_are_spoiled_stand_still_from_the_start_and_the_others_play(
    tmp_path: Path,
) -> None:
    no_database(tmp_path / "alpha/log.sqlite")
    no_database(tmp_path / "beta/documents.sqlite")
    (tmp_path / "gamma/log.sqlite").mkdir(parents=True)
    no_database(tmp_path / "delta/objects")

    async def scene(worlds: LocalWorlds, runtime: Runtime, _said: Said) -> None:
        for tenant in ("alpha", "beta", "gamma", "delta"):
            assert declined(worlds, tenant) == (503, "unavailable")
        await opened(worlds.tenant("well"), "w1")
        problems = runtime.problems()
        assert [p.partition(": ")[0] for p in problems] == [
            f"tenant {tenant} stands still" for tenant in ("delta", "alpha", "beta", "gamma")
        ]
        assert "alpha/log.sqlite is damaged" in problems[1]
        assert "beta/documents.sqlite is damaged" in problems[2]

    said = serve(tmp_path, ("alpha", "beta", "gamma", "delta", "well"), scene)
    assert [line.partition(": ")[0] for line in said] == [
        f"/tenant {tenant} stands still" for tenant in ("delta", "alpha", "beta", "gamma")
    ]  # each once


def test_a_server_for_which_no_tenant_is_left_does_not_start(tmp_path: Path) -> None:
    no_database(tmp_path / "alpha/objects")

    async def scene(*_: object) -> None:
        pytest.fail("it started")

    with pytest.raises(Unavailable, match="none of the tenants"):
        serve(tmp_path, ("alpha",), scene)


def test_a_file_that_is_spoiled_in_mid_run_stops_its_tenant_and_no_other(tmp_path: Path) -> None:
    async def scene(worlds: LocalWorlds, runtime: Runtime, _said: Said) -> None:
        for tenant in ("ill", "well"):
            await opened(worlds.tenant(tenant), "w1")
        for name in ("log.sqlite-wal", "log.sqlite-shm", "log.sqlite"):
            with (tmp_path / "ill" / name).open("r+b") as file:
                file.write(os.urandom(200_000))
        for number in range(100):
            try:
                await opened(worlds.tenant("ill"), f"next-{number}")
            except Damaged as error:
                runtime.report_fault("a request", error)
            except Declined:
                break
        await until(lambda: runtime.troubles.why("ill") is not None)
        await opened(worlds.tenant("well"), "w2")
        (problem,) = runtime.problems()
        assert problem.startswith("tenant ill stands still: ill/log.sqlite is damaged")

    serve(tmp_path, ("ill", "well"), scene)


CRASHED = """
import os, sys
from pathlib import Path
from lqe.adapters.sqlite import SQLiteLogs
from lqe.codec import Codec
from lqe.events import ClockAdvanced, event_name
from lqe.ports.log import Commit
from lqe.adapters.files import FileObjects
from lqe.adapters.scenarios import ScenarioCode, read_source
from lqe.replay.script import opened
encode = Codec().encode
code = ScenarioCode(FileObjects(Path(sys.argv[1])).tenant("acme"))
digest = code.keep(read_source(Path(sys.argv[2])))
tenant = SQLiteLogs(Path(sys.argv[1])).tenant("acme")
for position in range(60):
    event = ClockAdvanced(tick=position) if position else opened(code(digest), digest, 1)
    commit = Commit("w1", position, [event_name(event)], [encode(event)])
    tenant.append([commit])
os._exit(0)
"""


def test_a_log_that_lost_its_end_stands_still_with_what_to_do_and_nothing_is_added_to_it(
    tmp_path: Path,
) -> None:
    subprocess.run([sys.executable, "-c", CRASHED, tmp_path, STONES], check=True)
    wal = tmp_path / "acme/log.sqlite-wal"
    data = bytearray(wal.read_bytes())
    data[len(data) * 3 // 4] ^= 1
    wal.write_bytes(data)

    async def scene(worlds: LocalWorlds, runtime: Runtime, said: Said) -> None:
        acme = worlds.tenant("acme")
        (state,) = acme.states(["w1"])
        assert "all up to 59 was given out" in state.quarantine
        assert acme.has("w1")  # nobody opens another one in its place
        assert runtime.problems() == ["1 worlds stand still: see `ledgerquest quarantine`"]
        assert len(said) == 1
        before = len(list(runtime.logs.tenant("acme").world("w1").read()))
        assert acme.release("w1") is not None  # without a repair: it stands still again
        await until(lambda: acme.states(["w1"])[0].quarantine != "")
        assert len(list(runtime.logs.tenant("acme").world("w1").read())) == before < 59
        await opened(acme, "w2")

    serve(tmp_path, ("acme",), scene)

    said = CliRunner().invoke(
        cli, ["accept-loss", str(tmp_path), "--tenant", "acme", "--world", "w1"]
    )
    assert (said.exit_code, said.output.count("positions up to 59 were given out")) == (0, 1)
    assert accept_loss(tmp_path, "acme", "w1") is None
    with pytest.raises(BadInput):
        accept_loss(tmp_path, "acme", "w7")

    async def after(worlds: LocalWorlds, runtime: Runtime, said: Said) -> None:
        head = runtime.logs.tenant("acme").world("w1").head()
        await until(lambda: worlds.tenant("acme").states(["w1"])[0].position >= head > 0)
        assert (runtime.problems(), said) == ([], [])

    serve(tmp_path, ("acme",), after)


def test_a_log_that_was_moved_away_is_said_before_anybody_writes(tmp_path: Path) -> None:
    folder = tmp_path / "data"

    async def scene(worlds: LocalWorlds, runtime: Runtime, _said: Said) -> None:
        await opened(worlds.tenant("acme"), "w1")
        assert runtime.problems() == []
        folder.rename(tmp_path / "away")
        (problem,) = runtime.problems()
        assert "removed, moved or replaced" in problem
        assert runtime.troubles.astray(("acme",)) == [problem]
        with pytest.raises(Declined) as said:
            await opened(worlds.tenant("acme"), "w2")
        assert said.value.code == "unavailable"
        (tmp_path / "away").rename(folder)
        await until(lambda: worlds.tenant("acme").has("w2"))
        await until(lambda: runtime.problems() == [])

    serve(folder, ("acme",), scene)


def test_what_hinders_a_world_is_told_once_and_shown_while_it_lasts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now: list[float] = [100.0]
    told: list[object] = []
    monkeypatch.setattr("lqe.local.troubles.time.monotonic", lambda: now[0])
    logs, documents = SQLiteLogs(tmp_path), SQLiteDocuments(tmp_path)
    cursors = DocumentCursors(documents)
    troubles = Troubles(logs, cursors, lambda *said: told.append(said[:2]), told.append)
    for _ in range(3):
        troubles.note("acme", "w1", Stopped("snapshots cannot be written"))
    assert troubles.problems(["acme"]) == ["world w1 of acme waits: snapshots cannot be written"]
    now[0] += 60.0
    assert troubles.problems(["acme"]) == []
    cursors.tenant("acme").move("w2", Cursor(), Cursor(quarantine="no code"))
    for _ in range(3):
        troubles.note("acme", "w2", Stopped("no code"))
        assert troubles.standing() == [("acme", "w2")]
    troubles.note("", "an observer", Stopped("it failed"))
    assert told == [("acme", "w1"), ("acme", "w2"), ("", "an observer")]
    documents.close()
    logs.close()
