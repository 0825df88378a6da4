"""A world that is over stands still on the server, and its sockets end after a while."""

import asyncio

from lqe.closing import Close
from lqe.local.endings import Endings
from lqe.local.sockets import Sockets
from lqe.ports.push import Connection

HERE = ("acme", "w1")


class Closing(Sockets):
    """Sockets of which only the end is noted."""

    def __init__(self) -> None:
        super().__init__()
        self.closed: list[tuple[str, Close, str]] = []
        self.somebody = asyncio.Event()

    def close(self, connection: str, code: Close, reason: str) -> None:
        self.closed.append((connection, code, reason))
        self.somebody.set()


def test_a_world_that_is_over_stands_still_and_lets_everybody_go_who_is_there_then() -> None:
    async def play() -> None:
        sockets, still = Closing(), list[tuple[str, str]]()
        endings = Endings(sockets, lambda *world: still.append(world), stay_s=0.05)
        sockets.add(Connection("c1", *HERE, "ann", "s"), 0)
        sockets.add(Connection("c2", "acme", "w2", "bob", "s"), 0)
        assert HERE not in endings
        endings.ended(*HERE, "the world is closed")
        assert (HERE in endings, still) == (True, [HERE])
        assert sockets.closed == [], "they look at it for a while"
        await sockets.somebody.wait()
        assert sockets.closed == [("c1", Close.WORLD_OVER, "the world is closed")]

    asyncio.run(asyncio.wait_for(play(), 60))


def test_who_closes_a_world_hears_when_that_is_stored() -> None:
    async def play() -> None:
        endings = Endings(Closing(), lambda *_: None)
        gone, waits = endings.wait(HERE), endings.wait(HERE)
        gone.cancel()
        endings.stored(("acme", "w2"))
        assert not waits.done()
        endings.stored(HERE)
        assert waits.done()

    asyncio.run(asyncio.wait_for(play(), 60))
