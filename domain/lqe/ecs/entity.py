"""An entity before it is in a world: a bundle of named components and tags."""

from collections.abc import Iterable, Iterator

from lqe.errors import NoSuchEntity, ScenarioError

from .component import AnyComponent, component_name


class Tags:
    """An entity's tags: each once, iterated in the order they came, written sorted."""

    __slots__ = ("_tags",)

    def __init__(self, tags: Iterable[str] = ()) -> None:
        self._tags = dict.fromkeys(tags)

    def add(self, tag: str) -> None:
        """Add a tag."""
        self._tags[tag] = None

    def discard(self, tag: str) -> None:
        """Remove a tag if it is there."""
        self._tags.pop(tag, None)

    def __contains__(self, tag: str) -> bool:
        return tag in self._tags

    def __iter__(self) -> Iterator[str]:
        return iter(self._tags)

    def __len__(self) -> int:
        return len(self._tags)

    def __repr__(self) -> str:
        return f"Tags({list(self._tags)})"


class Entity:
    """A bundle of components and tags; it has an `id` once a world has spawned it."""

    def __init__(self, *components: AnyComponent, tags: Iterable[str] = ()) -> None:
        self.id: int | None = None
        self.tags = Tags(tags)
        self.components: dict[str, AnyComponent] = {}
        for component in components:
            self.add_component(component_name(type(component)), component)

    def add_component(self, name: str, component: AnyComponent) -> None:
        """Add a component under its type's own name; a second one of that name replaces it."""
        expected = component_name(type(component))
        if name != expected:
            raise ScenarioError(
                f"a {type(component).__name__} is called {expected!r}, not {name!r}: "
                "a component's name is its type's name in snake case"
            )
        self.components[name] = component

    def component(self, name: str) -> AnyComponent:
        """Return the component of that name."""
        try:
            return self.components[name]
        except KeyError:
            raise NoSuchEntity(
                f"this entity has no {name!r}; it has {list(self.components)}"
            ) from None
