"""Worlds and their snapshots over HTTP."""

import asyncio
from collections.abc import Awaitable

import msgspec
import pytest

from lqe.handlers.http.models import WorldShown
from lqe.handlers.http.pages import PAGE
from lqe.handlers.http.ports import WorldState
from lqe.ports.objects import snapshot_name
from tests.handlers.http.asking import Served, json_of, told

W1 = WorldState(world="w1", position=7, tick=2_100, scenario="d1", players=2)
W2 = WorldState(world="w2", position=0, tick=0, scenario="d1", players=0, quarantine="no code")


def test_a_world_is_shown_with_all_that_is_known_of_it() -> None:
    assert tuple(WorldShown.model_fields) == WorldState.__struct_fields__


def test_the_worlds_of_a_tenant_are_listed(served: Served) -> None:
    served.states["local"] = (W1, W2)
    assert json_of(served.get("/v1/worlds?tenant=local")) == {
        "worlds": [
            {
                "world": "w1",
                "position": 7,
                "tick": 2_100,
                "scenario": "d1",
                "players": 2,
                "closed": False,
                "quarantine": "",
            },
            {
                "world": "w2",
                "position": 0,
                "tick": 0,
                "scenario": "d1",
                "players": 0,
                "closed": False,
                "quarantine": "no code",
            },
        ],
        "next": None,
    }


def test_many_worlds_come_in_pages_by_name(served: Served) -> None:
    made = [f"w{number}" for number in range(2 * PAGE + 1)]
    served.states["local"] = [msgspec.structs.replace(W2, world=world) for world in made]
    for path in ("worlds", "quarantine", "usage"):
        found: list[str] = []
        after, pages = "", 0
        while after is not None:
            page = json_of(served.get(f"/v1/{path}?after={after}"))
            names = [w if isinstance(w, str) else w["world"] for w in page["worlds"]]
            assert len(names) <= PAGE
            found += names
            after, pages = page["next"], pages + 1
        assert (found, pages) == (sorted(made), 3)


def test_a_page_may_begin_after_a_world_that_is_not_there(served: Served) -> None:
    served.states["local"] = (W1, W2)
    (shown,) = json_of(served.get("/v1/worlds?after=w11"))["worlds"]
    assert shown["world"] == "w2"
    assert told(served.get("/v1/worlds?after=W")) == (400, "malformed")


def test_a_tenant_without_worlds_has_an_empty_list(served: Served) -> None:
    assert json_of(served.get("/v1/worlds")) == {"worlds": [], "next": None}


def test_the_snapshots_of_a_world_are_listed_by_tick(served: Served) -> None:
    for world, tick in (("w1", 30_000), ("w1", 0), ("w1", 2_000), ("w10", 4_000)):
        served.objects.tenant("local").put(snapshot_name(world, tick), b"")
    assert json_of(served.get("/v1/worlds/w1/snapshots")) == {"snapshots": [0, 2_000, 30_000]}


def test_a_world_without_snapshots_is_told_from_none(served: Served) -> None:
    served.states["local"] = (W1,)
    assert json_of(served.get("/v1/worlds/w1/snapshots")) == {"snapshots": []}
    assert told(served.get("/v1/worlds/w3/snapshots")) == (404, "no_world")


def test_a_snapshot_comes_to_the_byte(served: Served) -> None:
    data = bytes(range(256))
    served.objects.tenant("local").put(snapshot_name("w1", 2_000), data)
    answer = served.get("/v1/worlds/w1/snapshots/2000")
    assert (answer.status, answer.content_type) == (200, "application/octet-stream")
    assert answer.body == data


def test_a_snapshot_that_is_not_there_is_not_found(served: Served) -> None:
    served.objects.tenant("local").put(snapshot_name("w1", 0), b"")
    assert told(served.get("/v1/worlds/w1/snapshots/1")) == (404, "no_snapshot")
    assert told(served.get("/v1/worlds/w2/snapshots/0")) == (404, "no_snapshot")


def test_one_tenant_sees_nothing_of_another() -> None:
    served = Served(tenants=("acme", "globex"))
    served.states["acme"] = (W1,)
    served.objects.tenant("acme").put(snapshot_name("w1", 0), b"secret")
    assert json_of(served.get("/v1/worlds?tenant=globex"))["worlds"] == []
    assert told(served.get("/v1/worlds/w1/snapshots?tenant=globex")) == (404, "no_world")
    assert told(served.get("/v1/worlds/w1/snapshots/0?tenant=globex")) == (404, "no_snapshot")
    assert served.get("/v1/worlds/w1/snapshots/0?tenant=acme").body == b"secret"


