"""The list of a deployment's tenants, each with its region."""

from dataclasses import dataclass
from datetime import datetime

from eventsourcing.domain import BaseAggregate

from lqe.errors import Refused

from .happened import Began, Happened


class Directory(BaseAggregate[str]):
    """All tenants that were ever registered; none is taken off."""

    TOPIC = "lqe.registry.directory.v1"

    class Event(Happened):
        """Something was decided about the list."""

    @dataclass(frozen=True)
    class Opened(Event, Began):
        """The list came to be."""

        TOPIC = "lqe.registry.directory_opened.v1"

    @dataclass(frozen=True)
    class TenantListed(Event):
        """A tenant was put on the list."""

        TOPIC = "lqe.registry.tenant_listed.v1"
        name: str
        region: str

        def apply(self, aggregate: "Directory") -> None:
            """Add the tenant."""
            aggregate.regions[self.name] = self.region

    def __init__(self) -> None:
        self.regions: dict[str, str] = {}

    @staticmethod
    def create_id() -> str:
        """Return the id of the one list there is."""
        return "directory"

    @classmethod
    def open(cls, at: datetime) -> "Directory":
        """Return an empty list."""
        return cls._create(cls.Opened, timestamp=at)

    def add(self, name: str, region: str, at: datetime) -> None:
        """Put a tenant on the list, unless it is; raise Refused if it is, with another region."""
        there = self.regions.get(name)
        if there is not None and there != region:
            raise Refused("tenant_exists", f"{name} is in {there}, which is never changed")
        if there is None:
            self.trigger_event(self.TenantListed, name=name, region=region, timestamp=at)
