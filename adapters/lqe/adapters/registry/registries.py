"""The registry of a whole deployment: the list of tenants, and what is registered of each."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from lqe.names import REGISTRY, check_tenant, group

from .applications import DeploymentRegistry, TenantRegistry
from .settings import TenantSettings

# No name of a tenant has a dot.
_DEPLOYMENT: Final = ".deployment"
# Each has a client of its own.
_MOST_OPEN: Final = 64


class Registries:
    """Registries by tenant, each an application of its own, over one persistence module.

    Those used last are kept open. What `tenant` returned is good until others are asked for.
    """

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = dict(env) | {"ORIGINATOR_ID_TYPE": "text"}
        self._tenants: dict[str, TenantRegistry] = {}
        self.deployment = DeploymentRegistry(self._of(_DEPLOYMENT))

    def tenant(self, name: str) -> TenantRegistry:
        """Return the registry of one tenant; raise BadInput for a name that is none."""
        known = self._tenants.pop(name, None)
        if known is None:
            known = TenantRegistry(check_tenant(name), self._of(name))
            if len(self._tenants) >= _MOST_OPEN:
                self._tenants.pop(next(iter(self._tenants))).close()
        self._tenants[name] = known
        return known

    def register(self, name: str, settings: TenantSettings, at: datetime) -> TenantRegistry:
        """Register a tenant and put it on the list; may be repeated, if it broke off between."""
        registry = self.tenant(name)
        self.deployment.add(name, settings.region, at)
        registry.register(settings, at)
        return registry

    def close(self) -> None:
        """Close what every registry has open."""
        for registry in (self.deployment, *self._tenants.values()):
            registry.close()
        self._tenants.clear()

    def _of(self, name: str) -> dict[str, str]:
        return self._env | {"DYNAMODB_LOG": group(name, REGISTRY)}


def sqlite_registries(file: Path) -> Registries:
    """Return registries that all lie in one SQLite file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    return Registries({"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(file)})


def dynamodb_registries(table: str, **options: str) -> Registries:
    """Return registries in a table that is there, beside the logs of worlds.

    Options are variables of the persistence module, such as DYNAMODB_REGION.
    """
    return Registries(
        {
            "PERSISTENCE_MODULE": "lqe.adapters.dynamodb.eventsourcing",
            "DYNAMODB_TABLE": table,
            "CREATE_TABLE": "no",
            **options,
        }
    )
