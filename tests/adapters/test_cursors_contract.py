"""What every cursor adapter does."""

import msgspec

from lqe.adapters.cursors import DocumentCursors
from lqe.ports.cursors import Cursor, Cursors
from lqe.ports.documents import Documents


def test_a_cursor_that_never_moved_is_before_the_first_position(cursors: Cursors) -> None:
    assert cursors.tenant("acme").get("w1") == Cursor()
    assert Cursor().position == -1


def test_a_cursor_moves_from_what_it_is(cursors: Cursors) -> None:
    tenant = cursors.tenant("acme")
    first = Cursor(position=3, tick=10, snapshot=0, digest="d")
    second = Cursor(position=9, tick=20, snapshot=0, digest="d")
    assert tenant.move("w1", Cursor(), first)
    assert tenant.move("w1", first, second)
    assert tenant.get("w1") == second


def test_of_two_movers_one_wins(cursors: Cursors) -> None:
    tenant = cursors.tenant("acme")
    assert tenant.move("w1", Cursor(), Cursor(position=1))
    assert not tenant.move("w1", Cursor(), Cursor(position=2))
    assert not tenant.move("w1", Cursor(position=5), Cursor(position=6))
    assert tenant.get("w1") == Cursor(position=1)


def test_one_tenant_sees_nothing_of_another(cursors: Cursors) -> None:
    cursors.tenant("acme").move("w1", Cursor(), Cursor(position=1))
    assert cursors.tenant("acme-2").get("w1") == Cursor()


def test_a_cursor_that_an_older_version_wrote_moves_on(documents: Documents) -> None:
    older = msgspec.msgpack.encode({"position": 7, "tick": 3})
    assert documents.tenant("acme").replace("w1", "cursor", None, older)
    tenant = DocumentCursors(documents).tenant("acme")
    assert tenant.get("w1") == Cursor(position=7, tick=3)
    assert tenant.move("w1", Cursor(position=7, tick=3), Cursor(position=8, tick=3))
    assert tenant.get("w1") == Cursor(position=8, tick=3)


def test_who_read_a_cursor_before_it_moved_does_not_move_it(documents: Documents) -> None:
    class Interleaved:
        """Documents in which somebody else moves the cursor right after it was read."""

        def tenant(self, name: str) -> "Interleaved":
            assert name == "acme"
            return self

        def get(self, world: str, name: str) -> bytes | None:
            found = documents.tenant("acme").get(world, name)
            DocumentCursors(documents).tenant("acme").move(world, Cursor(), Cursor(position=1))
            return found

        def replace(self, world: str, name: str, old: bytes | None, new: bytes) -> bool:
            return documents.tenant("acme").replace(world, name, old, new)

        def names(self, world: str, prefix: str = "") -> list[str]:
            return documents.tenant("acme").names(world, prefix)

    late = DocumentCursors(Interleaved()).tenant("acme")
    assert not late.move("w1", Cursor(), Cursor(position=2))
    assert DocumentCursors(documents).tenant("acme").get("w1") == Cursor(position=1)
