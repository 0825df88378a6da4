"""The imperative front's entity manager."""

from collections.abc import Iterable

from lqe.scope import current


class ECSManager:
    """Loads and stores the worlds of the open invocation; it keeps nothing but a table's name."""

    def __init__(self, table_name: str) -> None:
        self.table_name = table_name

    def hydrate(self, entity_ids: Iterable[int | None]) -> None:
        """Load the worlds of the parsed commands; raise NoSuchEntity for an unknown id."""
        current("ECSManager.hydrate").hydrate(entity_ids)

    def flush(self) -> None:
        """Record the queued commands and steps, fold them, and store changed components."""
        current("ECSManager.flush").flush()
