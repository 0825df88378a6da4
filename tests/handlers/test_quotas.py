"""What a tenant may have, held where its players come in: rates, players, and being disabled."""

from typing import Any

import pytest

from lqe.adapters.dynamodb.entitlements import DISABLED, KNOWN_FOR_US, QUOTAS_SET
from lqe.adapters.dynamodb.tables import EVENTS
from lqe.closing import Close
from lqe.handlers.connect import function as connect
from lqe.handlers.process import Process
from lqe.handlers.submit import function as submit
from lqe.handlers.view import function as view
from tests.cloud import Cloud
from tests.handlers.test_cloud import begin, heard, socket_event
from tests.recorded import TENANT, Recorded
from tests.registered import quotas, registration, registry_item
from tests.simulation.aws.errors import refusal


@pytest.fixture
def begun(cloud: Cloud, game: Recorded) -> Cloud:
    """A cloud with a world, of a tenant that may send 10 commands a second and have 2 players."""
    cloud.process.table(EVENTS).put(registration(TENANT, players=2, rate=10))
    begin(cloud, game)
    return cloud


def later(game: Recorded) -> None:
    """Let what processes know of the registry be too old."""
    game.clock.us += KNOWN_FOR_US


def comes(process: Process, player: str, number: int = 0) -> Any:
    event = socket_event("$connect", f"c-{player}-{number}", player)
    return connect.respond(process, process.connect, event)


def sends(process: Process, player: str, count: int) -> None:
    push = {"name": "push", "args": {"dx": 1.0, "dy": 0.0}}
    frame = [{"seq": seq, **push} for seq in range(1, count + 1)]
    event = socket_event(
        "commands", f"c-{player}-0", player, {"type": "commands", "commands": frame}
    )
    submit.respond(process, submit.wire(process), event)


def codes(cloud: Cloud, player: str) -> list[str]:
    found = heard(cloud, f"c-{player}-0")
    return [message["code"] for message in found if message["type"] == "rejected"]


def test_a_tenants_rate_is_held_over_all_processes(begun: Cloud) -> None:
    # The shared bucket has twice a frame; each player has a bucket, and each process, of its own.
    for number in range(6):
        sends(begun.cold(), f"p{number}", 32)
    assert [codes(begun, f"p{n}") for n in range(6)] == [[], [], [], [], ["too_fast"], ["too_fast"]]


def test_a_players_rate_is_held_over_all_processes(begun: Cloud) -> None:
    begun.process.table(EVENTS).put(registry_item(TENANT, 2, QUOTAS_SET, quotas(2, 1_000)))
    for _ in range(6):
        sends(begun.cold(), "ann", 32)
    assert codes(begun, "ann") == ["too_fast", "too_fast"]


def test_a_quota_that_is_set_holds_seconds_later(begun: Cloud, game: Recorded) -> None:
    warm = begun.cold()
    sends(warm, "ann", 1)
    begun.process.table(EVENTS).put(registry_item(TENANT, 2, QUOTAS_SET, quotas(2, 0)))
    later(game)
    sends(warm, "ann", 1)
    assert codes(begun, "ann") == ["quota_exceeded"]
    assert warm.counted()[TENANT, "QuotaExceeded"] == 1


def test_one_player_too_many_is_refused_with_what_to_do(begun: Cloud) -> None:
    for player in ("ann", "bob"):
        assert comes(begun.cold(), player)["statusCode"] == 200
    process = begun.cold()
    answer = comes(process, "cyd")
    assert answer["statusCode"] == 429
    assert "have the quota raised" in answer["body"]
    assert process.counted()[TENANT, "QuotaExceeded"] == 1
    assert comes(begun.cold(), "ann", 1)["statusCode"] == 200, "who is there may come back"


def test_a_tenant_that_is_disabled_is_stopped_on_sockets_that_are_open(
    begun: Cloud, game: Recorded
) -> None:
    warm = begun.cold()
    assert comes(warm, "ann")["statusCode"] == 200
    sends(warm, "ann", 1)
    begun.settle()
    disabled = registry_item(TENANT, 2, DISABLED, {"reason": "not paid"})
    begun.process.table(EVENTS).put(disabled)
    later(game)
    sends(warm, "ann", 1)
    rejected, closing = heard(begun, "c-ann-0")[-2:]
    reason = f"{TENANT} is disabled: not paid"
    assert (rejected["code"], rejected["reason"]) == ("tenant_disabled", reason)
    assert closing == {"type": "closing", "code": Close.TENANT_DISABLED, "reason": reason}
    assert "c-ann-0" in begun.gateway.gone
    assert warm.counted()[TENANT, "TenantDisabled"] == 1
    assert comes(warm, "bob")["statusCode"] == 403
    assert begun.take_in() == 0, "nothing more is on its way to the log"


def test_a_tenant_that_is_disabled_sees_no_more_of_its_worlds(begun: Cloud) -> None:
    disabled = registry_item(TENANT, 2, DISABLED, {"reason": "not paid"})
    begun.process.table(EVENTS).put(disabled)
    cold = begun.cold()
    view.respond(cold, view.wire(cold), socket_event("view", "c-ann-0", "ann", {"type": "view"}))
    assert codes(begun, "ann") == ["tenant_disabled"]


def test_who_asks_for_views_too_fast_is_told_so(begun: Cloud) -> None:
    process = begun.cold()
    wired = view.wire(process)
    for _ in range(200):
        asking = socket_event("view", "c-ann-0", "ann", {"type": "view"})
        view.respond(process, wired, asking)
    assert set(codes(begun, "ann")) == {"too_fast"}
    assert process.counted()[TENANT, "TooFast"] == len(codes(begun, "ann"))


@pytest.mark.parametrize(("code", "faults"), [("ThrottlingException", 0), ("AccessDenied", 1)])
def test_a_counter_that_does_not_answer_stops_no_game(
    begun: Cloud, monkeypatch: pytest.MonkeyPatch, code: str, faults: int
) -> None:
    process = begun.cold()
    comes(process, "ann")
    update = begun.dynamodb.update_item

    def failing(**asked: Any) -> Any:
        if asked["Key"]["pk"]["S"].endswith("#.rates"):
            raise refusal("UpdateItem", code)
        return update(**asked)

    monkeypatch.setattr(begun.dynamodb, "update_item", failing)
    sends(process, "ann", 32)
    assert codes(begun, "ann") == []
    assert process.counted()[TENANT, "RatesUnknown"] == 1
    assert len(begun.faults) == faults
