"""The orchestrator port: worlds in which time passes, each until nobody is there any more."""

from typing import Protocol


class Orchestrator(Protocol):
    """Lets ticks follow one another. What it is asked twice, it does once."""

    def begin(self, tenant: str, world: str, hz: float) -> None:
        """Let time pass in a world from now on, recorded `hz` times a second, until it is idle.

        Raises Unavailable if it cannot be known that it does.
        """

    def resume(self, tenant: str, world: str, hz: float | None = None) -> None:
        """Let time pass again where it was begun before, and nothing where it never was.

        `hz` is another cadence from now on. Raises Unavailable if it cannot be known.
        """
