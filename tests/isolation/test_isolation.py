"""One tenant reaches nothing of another's, by whatever way in, with layers switched off too."""

import inspect
import json
from collections.abc import Collection
from contextlib import ExitStack
from typing import Any
from unittest.mock import patch

import pytest

from lqe.adapters.aws.scoped import TenantClients
from lqe.ports import buckets, cursors, documents, hot, intake, log, objects, push
from tests.isolation.attempts import attempts
from tests.isolation.engine import deployed
from tests.isolation.http import guarded_routes
from tests.isolation.judge import Verdict, judged, made, verdict_on
from tests.isolation.layers import EDGE, HANDLE, IAM, ONE_OFF, TWO_OFF, unscoped
from tests.isolation.stage import HANDLES

SEED, COUNT = 7, 10_000
EVERY = frozenset({EDGE, HANDLE, IAM})
SCOPED = "lqe.adapters.aws.scoped.TenantClients"
DOCUMENTS = "lqe.adapters.dynamodb.documents"
PORTS = (
    log.WorldLog, log.TenantLog, documents.TenantDocuments, cursors.TenantCursors,
    objects.TenantObjects, hot.HotEntities, push.Connections, intake.Intake, buckets.Buckets,
)  # fmt: skip


@pytest.fixture(scope="module")
def verdict() -> Verdict:
    return judged(SEED, COUNT, (frozenset(), *ONE_OFF, *TWO_OFF))


def shown(verdict: Verdict, settings: Collection[frozenset[str]]) -> list[str]:
    return [
        f"off: {sorted(each.off)}; {each.attempt.entry}: {each.attempt.actor} at "
        f"{each.attempt.victim}: {each.attempt.says}; reached: {[c.what for c in each.calls]}"
        for each in verdict.succeeded
        if each.off in settings
    ][:5]


def test_ten_thousand_attempts_are_made(verdict: Verdict) -> None:
    with_all_on = {entry: n for (entry, off), n in verdict.counted.items() if not off}
    assert sum(with_all_on.values()) == COUNT
    assert with_all_on.keys() == {"api", "socket", "handle", "iam"}


def test_no_attempt_succeeds(verdict: Verdict) -> None:
    assert shown(verdict, [frozenset()]) == []


def test_no_attempt_succeeds_with_one_layer_off(verdict: Verdict) -> None:
    assert shown(verdict, ONE_OFF) == []


def test_no_attempt_at_data_at_rest_succeeds_with_two_layers_off(verdict: Verdict) -> None:
    assert shown(verdict, TWO_OFF) == []


def test_what_is_a_tenants_own_it_reaches(verdict: Verdict) -> None:
    assert [call.what for call in verdict.locked_out] == []


def test_with_every_layer_off_every_way_in_leads_to_what_is_anothers() -> None:
    # Else the attempts would prove nothing about the layers.
    results = made(attempts(SEED, COUNT // 4), EVERY)
    through = {each.attempt.says.split()[1] for each in results if each.foreign(at_rest=False)}
    routes = {route.path for route in guarded_routes() if not route.variables}
    assert through >= routes | {"/v1/worlds"}
    for entry in ("api", "socket", "handle", "iam"):
        assert any(each.foreign(at_rest=True) for each in results if each.attempt.entry == entry)
    assert any(each.told for each in results)


LOOSER = [
    ("${aws:PrincipalTag/tenant}#*", "${aws:PrincipalTag/tenant}*"),
    ("${aws:PrincipalTag/tenant}#*", "*"),
    ("/${aws:PrincipalTag/tenant}/*", "/*"),
    ("${aws:PrincipalTag/tenant}/*", "${aws:PrincipalTag/tenant}*"),
    ("ForAllValues:StringLike", "ForAnyValue:StringLike"),
]


@pytest.mark.parametrize(("right", "wrong"), LOOSER)
def test_a_policy_that_is_looser_by_a_few_characters_lets_an_attempt_through(
    right: str, wrong: str
) -> None:
    results = made(attempts(SEED, COUNT // 4), frozenset({EDGE, HANDLE}))
    text = json.dumps(deployed("tenant_data"))
    assert right in text
    assert verdict_on(results, json.loads(text.replace(right, wrong))).succeeded


def the_handles_own(clients: TenantClients, service: str, tenant: str) -> Any:
    return clients._sessions.client(service, tenant)  # type: ignore[union-attr]


# Each is some names with what stands there by mistake, and a layer that is off meanwhile.
MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "credentials are those of whomever the handle is for": (
        {f"{SCOPED}._now": the_handles_own},
        HANDLE,
    ),
    "handles ask nobody whose call it is": ({f"{SCOPED}.admit": lambda _, tenant: tenant}, EDGE),
    "one adapter takes whole keys for names of worlds": (
        {f"{DOCUMENTS}.check_world": lambda world: world, f"{DOCUMENTS}.group": unscoped},
        IAM,
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_one_layer_is_found_where_another_is_off(mistake: str) -> None:
    names, off = MISTAKES[mistake]
    with ExitStack() as stack:
        for name, wrong in names.items():
            stack.enter_context(patch(name, wrong))
        assert judged(SEED, COUNT // 4, [frozenset({off})]).succeeded


@pytest.mark.parametrize("port", PORTS, ids=lambda port: port.__name__)
def test_everything_that_a_handle_does_is_attempted(port: type) -> None:
    methods = {n for n, _ in inspect.getmembers(port, inspect.isfunction) if n[0] != "_"}
    attempted = {n.partition(".")[2] for n in HANDLES if n.partition(".")[0] == port.__name__}
    assert attempted == methods
