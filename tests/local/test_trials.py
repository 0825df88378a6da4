"""A world over which a process ended is tried alone; it goes on, or stands still, as that ends."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from msgspec.structs import replace

from lqe.adapters.cursors import DocumentCursors
from lqe.adapters.memory import MemoryDocuments
from lqe.errors import Unavailable
from lqe.handlers.append.handler import Appended
from lqe.local.link import Stands, Stored, ToWorker
from lqe.local.mark import Marked
from lqe.local.process import Death
from lqe.local.trials import Trials
from lqe.ports.cursors import Cursor
from tests.waiting import until

KEY = ("acme", "w1")
STUCK = Death(Marked(9, *KEY, 7), "did not come back")
NEVER_CAME = Death(Marked(), "ended with exit code 1")
FOLD_ALL = Stored(Appended(*KEY, 8), 0)


class Stage:
    """Trials over a cursor, with a process that ends as it is told to."""

    def __init__(self, *ends: Death | None) -> None:
        self.ends = list(ends)
        self.cursors = DocumentCursors(MemoryDocuments())
        self.said: list[ToWorker] = []
        self.stood: list[Stands] = []
        self.during: list[Cursor] = []
        self.told: list[str] = []
        self.trials = Trials(self.cursors, self, lambda _: [FOLD_ALL], self.hear)

    async def try_alone(self, briefing: Iterable[ToWorker]) -> Death | None:
        assert list(briefing) == [FOLD_ALL]
        self.during.append(self.cursor)
        await asyncio.sleep(0)
        return self.ends.pop(0)

    def hear(self, said: Stands) -> None:
        if said.tenant:
            self.stood.append(said)
        else:
            self.told.append(f"{said.world}: {said.reason}")

    def say(self, tenant: str, world: str, message: ToWorker) -> None:
        assert (tenant, world) == KEY
        self.said.append(message)

    @property
    def cursor(self) -> Cursor:
        return self.cursors.tenant(KEY[0]).get(KEY[1])


def on(scene: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(scene())


def test_a_world_that_comes_to_its_end_alone_is_folded_beside_others_again() -> None:
    async def scene() -> None:
        stage = Stage(None)
        assert stage.trials.worker_died(STUCK)
        assert len(stage.trials.problems()) == 1
        await until(lambda: not stage.trials.problems())
        assert stage.during == [Cursor(stopped_by="process")], "set apart before it is tried"
        assert (stage.cursor, stage.said, stage.stood) == (Cursor(), [FOLD_ALL], [])
        apart = "a worker: did not come back, at position 7 of world w1 of acme, which is apart now"
        assert stage.told == [apart]

    on(scene)


def test_a_world_that_ends_its_process_alone_as_well_stands_still_with_the_reason() -> None:
    async def scene() -> None:
        stage = Stage(STUCK)
        stage.trials.worker_died(STUCK)
        await until(lambda: bool(stage.stood))
        assert stage.cursor.stopped_by == "process"
        assert stage.stood == [Stands(*KEY, stage.cursor.quarantine)]
        assert "did not come back, at position 7" in stage.cursor.quarantine
        assert "`ledgerquest quarantine --release`" in stage.cursor.quarantine
        assert (stage.said, stage.trials.problems()) == ([], [])

    on(scene)


def test_a_worker_that_died_over_no_world_accuses_none() -> None:
    async def scene() -> None:
        stage = Stage()
        assert not stage.trials.worker_died(NEVER_CAME)
        assert stage.told == ["a worker: ended with exit code 1"]
        assert (stage.cursor, stage.trials.problems()) == (Cursor(), [])

    on(scene)


def test_a_world_that_is_well_alone_and_ends_workers_again_and_again_stands_still() -> None:
    async def scene() -> None:
        stage = Stage(None, None, None)
        for deaths in range(1, 4):
            stage.trials.worker_died(STUCK)
            await until(lambda n=deaths: len(stage.said) == n)  # type: ignore[misc]
        stage.trials.worker_died(STUCK)
        assert "4 times" in stage.cursor.quarantine
        assert len(stage.stood) == 1

    on(scene)


def test_a_world_is_not_accused_of_signals_that_others_send() -> None:
    async def scene() -> None:
        killed = Death(Marked(9, *KEY, 7), "was ended by SIGKILL", by_others=True)
        stage = Stage(*[None] * 6)
        for deaths in range(1, 7):
            stage.trials.worker_died(killed)
            await until(lambda n=deaths: len(stage.said) == n)  # type: ignore[misc]
        assert stage.cursor.quarantine == ""
        assert stage.stood == []

    on(scene)


def test_a_process_that_ended_before_it_came_to_the_world_says_nothing_about_it() -> None:
    async def scene() -> None:
        stage = Stage(NEVER_CAME)
        stage.trials.worker_died(STUCK)
        await until(lambda: not stage.ends)
        assert len(stage.trials.problems()) == 1, "it is tried again, after a while"
        await stage.trials.end()
        assert stage.cursor == Cursor(stopped_by="process"), "the next server tries it first"

    on(scene)


def test_what_its_own_fold_found_out_about_it_stays_the_reason() -> None:
    async def scene() -> None:
        stage = Stage(None)
        stage.trials.worker_died(STUCK)
        cursors = stage.cursors.tenant(KEY[0])
        cursors.move(KEY[1], stage.cursor, replace(stage.cursor, quarantine="out of time"))
        await until(lambda: not stage.trials.problems())
        assert (stage.cursor.quarantine, stage.said) == ("out of time", [])

    on(scene)


def test_a_world_that_a_worker_found_set_apart_is_tried_unless_it_is_acquitted() -> None:
    async def scene() -> None:
        stage = Stage(None)
        cursors = stage.cursors.tenant(KEY[0])
        stage.trials.found(*KEY)
        assert stage.trials.problems() == []
        cursors.move(KEY[1], Cursor(), Cursor(stopped_by="process"))
        stage.trials.found(*KEY)
        stage.trials.found(*KEY)
        await until(lambda: bool(stage.said))
        assert (stage.cursor, stage.ends) == (Cursor(), [])

    on(scene)


def test_a_disk_that_is_full_keeps_no_process_from_taking_the_place_of_one_that_ended() -> None:
    async def scene() -> None:
        stage = Stage(None)

        def full(*_: object) -> bool:
            raise Unavailable("the disk is full")

        stage.cursors.tenant(KEY[0]).move = full  # type: ignore[method-assign, assignment]
        assert not stage.trials.worker_died(STUCK)
        assert [said.reason for said in stage.stood] == ["the disk is full"]
        assert stage.trials.problems() == []

    on(scene)
