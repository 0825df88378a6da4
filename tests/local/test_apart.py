"""A worker leaves worlds that are to be tried alone, and says which it met."""

from lqe.adapters.cursors import DocumentCursors
from lqe.adapters.memory import MemoryDocuments
from lqe.local.apart import ApartCursors
from lqe.local.link import Apart, Stands, ToServer
from lqe.ports.cursors import Cursor, TenantCursors


def cursors(*, alone: bool) -> tuple[TenantCursors, TenantCursors, list[ToServer]]:
    said: list[ToServer] = []
    stored = DocumentCursors(MemoryDocuments())
    return (
        stored.tenant("acme"),
        ApartCursors(stored, said.append, alone=alone).tenant("acme"),
        said,
    )


def test_a_world_to_be_tried_alone_stands_still_for_a_worker_of_many_till_acquitted() -> None:
    stored, seen, said = cursors(alone=False)
    suspect, acquitted = Cursor(position=3, stopped_by="process"), Cursor(position=3)
    stored.move("w1", Cursor(), suspect)
    assert seen.get("w1").quarantine
    assert seen.get("w1").quarantine
    assert said == [Apart("acme", "w1")], "once"
    stored.move("w1", suspect, acquitted)
    assert seen.get("w1") == acquitted
    stored.move("w1", acquitted, suspect)
    seen.get("w1")
    assert said == 2 * [Apart("acme", "w1")]


def test_the_process_that_tries_it_sees_it_as_it_is() -> None:
    stored, seen, said = cursors(alone=True)
    suspect = Cursor(position=3, stopped_by="process")
    stored.move("w1", Cursor(), suspect)
    assert (seen.get("w1"), said) == (suspect, [])
    assert seen.move("w1", suspect, Cursor(position=4, stopped_by="process"))


def test_a_world_that_somebody_else_stopped_is_told_of_once_and_one_stopped_here_is_not() -> None:
    stored, seen, said = cursors(alone=False)
    stored.move("w1", Cursor(), Cursor(quarantine="by hand", stopped_by="operator"))
    seen.get("w1")
    seen.get("w1")
    assert said == [Stands("acme", "w1", "by hand")]
    said.clear()
    seen.move("w2", seen.get("w2"), Cursor(quarantine="out of time"))
    assert seen.get("w2").quarantine == "out of time"
    assert said == []
