"""The port of the pool: processes that are made ready for a world before it needs them."""

from typing import Protocol


class Pool(Protocol):
    """Makes processes ready ahead of time. What is lost or late costs a world only time."""

    def warm(self, tenant: str, world: str, players: int) -> None:
        """Let the processes start that a world needs when `players` give their first commands.

        Raises Unavailable if it cannot be known that they do.
        """
