"""The bus port: signals on their way to observers."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from lqe.signals import Signal


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """A signal with its identity: observers are idempotent by (tenant, world, position, index)."""

    tenant: str
    world: str
    position: int
    index: int
    signal: Signal


class Bus(Protocol):
    """Carries signals to observers, at least once, in no promised order."""

    def publish(self, signals: Sequence[Published]) -> None:
        """Hand the signals over durably."""
