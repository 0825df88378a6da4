"""People play the sample through the deployed socket, and its log replays from its table."""

import asyncio
import json
import time

import pytest
from websockets.asyncio.client import connect

from infra.tests.stack import Stack, decided, until
from lqe.handlers.warming import WarmUp
from lqe.local.client import Player
from lqe.signals import QUORUM

TENANT, WORLD = "acme", "w1"


async def play(address: str) -> Player:
    """Travel, propose what is refused, and wait until every outcome is there."""
    async with connect(address.replace("http", "ws", 1), max_size=None, open_timeout=60) as socket:
        me = Player(socket)
        listening = asyncio.create_task(me.listen())
        await asyncio.wait_for(me.welcome.wait(), 60)
        assert me.refused is None
        for number in range(10):
            await me.order(("travel", {"x": 100.0 + 20 * number, "y": 200.0}))
            await decided(me, number + 1)
        here = me.tick
        await until(lambda: me.tick > here)  # time passes without a command
        listening.cancel()
        return me


@pytest.fixture(scope="module")
def token(stack: Stack) -> str:
    stack.ledgerquest("tenant", "add", TENANT)
    return stack.token(TENANT, "ann", "player", "author")


def test_the_sample_is_played_and_its_log_replays_verified(stack: Stack, token: str) -> None:
    status, opened = stack.http("POST", "/v1/worlds", token, {"world": WORLD})
    assert status == 201, opened
    wanted = {"world": WORLD, "player": "ann", "session": "s1"}
    status, issued = stack.http("POST", "/v1/tickets", token, wanted)
    assert status == 201, issued
    me = asyncio.run(play(issued["socket"]))
    assert (me.sent, me.received, me.applied) == (10, 10, 10)
    assert me.rejections == []
    assert "VERIFIED" in stack.ledgerquest("world", "verify", WORLD, "--tenant", TENANT)[0]
    assert f"{TENANT}/{WORLD}" in stack.ledgerquest("status")[0]


def test_a_quorum_starts_processes_ahead_as_they_are_deployed(stack: Stack, token: str) -> None:
    assert token  # the tenant is registered
    signal = {"name": QUORUM, "tick": 0, "data": {"players": 1, "clock_hz": 4.0}}
    place = {"tenant": TENANT, "world": "warmed", "position": 1, "index": 0}
    quorum = {"source": "ledgerquest", "detail-type": QUORUM, "detail": place | {"signal": signal}}
    warm_up = json.loads(WarmUp(TENANT, "warmed").encode())
    events = {"pool-warmer": quorum, "submit": warm_up, "ticker": warm_up, "tick": warm_up}
    for name, event in events.items():
        answer = stack.client("lambda").invoke(
            FunctionName=f"lqe-{name}", Payload=json.dumps(event)
        )
        said = answer["Payload"].read()
        assert "FunctionError" not in answer, f"{name}: {said!r}"
        assert json.loads(said) is None


def test_a_quota_that_an_operator_sets_holds(stack: Stack, token: str) -> None:
    stack.http("POST", "/v1/worlds", token, {"world": "w2"})
    wanted = {"world": "w2", "player": "ann", "session": "s1"}
    _, issued = stack.http("POST", "/v1/tickets", token, wanted)
    said, _ = stack.ledgerquest("tenant", "quotas", TENANT, "--players", "0")
    assert "0 players a world" in said
    time.sleep(10)  # so long a process believes what it was told
    with pytest.raises(Exception, match="HTTP 403"):  # the emulator's own for whatever is no 200
        asyncio.run(play(issued["socket"]))
    assert stack.http("POST", "/v1/tickets", token, wanted)[0] == 429
    stack.ledgerquest("tenant", "quotas", TENANT, "--players", "100")


def test_nobody_gets_in_without_a_token_or_a_ticket(stack: Stack, token: str) -> None:
    assert stack.http("GET", "/v1/worlds")[0] == 401
    assert stack.http("GET", "/v1/worlds", token + "x")[0] == 401
    address = stack.deployed.outputs["SocketUrl"].replace("http", "ws", 1)
    for query in ("", "?ticket=acme.nothing"):

        async def enter(where: str = address + query) -> None:
            async with connect(where, open_timeout=60):
                pass

        with pytest.raises(Exception, match=r"HTTP 40[13]"):
            asyncio.run(enter())
