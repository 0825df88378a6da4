"""What every cursor adapter does."""

from lqe.ports.cursors import Cursor, Cursors


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
