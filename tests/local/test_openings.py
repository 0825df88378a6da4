"""Who hears what of a world that is on its way into the log."""

import asyncio

import pytest

from lqe.errors import Overloaded, Unavailable
from lqe.local.openings import Openings

KEY = ("acme", "w1")


def test_an_opening_is_sent_once_and_its_first_asker_has_opened_the_world() -> None:
    async def scene() -> None:
        openings = Openings()
        assert openings.begin(KEY)
        asked = [openings.wait(KEY)]
        assert not openings.begin(KEY)
        asked += [openings.wait(KEY), openings.wait(KEY)]
        openings.stored(KEY)
        assert [await each for each in asked] == [True, False, False]
        assert openings.begin(KEY)

    asyncio.run(scene())


def test_who_has_gone_did_not_open_it() -> None:
    async def scene() -> None:
        openings = Openings()
        openings.begin(KEY)
        gone, here = openings.wait(KEY), openings.wait(KEY)
        gone.cancel()
        openings.stored(KEY)
        assert await here

    asyncio.run(scene())


def test_after_a_failure_the_opening_is_on_its_way_still_and_the_next_asker_is_the_first() -> None:
    async def scene() -> None:
        openings = Openings()
        openings.begin(KEY)
        openings.begin(("beta", "w1"))
        asked, theirs = openings.wait(KEY), openings.wait(("beta", "w1"))
        openings.failed("acme")
        with pytest.raises(Unavailable):
            await asked
        assert not theirs.done()
        assert not openings.begin(KEY)
        again = openings.wait(KEY)
        openings.stored(KEY)
        assert await again

    asyncio.run(scene())


def test_an_opening_that_was_dropped_can_be_sent_again() -> None:
    async def scene() -> None:
        openings = Openings()
        openings.begin(KEY)
        openings.begin(("acme", "w2"))
        asked, other = openings.wait(KEY), openings.wait(("acme", "w2"))
        openings.failed(*KEY)
        with pytest.raises(Unavailable):
            await asked
        assert not other.done()
        assert openings.begin(KEY)

    asyncio.run(scene())


def test_what_waits_of_a_tenant_has_an_end_and_takes_no_other_s_place() -> None:
    openings = Openings()
    for number in range(200):
        assert openings.begin(("acme", f"w{number}"))
    with pytest.raises(Overloaded):
        openings.begin(("acme", "one-more"))
    assert openings.begin(("beta", "w1"))
    openings.stored(KEY)
    assert openings.begin(("acme", "one-more"))