@pytest.mark.parametrize(
    "address",
    [
        "/v1/worlds/W1/snapshots",
        "/v1/worlds/../snapshots",
        "/v1/worlds/%2e%2e/snapshots",
        "/v1/worlds/..%2Facme/snapshots",
        "/v1/worlds/w1%00/snapshots/0",
        "/v1/worlds/w1/snapshots/-1",
        "/v1/worlds/w1/snapshots/01",
        "/v1/worlds/w1/snapshots/1.0",
        "/v1/worlds/w1/snapshots/1_0",
        "/v1/worlds/w1/snapshots/%20",
        "/v1/worlds/w1/snapshots/..",
        "/v1/worlds/w1/snapshots/10000000000000000",
        "/v1/worlds/w1/snapshots/%D9%A1",
        "/v1/worlds/w1/snapshots?tenant=Local",
        "/v1/worlds/w1/snapshots?tenant=local&tenant=local",
        "/v1/worlds/w1/snapshots?world=w2",
        "/v1/worlds/w1/snapshots?limit=5",
        "/v1/worlds?" + "&".join(f"a{number}=1" for number in range(17)),
        "/v1/worlds?world=w1",
    ],
)
def test_an_address_that_says_something_else_is_refused(served: Served, address: str) -> None:
    assert told(served.get(address)) == (400, "malformed")


def test_a_world_is_opened_by_its_name(served: Served) -> None:
    answer = served.ask("POST", "/v1/worlds", {"world": "w1", "tenant": "local"})
    assert answer.status == 201
    assert json_of(answer) == {"tenant": "local", "world": "w1", "scenario": "d1"}
    assert [world["world"] for world in json_of(served.get("/v1/worlds"))["worlds"]] == ["w1"]


def test_a_world_that_is_there_is_not_opened_again(served: Served) -> None:
    served.states["local"] = (W1,)
    assert told(served.ask("POST", "/v1/worlds", {"world": "w1"})) == (409, "world_exists")


@pytest.mark.parametrize("wrong", [{}, {"world": "W1"}, {"world": 1}, {"world": "w1", "seed": 5}])
def test_a_world_of_another_kind_is_not_opened(served: Served, wrong: object) -> None:
    assert told(served.ask("POST", "/v1/worlds", wrong)) == (400, "malformed")
    assert served.states == {}


def test_who_opens_worlds_too_fast_waits() -> None:
    served = Served(tickets_per_second=1.0)
    answers = [served.ask("POST", "/v1/worlds", {"world": f"w{n}"}) for n in range(65)]
    assert [answer.status for answer in answers[:64]] == [201] * 64
    assert told(answers[64]) == (429, "too_fast")


def test_there_is_no_ticket_for_a_world_that_nobody_may_enter(served: Served) -> None:
    served.closed.add("w1")
    assert told(served.ticket()) == (404, "no_world")
    assert len(served.tickets) == 0
    assert served.ticket(world="w2").status == 201


def test_worlds_that_stand_still_are_named_with_the_reason(served: Served) -> None:
    served.states["local"] = (W1, W2)
    stood = {"world": "w2", "position": 0, "tick": 0, "reason": "no code"}
    assert json_of(served.get("/v1/quarantine")) == {"worlds": [stood], "next": None}
    assert json_of(served.ask("POST", "/v1/worlds/w2/release")) == stood
    assert json_of(served.get("/v1/quarantine"))["worlds"] == []


@pytest.mark.parametrize(
    ("world", "declined"), [("w1", (409, "not_standing")), ("w3", (404, "no_world"))]
)
def test_only_a_world_that_stands_still_is_released(
    served: Served, world: str, declined: tuple[int, str]
) -> None:
    served.states["local"] = (W1, W2)
    assert told(served.ask("POST", f"/v1/worlds/{world}/release")) == declined


def test_a_world_is_closed_once_and_its_players_are_told_why(served: Served) -> None:
    served.states["local"] = (W1, W2)
    answer = served.ask("POST", "/v1/worlds/w1/close?reason=the%20course%20is%20over")
    assert json_of(answer) == {"tenant": "local", "world": "w1"}
    assert served.reasons == ["the course is over"]
    assert told(served.ask("POST", "/v1/worlds/w1/close")) == (409, "world_closed")
    assert told(served.ask("POST", "/v1/worlds/w3/close")) == (404, "no_world")
    closed = {w["world"]: w["closed"] for w in json_of(served.get("/v1/worlds"))["worlds"]}
    assert closed == {"w1": True, "w2": False}


def test_the_reason_of_an_end_is_a_short_one(served: Served) -> None:
    served.states["local"] = (W1,)
    answer = served.ask("POST", f"/v1/worlds/w1/close?reason={'x' * 201}")
    assert told(answer) == (400, "malformed")


@pytest.mark.parametrize(
    ("method", "path", "done"),
    [("POST", "/v1/worlds/w1/archive", "archived"), ("DELETE", "/v1/worlds/w1", "deleted")],
)
def test_a_world_leaves_in_an_archive_or_for_good(
    served: Served, method: str, path: str, done: str
) -> None:
    assert told(served.ask(method, path)) == (404, "no_world")
    served.states["local"] = (W1,)
    answer = served.ask(method, path)
    assert json_of(answer)["world"] == "w1"
    assert answer.after is not None
    asyncio.run(_awaited(answer.after))
    assert served.gone == [(done, "w1")]


async def _awaited(work: Awaitable[None]) -> None:
    await work


def test_what_was_metered_is_shown_by_world(served: Served) -> None:
    served.states["local"] = (W1, W2)
    assert json_of(served.get("/v1/usage")) == {
        "worlds": {"w1": {"events": 8}, "w2": {"events": 1}},
        "next": None,
    }
