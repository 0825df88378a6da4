"""Other things in the place of those that modules and classes have, for the time of a block."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Patch = tuple[Any, str, Any]


@contextmanager
def patched(*patches: Patch) -> Iterator[None]:
    """Let each owner have the value under the name, until the block ends."""
    before = [(owner, name, vars(owner)[name]) for owner, name, _ in patches]
    try:
        for owner, name, value in patches:
            setattr(owner, name, value)
        yield
    finally:
        for owner, name, value in reversed(before):
            setattr(owner, name, value)


def with_default(function: Callable[..., Any], name: str, value: Any) -> Patch:
    """Return the patch that gives a keyword of a function another default."""
    defaults = {**(function.__kwdefaults__ or {}), name: value}
    return (_Defaults(function), "value", defaults)


class _Defaults:
    """The defaults of a function's keywords, as an attribute that can be set and looked up."""

    def __init__(self, function: Callable[..., Any]) -> None:
        object.__setattr__(self, "function", function)
        object.__setattr__(self, "value", function.__kwdefaults__)

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        self.function.__kwdefaults__ = value  # type: ignore[attr-defined]
