"""The pool warmer: what it starts ahead of a world's first commands, and how much at most."""

from typing import Any

import msgspec
import pytest

from lqe.adapters.functions import MOST_PROCESSES, FunctionPool
from lqe.errors import BadInput, Misconfigured, Unavailable
from lqe.handlers.pool_warmer.handler import MOST_WORLDS, SOON_US, PoolWarmer
from lqe.handlers.warming import WarmUp, warm_up_in
from lqe.ports.bus import Published
from lqe.signals import NEAR_QUORUM, QUORUM, UPGRADED, Signal
from tests.adapters.cloud import lambda_event
from tests.cloud import Lambda
from tests.recorded import TENANT, WORLD, SteppingClock
from tests.simulation.aws.errors import refusal, throttled


class Pool:
    """Keeps what it was asked to warm."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, int]] = []
        self.is_down = False

    def warm(self, tenant: str, world: str, players: int) -> None:
        if self.is_down:
            raise Unavailable("no answer")
        self.asked.append((tenant, world, players))


class Stage:
    def __init__(self) -> None:
        self.pool, self.clock = Pool(), SteppingClock()
        self.warmer = PoolWarmer(self.pool, self.clock)

    def hears(self, name: str, world: str = WORLD, **data: Any) -> None:
        self.warmer.handle(
            Published(tenant=TENANT, world=world, position=1, index=0, signal=Signal(name, 0, data))
        )


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_a_quorum_that_is_near_is_warmed_for_all_its_players(stage: Stage) -> None:
    stage.hears(NEAR_QUORUM, players=3, quorum=4)
    assert stage.pool.asked == [(TENANT, WORLD, 4)]


def test_a_quorum_that_is_there_is_warmed_for_the_players_that_are_there(stage: Stage) -> None:
    stage.hears(QUORUM, players=2, clock_hz=4.0)
    assert stage.pool.asked == [(TENANT, WORLD, 2)]


def test_a_world_is_warmed_once_in_a_minute(stage: Stage) -> None:
    stage.hears(NEAR_QUORUM, players=3, quorum=4)
    stage.hears(NEAR_QUORUM, players=3, quorum=4)
    stage.hears(QUORUM, players=4, clock_hz=4.0)
    assert len(stage.pool.asked) == 1
    stage.clock.us += SOON_US
    stage.hears(QUORUM, players=4, clock_hz=4.0)
    assert len(stage.pool.asked) == 2


def test_many_worlds_that_begin_together_share_what_the_first_have_started(stage: Stage) -> None:
    for number in range(MOST_WORLDS + 5):
        stage.hears(QUORUM, f"w{number}", players=1, clock_hz=4.0)
    assert len(stage.pool.asked) == MOST_WORLDS
    stage.clock.us += SOON_US
    stage.hears(QUORUM, "later", players=1, clock_hz=4.0)
    assert stage.pool.asked[-1] == (TENANT, "later", 1)


def test_a_clock_that_goes_back_keeps_no_world_cold(stage: Stage) -> None:
    stage.hears(QUORUM, players=1, clock_hz=4.0)
    stage.clock.us -= 3_600_000_000
    stage.hears(QUORUM, players=1, clock_hz=4.0)
    assert len(stage.pool.asked) == 2


@pytest.mark.parametrize(
    ("name", "data"),
    [
        (QUORUM, {}),
        (QUORUM, {"players": 0}),
        (QUORUM, {"players": "20"}),
        (NEAR_QUORUM, {"players": 3}),
        (UPGRADED, {"players": 3, "quorum": 4}),
        ("deal_closed", {"": 7}),
    ],
)
def test_what_only_a_scenario_calls_so_warms_nothing(
    stage: Stage, name: str, data: dict[str, Any]
) -> None:
    stage.hears(name, **data)
    assert stage.pool.asked == []


def test_what_could_not_be_started_is_tried_with_the_next_signal(stage: Stage) -> None:
    stage.pool.is_down = True
    with pytest.raises(Unavailable):
        stage.hears(NEAR_QUORUM, players=3, quorum=4)
    stage.pool.is_down = False
    stage.hears(QUORUM, players=4, clock_hz=4.0)
    assert stage.pool.asked == [(TENANT, WORLD, 4)]


def pool(client: Any) -> FunctionPool:
    return FunctionPool(
        client,
        each_player="submit",
        once=("ticker", "tick"),
        event=lambda tenant, world: WarmUp(tenant, world).encode(),
    )


@pytest.mark.parametrize(("players", "processes"), [(1, 1), (4, 4), (1_000, MOST_PROCESSES)])
def test_a_process_is_started_for_each_player_but_few_for_many(
    players: int, processes: int
) -> None:
    client = Lambda()
    pool(client).warm(TENANT, WORLD, players)
    names = [name for name, _ in client.invoked]
    assert names == [*["submit"] * processes, "ticker", "tick"]
    assert {msgspec.json.encode(e) for _, e in client.invoked} == {WarmUp(TENANT, WORLD).encode()}


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (throttled("lambda", "Invoke", 0.1), Unavailable),
        (refusal("Invoke", "AccessDeniedException", 403), Misconfigured),
    ],
)
def test_what_lambda_answers_is_told_apart(error: Exception, raised: type[Exception]) -> None:
    class Client:
        def invoke(self, **_: Any) -> Any:
            raise error

    with pytest.raises(raised, match="starting submit ahead"):
        pool(Client()).warm(TENANT, WORLD, 1)


def test_a_warm_up_is_known_by_what_no_service_sends() -> None:
    asked = WarmUp(TENANT, WORLD)
    assert warm_up_in(msgspec.json.decode(asked.encode())) == asked
    for name in ("eventbridge_signal", "http_request", "websocket_authorize"):
        assert warm_up_in(lambda_event(name)) is None


@pytest.mark.parametrize(
    "asked", [{}, {"tenant": "a#b", "world": "w"}, {"tenant": "a", "world": ".registry"}, 7]
)
def test_a_warm_up_names_a_tenant_and_a_world(asked: Any) -> None:
    with pytest.raises(BadInput):
        warm_up_in({"warm_up": asked})
