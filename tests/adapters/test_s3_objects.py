"""What the objects on S3 do besides what all objects do."""

import base64
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError, FlexibleChecksumError

from lqe.adapters.aws.pauses import PAUSES_S
from lqe.adapters.s3 import S3Objects
from lqe.errors import Misconfigured, Unavailable
from tests.adapters.cloud import BUCKET, Pauses, failure


class Failing:
    """A client whose next puts fail, each in its way, then work; it keeps what was asked."""

    def __init__(self, client: Any, *failures: Exception) -> None:
        self._client = client
        self._failures = list(failures)
        self.before: Callable[[], object] = lambda: None
        self.puts: list[dict[str, Any]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def put_object(self, **asked: Any) -> Any:
        self.puts.append(asked)
        if self._failures:
            self.before()
            raise self._failures.pop(0)
        return self._client.put_object(**asked)


CONFLICT = failure("ConditionalRequestConflict", 409)


def test_an_object_goes_to_its_tenants_prefix_with_its_digest(bucket: Any) -> None:
    client = Failing(bucket)
    assert S3Objects(client, BUCKET).tenant("acme").put("snapshots/w1/1", b"x")
    assert client.puts == [
        {
            "Bucket": BUCKET,
            "Key": "acme/snapshots/w1/1",
            "Body": b"x",
            "IfNoneMatch": "*",
            "ChecksumAlgorithm": "SHA256",
        }
    ]
    asked = {"Bucket": BUCKET, "Key": "acme/snapshots/w1/1", "ChecksumMode": "ENABLED"}
    assert "ChecksumSHA256" in bucket.get_object(**asked)


KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
_SSE = "x-amz-server-side-encryption"


@pytest.fixture
def headers(bucket: Any) -> list[dict[str, str]]:
    """Return the headers of each put that leaves the client from now on."""
    sent: list[dict[str, str]] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        sent.append({name.lower(): value for name, value in params["headers"].items()})

    bucket.meta.events.register("before-call.s3.PutObject", note)
    return sent


def context_in(headers: dict[str, str]) -> Any:
    return json.loads(base64.b64decode(headers[f"{_SSE}-context"]))


def test_with_a_key_each_object_is_encrypted_in_the_context_of_whose_it_is(
    bucket: Any, headers: list[dict[str, str]]
) -> None:
    objects = S3Objects(bucket, BUCKET, key=KEY)
    for owner in (objects.tenant("acme"), objects.tenant("globex"), objects.deployment()):
        assert owner.put("a", b"x")
        assert owner.get("a") == b"x"
    assert [context_in(each)["tenant"] for each in headers] == ["acme", "globex", ".deployment"]
    for each in headers:
        assert (each[_SSE], each[f"{_SSE}-aws-kms-key-id"]) == ("aws:kms", KEY)
        assert each[f"{_SSE}-bucket-key-enabled"] == "false"


def test_without_a_key_a_put_says_nothing_of_encryption(
    bucket: Any, headers: list[dict[str, str]]
) -> None:
    assert S3Objects(bucket, BUCKET).tenant("acme").put("a", b"x")
    (sent,) = headers
    assert [name for name in sent if name.startswith(_SSE)] == []


def test_what_was_stored_before_there_was_a_key_is_still_read(bucket: Any) -> None:
    assert S3Objects(bucket, BUCKET).tenant("acme").put("a", b"x")
    assert S3Objects(bucket, BUCKET, key=KEY).tenant("acme").get("a") == b"x"


def test_names_come_from_more_than_one_page(bucket: Any) -> None:
    class SmallPages(Failing):
        def list_objects_v2(self, **asked: Any) -> Any:
            return self._client.list_objects_v2(**asked, MaxKeys=2)

    tenant = S3Objects(SmallPages(bucket), BUCKET).tenant("acme")
    names = [f"a/{n}" for n in range(5)]
    for name in (*reversed(names), "b/0"):
        assert tenant.put(name, b"")
    assert tenant.names("a/") == names
    assert tenant.names("") == [*names, "b/0"]


def test_a_put_that_lost_to_another_says_so(bucket: Any) -> None:
    client, pauses = Failing(bucket, CONFLICT), Pauses()
    client.before = lambda: bucket.put_object(Bucket=BUCKET, Key="acme/a", Body=b"other")
    tenant = S3Objects(client, BUCKET, pause=pauses).tenant("acme")
    assert not tenant.put("a", b"mine")
    assert tenant.get("a") == b"other"
    assert pauses.took == []


def test_a_put_that_met_another_which_then_failed_is_tried_again(bucket: Any) -> None:
    pauses = Pauses()
    tenant = S3Objects(Failing(bucket, CONFLICT, CONFLICT), BUCKET, pause=pauses).tenant("acme")
    assert tenant.put("a", b"mine")
    assert tenant.get("a") == b"mine"
    assert pauses.took == list(PAUSES_S[:2])


def test_a_put_that_meets_others_again_and_again_is_unavailable(bucket: Any) -> None:
    client, pauses = Failing(bucket, *[CONFLICT] * 10), Pauses()
    with pytest.raises(Unavailable, match="acme/a"):
        S3Objects(client, BUCKET, pause=pauses).tenant("acme").put("a", b"mine")
    assert len(client.puts) == len(PAUSES_S) + 1
    assert pauses.took == list(PAUSES_S)


@pytest.mark.parametrize(
    "error",
    [
        failure("SlowDown", 503),
        failure("InternalError", 500),
        EndpointConnectionError(endpoint_url="x"),
    ],
)
def test_what_may_pass_is_unavailable(bucket: Any, error: Exception) -> None:
    with pytest.raises(Unavailable):
        S3Objects(Failing(bucket, error), BUCKET).tenant("acme").put("a", b"")


def test_what_will_not_pass_is_a_fault_of_the_deployment(bucket: Any) -> None:
    client = Failing(bucket, failure("AccessDenied", 403))
    with pytest.raises(Misconfigured, match="AccessDenied"):
        S3Objects(client, BUCKET).tenant("acme").put("a", b"")
    with pytest.raises(Misconfigured, match="NoSuchBucket"):
        S3Objects(bucket, "no-such-bucket").tenant("acme").get("a")


def test_bytes_that_are_not_what_was_stored_are_not_returned() -> None:
    class Body(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:  # noqa: ARG002
            raise FlexibleChecksumError(error_msg="expected sha256 x, got y")

    class Damaging:
        def get_object(self, **asked: Any) -> Any:
            assert asked["ChecksumMode"] == "ENABLED"
            return {"Body": Body()}

    with pytest.raises(Unavailable, match="expected sha256"):
        S3Objects(Damaging(), BUCKET).tenant("acme").get("a")
