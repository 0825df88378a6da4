"""A bug as a few patches of the real code, made by who could have thought that it works."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any

import msgspec

from tests.simulation.patches import Patch, patched

Patches = Callable[[], Iterable[Patch]]


class Bug(msgspec.Struct, frozen=True):
    """A bug by name; what it is says the first line of the function that plants it."""

    name: str
    what: str
    patches: Patches

    def planted(self) -> AbstractContextManager[None]:
        """Return the block in which the code has the bug."""
        return patched(*self.patches())


def collected(*plantings: Patches) -> dict[str, Bug]:
    """Return the bugs by name."""
    return {p.__name__: Bug(p.__name__, str(p.__doc__), p) for p in plantings}


class NarrowKeys(dict[Any, Any]):
    """A dictionary that takes (tenant, world) for the world alone."""

    def __init__(self, known: Mapping[Any, Any] | None = None) -> None:
        super().__init__()
        for key, value in (known or {}).items():
            self[key] = value

    def __getitem__(self, key: Any) -> Any:
        return super().__getitem__(key[1])

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key[1], value)

    def __contains__(self, key: object) -> bool:
        assert isinstance(key, tuple)
        return super().__contains__(key[1])

    def get(self, key: Any, default: Any = None) -> Any:
        """Return what is under the world."""
        return super().get(key[1], default)

    def pop(self, key: Any, default: Any = None) -> Any:
        """Take out what is under the world."""
        return super().pop(key[1], default)
