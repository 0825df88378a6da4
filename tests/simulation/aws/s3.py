"""S3: objects in one bucket that are put where nothing is."""

# ruff: noqa: N803 - arguments are called as those of the clients of boto3

from io import BytesIO
from typing import Any

from tests.simulation.aws.errors import refusal


class S3:
    """One bucket."""

    def __init__(self, bucket: str, *, page: int = 100) -> None:
        self.objects: dict[str, bytes] = {}
        self._bucket = bucket
        self._page = page

    def put_object(
        self, *, Bucket: str, Key: str, Body: bytes, ChecksumAlgorithm: str, IfNoneMatch: str = ""
    ) -> Any:
        """Put an object, with `IfNoneMatch` only where nothing is."""
        assert Bucket == self._bucket, f"no bucket {Bucket!r}"
        assert ChecksumAlgorithm == "SHA256", ChecksumAlgorithm
        assert IfNoneMatch in ("", "*"), f"the service knows no other than *: {IfNoneMatch!r}"
        if IfNoneMatch and Key in self.objects:
            raise refusal("PutObject", "PreconditionFailed", 412)
        self.objects[Key] = bytes(Body)
        return {}

    def get_object(self, *, Bucket: str, Key: str, ChecksumMode: str) -> Any:
        """Return an object's body as a stream."""
        assert Bucket == self._bucket, f"no bucket {Bucket!r}"
        assert ChecksumMode == "ENABLED", ChecksumMode
        if Key not in self.objects:
            raise refusal("GetObject", "NoSuchKey", 404)
        return {"Body": BytesIO(self.objects[Key])}

    def list_objects_v2(
        self, *, Bucket: str, Prefix: str, StartAfter: str = "", ContinuationToken: str = ""
    ) -> Any:
        """Return a page of keys in their order; a token counts for more than `StartAfter`."""
        assert Bucket == self._bucket, f"no bucket {Bucket!r}"
        after = ContinuationToken or StartAfter
        keys = sorted(k for k in self.objects if k.startswith(Prefix) and k > after)
        page = keys[: self._page]
        answer: dict[str, Any] = {"Contents": [{"Key": key} for key in page]}
        if len(keys) > len(page):
            answer |= {"IsTruncated": True, "NextContinuationToken": page[-1]}
        return answer
