"""What every event of the registry has; the originator is named by text, the time is given."""

from dataclasses import dataclass
from datetime import datetime

from eventsourcing.domain import CanInitAggregate, CanMutateAggregate


@dataclass(frozen=True)
class Happened(CanMutateAggregate[str]):
    """Something was decided about an aggregate."""

    originator_id: str
    originator_version: int
    timestamp: datetime


@dataclass(frozen=True)
class Began(Happened, CanInitAggregate[str]):
    """An aggregate came to be."""

    originator_topic: str
