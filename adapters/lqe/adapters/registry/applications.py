"""The applications that keep the registry's aggregates."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from eventsourcing.application import AggregateNotFoundError, Application
from eventsourcing.domain import BaseAggregate
from eventsourcing.persistence import IntegrityError, OperationalError, PersistenceError

from lqe.errors import BadInput, Misconfigured, Refused, Unavailable

from .directory import Directory
from .settings import Quotas, TenantSettings
from .tenant import Tenant

# Operators are few; so many lost races in a row mean that something else is wrong.
_ATTEMPTS: Final = 10


@contextmanager
def _answered() -> Iterator[None]:
    """Raise Unavailable where trying again may help, Misconfigured where it does not."""
    try:
        yield
    except IntegrityError:
        raise
    except OperationalError as error:
        raise Unavailable(f"the registry: {error}") from error
    except PersistenceError as error:
        raise Misconfigured(f"the registry: {error}") from error


class _Registry(Application[str]):
    """An application whose decisions are made anew when another process was faster."""

    def decide(self, change: Callable[[], BaseAggregate[str]]) -> None:
        """Save what a change leaves behind, or its refusal."""
        for _ in range(_ATTEMPTS):
            try:
                with _answered():
                    self.save(change())
            except IntegrityError:
                continue
            return
        raise Unavailable(f"lost {_ATTEMPTS} races for one change of the registry; try again later")


class TenantRegistry(_Registry):
    """What is registered of one tenant."""

    name = "TenantRegistry"

    def __init__(self, tenant: str, env: dict[str, str]) -> None:
        super().__init__(env)
        self._tenant = tenant

    def get(self) -> Tenant:
        """Return the tenant as it is now; raise BadInput if it was never registered."""
        try:
            with _answered():
                found: Tenant = self.repository.get(Tenant.create_id(self._tenant))
        except AggregateNotFoundError:
            raise BadInput(f"no tenant {self._tenant!r} is registered; register it first") from None
        return found

    def register(self, settings: TenantSettings, at: datetime) -> None:
        """Register the tenant; do nothing if it is, raise Refused if it is, in another region."""
        try:
            there = self.get()
        except BadInput:
            try:
                self.save(Tenant.register(self._tenant, settings, at))
            except IntegrityError:
                there = self.get()
            else:
                return
        if there.region != settings.region:
            raise Refused("tenant_exists", f"{there.name} is in {there.region}, for ever")

    def open_world(self, world: str, at: datetime) -> None:
        """Take a name for a world, as `Tenant.open_world` says."""
        self._change(lambda tenant: tenant.open_world(world, at))

    def set_quotas(self, quotas: Quotas, at: datetime) -> None:
        """Replace the tenant's quotas."""
        self._change(lambda tenant: tenant.set_quotas(quotas, at))

    def disable(self, reason: str, at: datetime) -> None:
        """Let the tenant do nothing more."""
        self._change(lambda tenant: tenant.disable(reason, at))

    def enable(self, at: datetime) -> None:
        """Let the tenant act again."""
        self._change(lambda tenant: tenant.enable(at))

    def worlds(self) -> list[str]:
        """Return the names of the tenant's worlds, sorted."""
        return sorted(self.get().worlds)

    def _change(self, change: Callable[[Tenant], None]) -> None:
        def changed() -> Tenant:
            tenant = self.get()
            change(tenant)
            return tenant

        self.decide(changed)


class DeploymentRegistry(_Registry):
    """Which tenants a deployment has."""

    name = "DeploymentRegistry"

    def add(self, tenant: str, region: str, at: datetime) -> None:
        """Put a tenant on the list, as `Directory.add` says."""

        def added() -> Directory:
            directory = self._get() or Directory.open(at)
            directory.add(tenant, region, at)
            return directory

        self.decide(added)

    def tenants(self) -> dict[str, str]:
        """Return the region of each tenant, sorted by name."""
        directory = self._get()
        return {} if directory is None else dict(sorted(directory.regions.items()))

    def check(self) -> None:
        """Raise Unavailable if the registry does not answer."""
        with _answered():
            self.recorder.max_notification_id()

    def _get(self) -> Directory | None:
        try:
            with _answered():
                found: Directory = self.repository.get(Directory.create_id())
        except AggregateNotFoundError:
            return None
        return found
