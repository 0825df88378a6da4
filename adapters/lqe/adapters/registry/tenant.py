"""One tenant: its region, its quotas, its worlds, and whether it may do anything."""

from dataclasses import dataclass
from datetime import datetime

from eventsourcing.domain import BaseAggregate

from lqe.errors import LimitExceeded, Refused
from lqe.names import check_tenant, check_world

from .happened import Began, Happened
from .settings import Quotas, TenantSettings


class Tenant(BaseAggregate[str]):
    """A tenant, from its registration on. Its region never changes."""

    TOPIC = "lqe.registry.tenant.v1"

    class Event(Happened):
        """Something was decided about a tenant."""

    @dataclass(frozen=True)
    class Registered(Event, Began):
        """A tenant came to be."""

        TOPIC = "lqe.registry.tenant_registered.v1"
        name: str
        region: str
        quotas: dict[str, int]

    @dataclass(frozen=True)
    class QuotasSet(Event):
        """A tenant may have more from now on, or less."""

        TOPIC = "lqe.registry.quotas_set.v1"
        quotas: dict[str, int]

        def apply(self, aggregate: "Tenant") -> None:
            """Replace the quotas."""
            aggregate.quotas = Quotas(**self.quotas)

    @dataclass(frozen=True)
    class WorldOpened(Event):
        """A name of a world was taken."""

        TOPIC = "lqe.registry.world_opened.v1"
        world: str

        def apply(self, aggregate: "Tenant") -> None:
            """Add the name."""
            aggregate.worlds.add(self.world)

    @dataclass(frozen=True)
    class Disabled(Event):
        """A tenant may do nothing for the time being."""

        TOPIC = "lqe.registry.tenant_disabled.v1"
        reason: str

        def apply(self, aggregate: "Tenant") -> None:
            """Remember why."""
            aggregate.disabled = self.reason

    @dataclass(frozen=True)
    class Enabled(Event):
        """A tenant may act again."""

        TOPIC = "lqe.registry.tenant_enabled.v1"

        def apply(self, aggregate: "Tenant") -> None:
            """Forget why it was disabled."""
            aggregate.disabled = None

    def __init__(self, name: str, region: str, quotas: dict[str, int]) -> None:
        self.name = name
        self.region = region
        self.quotas = Quotas(**quotas)
        self.worlds: set[str] = set()
        self.disabled: str | None = None

    @staticmethod
    def create_id(name: str) -> str:
        """Return the id of the tenant of a name: the same at every registration."""
        return f"tenant:{name}"

    @classmethod
    def register(cls, name: str, settings: TenantSettings, at: datetime) -> "Tenant":
        """Return a new tenant; raise BadInput for a name that is none."""
        return cls._create(
            cls.Registered,
            name=check_tenant(name),
            region=settings.region,
            quotas=settings.quotas.model_dump(),
            timestamp=at,
        )

    def set_quotas(self, quotas: Quotas, at: datetime) -> None:
        """Replace the quotas; worlds that are open stay open."""
        self.trigger_event(self.QuotasSet, quotas=quotas.model_dump(), timestamp=at)

    def open_world(self, world: str, at: datetime) -> None:
        """Take a name for a world; raise Refused if it is taken, LimitExceeded for one too many."""
        check_world(world)
        if self.disabled is not None:
            raise Refused("tenant_disabled", f"{self.name} is disabled: {self.disabled}")
        if world in self.worlds:
            raise Refused("world_exists", f"{self.name} has a world {world!r}; choose another name")
        if len(self.worlds) >= self.quotas.worlds:
            raise LimitExceeded(
                f"{self.name} has {len(self.worlds)} worlds of {self.quotas.worlds}: "
                f"raise its quota before opening {world!r}"
            )
        self.trigger_event(self.WorldOpened, world=world, timestamp=at)

    def disable(self, reason: str, at: datetime) -> None:
        """Let the tenant do nothing more; the reason is told to who tries."""
        if self.disabled is None:
            self.trigger_event(self.Disabled, reason=reason, timestamp=at)

    def enable(self, at: datetime) -> None:
        """Let the tenant act again."""
        if self.disabled is not None:
            self.trigger_event(self.Enabled, timestamp=at)
