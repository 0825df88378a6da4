"""A view that fails is told once, is in health while it fails, and stops no world."""

from lqe.local.link import ViewFails
from lqe.local.view_notices import ViewNotices


def test_each_thing_is_told_once_and_shown_as_long_as_it_is_said() -> None:
    now, told = [0.0], list[tuple[str, str]]()
    notices = ViewNotices(lambda where, error: told.append((where, str(error))), lambda: now[0])
    for _ in range(3):
        notices.hear(ViewFails("acme", "w1", "the view for everybody failed with KeyError: 'x'"))
        now[0] += 30.0
    assert told == [("world w1 of acme", "the view for everybody failed with KeyError: 'x'")]
    assert notices.notices() == [
        "world w1 of acme: the view for everybody failed with KeyError: 'x'"
    ]
    now[0] += 31.0
    assert notices.notices() == []
