"""Which of a player's commands are recorded is answered from the log alone."""

from typing import Any

import pytest

from lqe.codec import Codec
from lqe.events import AnyEvent, ClockAdvanced, CommandSubmitted, event_name
from lqe.handlers.http import answers
from lqe.handlers.http.claims import TokenGuard
from lqe.handlers.http.ports import WorldState
from lqe.ports.log import Commit
from tests.handlers.http.asking import Served, json_of, told

ANN = "7d8ca528-4931-4254-9273-ea5ee853f271"
HERS = f"/v1/worlds/w1/receipts?player={ANN}"


def command(player: str, seq: int, session: str = "s1") -> CommandSubmitted:
    return CommandSubmitted(player=player, session=session, seq=seq, name="push")


@pytest.fixture
def served() -> Served:
    """A server with a world in whose log Ann and Bob have acted, and of which time is a part."""
    served = Served(guard=TokenGuard())
    served.states["acme"] = (WorldState(world="w1", position=5, tick=9, scenario="d", players=2),)
    events: list[AnyEvent] = [
        ClockAdvanced(), command(ANN, 1), command("bob", 1), command(ANN, 2),
        ClockAdvanced(), command(ANN, 1, "s2"),
    ]  # fmt: skip
    encode = Codec().encode
    commit = Commit("w1", 0, [event_name(e) for e in events], [encode(e) for e in events])
    served.logs.tenant("acme").append([commit])
    return served


def get(served: Served, address: str, *roles: str) -> Any:
    claims = {"tenant": "acme", "roles": list(roles or ("player",)), "sub": ANN}
    return served.ask("GET", address, claims=claims)


def test_a_player_reads_where_its_commands_are(served: Served) -> None:
    assert json_of(get(served, HERS)) == {
        "receipts": [
            {"session": "s1", "seq": 1, "position": 1},
            {"session": "s1", "seq": 2, "position": 3},
            {"session": "s2", "seq": 1, "position": 5},
        ],
        "next": None,
    }


def test_a_player_reads_nobody_elses_and_an_auditor_everybodys(served: Served) -> None:
    bobs = "/v1/worlds/w1/receipts?player=bob"
    assert told(get(served, bobs)) == (403, "wrong_player")
    found = json_of(get(served, bobs, "auditor"))["receipts"]
    assert found == [{"session": "s1", "seq": 1, "position": 2}]


def test_a_long_log_is_read_a_page_at_a_time(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "_RECORDS", 3)
    first = json_of(get(served, HERS))
    assert ([r["position"] for r in first["receipts"]], first["next"]) == ([1], 3)
    second = json_of(get(served, f"{HERS}&since=3"))
    assert ([r["position"] for r in second["receipts"]], second["next"]) == ([3, 5], 6)
    assert json_of(get(served, f"{HERS}&since=6")) == {"receipts": [], "next": None}


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        (f"/v1/worlds/w2/receipts?player={ANN}", (404, "no_world")),
        ("/v1/worlds/w1/receipts", (400, "malformed")),
        (f"{HERS}&since=-1", (400, "malformed")),
        (f"{HERS}&since=01", (400, "malformed")),
        (f"{HERS}&since=99999999999999999", (400, "malformed")),
    ],
)
def test_what_is_asked_for_wrongly_is_declined(
    served: Served, address: str, problem: tuple[int, str]
) -> None:
    assert told(get(served, address)) == problem
