"""The registry of tenants: who may have how many worlds, where, and what they are called.

Event-sourced applications of the `eventsourcing` library: one a tenant, and one that lists them.
"""

from .registries import Registries, dynamodb_registries, sqlite_registries
from .settings import Quotas, TenantSettings

__all__ = ["Quotas", "Registries", "TenantSettings", "dynamodb_registries", "sqlite_registries"]
