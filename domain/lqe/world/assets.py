"""The files of a scenario's `assets` folder, as one world reads them."""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from lqe.ecs.unchanging import changeable_part
from lqe.errors import ScenarioError

T = TypeVar("T")


class Assets:
    """Files by name; a file that is decoded gives the same value to everybody who asks."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files
        self._decoded: dict[tuple[str, Any], Any] = {}

    def file(self, name: str) -> bytes:
        """Return a file's bytes."""
        try:
            return self._files[name]
        except KeyError:
            raise ScenarioError(
                f"there is no asset {name!r}; there are {sorted(self._files)}"
            ) from None

    def decoded(self, name: str, kind: type[T]) -> T:
        """Return a JSON file as a value of `kind`, whose values must be such as cannot change."""
        key = (name, kind)
        if key not in self._decoded:
            part = changeable_part(kind)
            if part is not None:
                raise ScenarioError(
                    f"{part} could be changed, and all who read {name!r} have the same value: "
                    "use frozen structs, tuples, numbers and text"
                )
            self._decoded[key] = msgspec.json.decode(self.file(name), type=kind)
        found: T = self._decoded[key]
        return found
