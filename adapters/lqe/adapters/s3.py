"""The objects port on S3: an object a key `TENANT/NAME`, put only where nothing is.

With a key of KMS an object is encrypted under it in the context `{"tenant": TENANT}`. S3 keeps the
context with the object and shows it to KMS again whenever somebody gets it, so KMS decides, by the
context alone, whose objects a session may read and write.

The service compares what it received with the SHA-256 that the client sent, and the client compares
what it receives with what was stored. A role that may not list the bucket gets 403 instead of 404
for what is not there, so it needs `s3:ListBucket` on its tenant's prefix.
"""

import base64
from collections.abc import Callable
from typing import Any

import msgspec
from botocore.exceptions import ClientError, FlexibleChecksumError, IncompleteReadError

from lqe.adapters.aws.errors import code_of, outside
from lqe.adapters.aws.pauses import PAUSES_S, Sleep, sleep
from lqe.errors import Unavailable
from lqe.names import check_path, check_tenant

_DEPLOYMENT = ".deployment"
_TAKEN, _UNDECIDED, _NOT_THERE = "PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"


class _Tenant:
    def __init__(self, client: Any, bucket: str, tenant: str, key: str, pause: Sleep) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = f"{tenant}/"
        self._encryption = _under(key, tenant)
        self._pause = pause

    def put(self, name: str, data: bytes) -> bool:
        """Also says False for an object of our own, if the answer to its first put was lost."""
        key = self._prefix + check_path(name)
        for pause_s in (*PAUSES_S, None):
            free = self._put(key, data)
            if free is not None:
                return free
            # Another request for this key was under way: who won is not said.
            if self.get(name) is not None:
                return False
            if pause_s is not None:
                self._pause(pause_s)
        raise Unavailable(
            f"putting {key}: other requests for it were under way {len(PAUSES_S) + 1} times; "
            "try again later"
        )

    def _put(self, key: str, data: bytes) -> bool | None:
        """Put an object; say whether its name was free, None if that was not decided."""
        try:
            with outside(f"putting {key}", answers=(_TAKEN, _UNDECIDED)):
                self._client.put_object(
                    Bucket=self._bucket,
                    Key=key,
                    Body=data,
                    IfNoneMatch="*",
                    ChecksumAlgorithm="SHA256",
                    **self._encryption,
                )
        except ClientError as error:
            return False if code_of(error) == _TAKEN else None
        return True

    def get(self, name: str) -> bytes | None:
        key = self._prefix + check_path(name)
        try:
            with outside(f"getting {key}", answers=(_NOT_THERE,)):
                answer = self._client.get_object(
                    Bucket=self._bucket, Key=key, ChecksumMode="ENABLED"
                )
                return _read(key, answer)
        except ClientError:
            return None

    def names(self, prefix: str, after: str = "") -> list[str]:
        asked = {"Bucket": self._bucket, "Prefix": self._prefix + prefix}
        if after:
            asked["StartAfter"] = self._prefix + after
        found: list[str] = []
        while True:
            with outside(f"listing {self._bucket}/{self._prefix}"):
                page = self._client.list_objects_v2(**asked)
            found += [o["Key"].removeprefix(self._prefix) for o in page.get("Contents", [])]
            if not page.get("IsTruncated"):
                return sorted(found)
            asked["ContinuationToken"] = page["NextContinuationToken"]


def _under(key: str, tenant: str) -> dict[str, Any]:
    """Return what a put says of its encryption; nothing without a key: the bucket's own holds."""
    if not key:
        return {}
    context = msgspec.json.encode({"tenant": tenant})
    return {
        "ServerSideEncryption": "aws:kms",
        "SSEKMSKeyId": key,
        "SSEKMSEncryptionContext": base64.b64encode(context).decode(),
        # One key for many objects would be asked for once, and not with the context of each.
        "BucketKeyEnabled": False,
    }


def _read(key: str, answer: dict[str, Any]) -> bytes:
    try:
        return bytes(answer["Body"].read())
    except (FlexibleChecksumError, IncompleteReadError) as error:
        raise Unavailable(f"getting {key}: not what was stored came: {error}") from error


class S3Objects:
    """The objects of all tenants in one bucket, each tenant's below a prefix.

    `key` is the ARN of the key of KMS that new objects are encrypted under, if there is one.
    Handles of a tenant have the client that `of_tenant` gives for it; it refuses tenants whose
    objects may not be had here.
    """

    def __init__(
        self,
        client: Any,
        bucket: str,
        *,
        of_tenant: Callable[[str], Any] | None = None,
        key: str = "",
        pause: Sleep = sleep,
    ) -> None:
        self._client = client
        self._of_tenant = of_tenant or (lambda _: client)
        self._bucket = bucket
        self._key = key
        self._pause = pause

    def tenant(self, name: str) -> _Tenant:
        """Return the objects of one tenant."""
        client = self._of_tenant(check_tenant(name))
        return _Tenant(client, self._bucket, name, self._key, self._pause)

    def deployment(self) -> _Tenant:
        """Return the objects of the deployment itself: no name of a tenant has a dot."""
        return _Tenant(self._client, self._bucket, _DEPLOYMENT, self._key, self._pause)
