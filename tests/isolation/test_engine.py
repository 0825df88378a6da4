"""The engine answers as IAM is known to, before anything is concluded from what it says."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.isolation.engine import (
    BUCKET,
    DATA_ROLE,
    REGION,
    Asked,
    asked,
    deployed,
    evaluate,
    table_arn,
)

EVENTS = table_arn("lqe-events")
KEYS = "dynamodb:LeadingKeys"


def one(guards: Mapping[str, Any]) -> dict[str, Any]:
    """Return a policy of everything on a table, under some conditions."""
    allow = {"Effect": "Allow", "Action": "dynamodb:*", "Resource": EVENTS, "Condition": guards}
    return {"Version": "2012-10-17", "Statement": [allow]}


def seen(action: str, tenant: str | None = "acme", keys: list[str] | None = None) -> Asked:
    tags = {} if tenant is None else {"aws:PrincipalTag/tenant": tenant}
    return asked(f"dynamodb:{action}", EVENTS, tags | ({} if keys is None else {KEYS: keys}))


LIKE = {"ForAllValues:StringLike": {KEYS: "${aws:PrincipalTag/tenant}#*"}}
GUARDED = LIKE | {"Null": {KEYS: "false"}}
# What AWS's documentation, and trials against it, say of these conditions.
KNOWN = [
    (GUARDED, seen("GetItem", keys=["acme#w1"]), True),
    (GUARDED, seen("BatchGetItem", keys=["acme#w1", "acme#w2"]), True),
    (GUARDED, seen("GetItem", keys=["globex#w1"]), False),
    (GUARDED, seen("GetItem", keys=["acme-2#w1"]), False),
    (GUARDED, seen("BatchGetItem", keys=["acme#w1", "globex#w1"]), False),
    (GUARDED, seen("GetItem", tenant=None, keys=["acme#w1"]), False),
    (GUARDED, seen("GetItem", tenant="", keys=["acme#w1"]), False),
    (GUARDED, seen("Scan"), False),
    (LIKE, seen("Scan"), True),
    (GUARDED, seen("PutItem", tenant="acme-2", keys=["acme#w1"]), False),
    (GUARDED, seen("GetItem", keys=["acme"]), False),
]


@pytest.mark.parametrize(("guards", "request_", "expected"), KNOWN)
def test_the_engine_knows_the_conditions_on_keys(
    guards: Mapping[str, Any], request_: Asked, *, expected: bool
) -> None:
    assert evaluate(one(guards), [request_]) == {request_: expected}


def of_acme(
    action: str, resource: str, *, here: str = REGION, home: str | None = REGION, **keys: Any
) -> Asked:
    context = {"aws:PrincipalTag/tenant": "acme", "aws:RequestedRegion": here}
    if home is not None:
        context["aws:PrincipalTag/region"] = home
    return asked(action, resource, context | {k.replace("_", ":", 1): v for k, v in keys.items()})


OWN = ["acme#w1"]
OBJECT = f"arn:aws:s3:::{BUCKET}/acme/snapshots/w1/0"


def test_a_tenant_at_home_reads_and_writes_what_is_its() -> None:
    may = [
        of_acme("dynamodb:Query", EVENTS, dynamodb_LeadingKeys=OWN),
        of_acme("dynamodb:PutItem", EVENTS, dynamodb_LeadingKeys=OWN),
        of_acme("dynamodb:PutItem", table_arn("lqe-snapshots"), dynamodb_LeadingKeys=OWN),
        of_acme("dynamodb:DeleteItem", table_arn("lqe-entities"), dynamodb_LeadingKeys=OWN),
        of_acme("dynamodb:UpdateItem", table_arn("lqe-connections"), dynamodb_LeadingKeys=OWN),
        of_acme("s3:PutObject", OBJECT),
        of_acme("s3:GetObject", OBJECT),
        of_acme("s3:ListBucket", f"arn:aws:s3:::{BUCKET}", s3_prefix="acme/snapshots/"),
    ]
    assert evaluate(deployed("tenant_data"), may) == dict.fromkeys(may, True)


def test_nothing_is_taken_out_of_a_log_and_no_version_out_of_the_bucket() -> None:
    never = [
        *(
            of_acme(f"dynamodb:{action}", EVENTS, dynamodb_LeadingKeys=OWN)
            for action in ("DeleteItem", "UpdateItem", "BatchWriteItem", "PartiQLDelete")
        ),
        of_acme("s3:DeleteObject", OBJECT),
        of_acme("s3:DeleteObjectVersion", OBJECT),
        of_acme("s3:BypassGovernanceRetention", OBJECT),
    ]
    assert evaluate(deployed("tenant_data"), never) == dict.fromkeys(never, False)


@pytest.mark.parametrize("home", ["us-east-1", "eu-central-2", "", None])
def test_a_tenant_that_is_at_home_elsewhere_writes_and_reads_nothing_here(home: str) -> None:
    elsewhere = [
        of_acme("dynamodb:PutItem", EVENTS, home=home, dynamodb_LeadingKeys=OWN),
        of_acme("dynamodb:Query", EVENTS, home=home, dynamodb_LeadingKeys=OWN),
        of_acme("s3:PutObject", OBJECT, home=home),
        of_acme("s3:ListBucket", f"arn:aws:s3:::{BUCKET}", home=home, s3_prefix="acme/"),
    ]
    assert evaluate(deployed("tenant_data"), elsewhere) == dict.fromkeys(elsewhere, False)


def test_a_tenant_at_home_here_writes_nothing_elsewhere() -> None:
    there = EVENTS.replace(REGION, "us-east-1")
    elsewhere = [
        of_acme("dynamodb:PutItem", there, here="us-east-1", dynamodb_LeadingKeys=OWN),
        of_acme("s3:PutObject", OBJECT, here="us-east-1"),
    ]
    assert evaluate(deployed("tenant_data"), elsewhere) == dict.fromkeys(elsewhere, False)


def assuming(**tags: str) -> list[Asked]:
    """Return what a function asks for: to assume the role, and to tag the session."""
    context: dict[str, Any] = {f"aws:RequestTag/{name}": value for name, value in tags.items()}
    if tags:
        context["aws:TagKeys"] = sorted(tags)
    return [asked(f"sts:{action}", DATA_ROLE, context) for action in ("AssumeRole", "TagSession")]


@pytest.mark.parametrize(
    ("tags", "allowed"),
    [
        ({"tenant": "acme", "region": REGION}, True),
        ({"tenant": "", "region": REGION}, False),
        ({"region": REGION}, False),
        ({"tenant": "acme"}, False),
        ({"tenant": "acme", "region": "us-east-1"}, False),
        ({"tenant": "acme", "region": REGION, "admin": "yes"}, False),
        ({}, False),
    ],
)
def test_a_session_is_of_one_tenant_at_home_here_or_there_is_none(
    tags: dict[str, str], *, allowed: bool
) -> None:
    trust = deployed("tenant_data_trust")
    found = evaluate(deployed("function_data"), assuming(**tags), own=trust)
    assert list(found.values()) == [allowed, allowed]


def test_a_function_itself_reads_where_tenants_are_at_home_and_nothing_else() -> None:
    def reads(action: str, *keys: str) -> Asked:
        return asked(f"dynamodb:{action}", EVENTS, {KEYS: list(keys)} if keys else {})

    may = [reads("GetItem", "acme#.registry"), reads("GetItem", "globex#.registry")]
    never = [
        reads("GetItem", "acme#w1"),
        reads("GetItem"),
        reads("PutItem", "acme#.registry"),
        reads("Query", "acme#w1"),
        reads("Scan"),
        asked("s3:GetObject", OBJECT, {}),
    ]
    found = evaluate(deployed("function_data"), [*may, *never])
    assert found == dict.fromkeys(may, True) | dict.fromkeys(never, False)
