"""The key of the bucket decrypts a tenant's objects for that tenant alone, and through S3 alone."""

from typing import Any

import pytest

from tests.isolation.engine import BUCKET, OBJECTS_KEY, REGION, Asked, asked, deployed, evaluate
from tests.isolation.plant import TENANTS

USES = ("kms:GenerateDataKey", "kms:Decrypt")
S3 = f"s3.{REGION}.amazonaws.com"


def using(
    action: str,
    *,
    tag: str | None = "acme",
    context: str | None = "acme",
    via: str | None = S3,
    key: str = OBJECTS_KEY,
) -> Asked:
    """Return a use of a key as KMS sees it; S3 adds the object to the context by itself."""
    known: dict[str, Any] = {
        "aws:PrincipalTag/tenant": tag,
        "kms:EncryptionContext:tenant": context,
        "kms:EncryptionContext:aws:s3:arn": f"arn:aws:s3:::{BUCKET}/{context}/snapshots/w1/0",
        "kms:ViaService": via,
    }
    return asked(action, key, {name: value for name, value in known.items() if value is not None})


def allowed(*requests: Asked) -> list[bool]:
    return list(evaluate(deployed("tenant_key"), requests, own=deployed("objects_key")).values())


def test_each_tenant_uses_the_key_for_its_own_objects_and_for_nobody_elses() -> None:
    asked_by = {
        using(action, tag=actor, context=owner): actor == owner
        for action in USES
        for actor in TENANTS
        for owner in (*TENANTS, ".deployment")
    }
    assert allowed(*asked_by) == list(asked_by.values())


@pytest.mark.parametrize("action", USES)
@pytest.mark.parametrize(
    "wrong",
    [
        {"context": None},
        {"context": ""},
        {"context": "*"},
        {"context": "acme", "tag": None},
        {"context": "acme", "tag": ""},
        {"context": None, "tag": None},
        {"via": None},
        {"via": f"dynamodb.{REGION}.amazonaws.com"},
        {"via": "s3.us-east-1.amazonaws.com"},
        {"key": OBJECTS_KEY.replace("1234abcd", "abcd1234")},
    ],
    ids=str,
)
def test_the_key_is_not_used_otherwise(action: str, wrong: dict[str, str | None]) -> None:
    assert allowed(using(action), using(action, **wrong)) == [True, False]  # type: ignore[arg-type]


def test_a_session_does_nothing_else_with_the_key() -> None:
    others = ("Encrypt", "ReEncryptFrom", "CreateGrant", "PutKeyPolicy", "ScheduleKeyDeletion")
    assert not any(allowed(*(using(f"kms:{action}") for action in others)))


def test_a_key_without_the_condition_on_the_context_would_be_everybodys() -> None:
    policy = deployed("tenant_key")
    policy["Statement"][0]["Condition"]["StringEquals"].pop("kms:EncryptionContext:tenant")
    foreign = using("kms:Decrypt", context="globex")
    assert evaluate(policy, [foreign], own=deployed("objects_key")) == {foreign: True}
