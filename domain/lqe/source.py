"""The source of a scenario as data: files by path, identified by the digest of them all."""

from hashlib import sha256

import msgspec

from .errors import ScenarioError

_MOST_FILES = 500
MOST_BYTES = 16 * 1024 * 1024


class Source(msgspec.Struct, frozen=True):
    """The files of one scenario package: slash-separated paths below its folder, and contents."""

    package: str
    files: dict[str, bytes]

    def __post_init__(self) -> None:
        if "__init__.py" not in self.files:
            raise ScenarioError(
                f"{self.package} has no __init__.py: a scenario is a Python package"
            )
        size = sum(map(len, self.files.values()))
        if len(self.files) > _MOST_FILES or size > MOST_BYTES:
            raise ScenarioError(
                f"{self.package} has {len(self.files)} files of {size} bytes; a scenario has at "
                f"most {_MOST_FILES} files of {MOST_BYTES} bytes"
            )

    @property
    def digest(self) -> str:
        """The identity of the scenario: any change to any file changes it."""
        return sha256(msgspec.msgpack.encode(self.files, order="deterministic")).hexdigest()

    def encode(self) -> bytes:
        """Return the bytes that are kept with the log."""
        return msgspec.msgpack.encode(self, order="deterministic")

    @classmethod
    def decode(cls, data: bytes) -> "Source":
        """Return what `encode` wrote; raise ScenarioError."""
        try:
            return msgspec.msgpack.decode(data, type=cls)
        except msgspec.DecodeError as error:
            raise ScenarioError(f"these bytes are no scenario source: {error}") from None
