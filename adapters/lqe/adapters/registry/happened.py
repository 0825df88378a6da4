"""What every event of the registry has; the originator is named by text, the time is given."""

from dataclasses import dataclass
from datetime import datetime

from eventsourcing.domain import CanInitAggregate, CanMutateAggregate

from lqe.errors import BadInput


@dataclass(frozen=True)
class Happened(CanMutateAggregate[str]):
    """Something was decided about an aggregate."""

    originator_id: str
    originator_version: int
    timestamp: datetime

    def __post_init__(self) -> None:
        if self.timestamp.tzinfo is None:
            raise BadInput(f"expected a time with its zone, got {self.timestamp.isoformat()}")


@dataclass(frozen=True)
class Began(Happened, CanInitAggregate[str]):
    """An aggregate came to be."""

    originator_topic: str
