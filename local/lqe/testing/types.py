"""A scenario's types by their names, as its own code knows them."""

from collections.abc import Iterable, Iterator


class Types:
    """Types as attributes: `game.commands.Brew`. Asking for another says which there are."""

    def __init__(self, what: str, types: Iterable[type]) -> None:
        self._what = what
        self._types = {kind.__name__: kind for kind in types}

    def __getattr__(self, name: str) -> type:
        """Return the type of that name; raise AttributeError."""
        if name.startswith("_"):
            raise AttributeError(name)
        found = self._types.get(name)
        if found is None:
            known = ", ".join(self._types) or "none"
            raise AttributeError(f"the scenario has no {self._what} {name!r}; it has: {known}")
        return found

    def __iter__(self) -> Iterator[type]:
        """Yield the types in the scenario's order."""
        return iter(self._types.values())

    def __dir__(self) -> list[str]:
        """Return the names, for whoever types them."""
        return list(self._types)
