"""The one place where a handle of a tenant gets its client."""

import functools
from collections.abc import Callable
from typing import Any

from lqe.adapters.acting import Acting
from lqe.names import check_tenant

from .sessions import TenantSessions

Check = Callable[[str], str]


class Later:
    """A client of boto3's that is looked up at every call: handles are kept, credentials not."""

    def __init__(self, found: Callable[[], Any]) -> None:
        self._found = found

    def __getattr__(self, operation: str) -> Any:
        return getattr(self._found(), operation)


class TenantClients:
    """Clients for handles: of calls of their own tenant, and of tenants that may be here.

    With `sessions` they have the credentials of the tenant that the process acts for, not of the
    one that the handle is for: where the two differ, IAM refuses what the handle did not. `made`
    makes a client with those of the process itself.
    """

    def __init__(
        self,
        acting: Acting,
        made: Callable[[str], Any],
        *,
        resident: Check = check_tenant,
        sessions: TenantSessions | None = None,
    ) -> None:
        self._acting = acting
        self._made = functools.cache(made)
        self._resident = resident
        self._sessions = sessions

    def admit(self, tenant: str) -> str:
        """Return a tenant's name; raise Refused unless this call is its, and it may be here."""
        return self._resident(self._acting.check(check_tenant(tenant)))

    def own(self, service: str) -> Later:
        """Return the client of a service that has the process's own credentials."""
        return Later(lambda: self._made(service))

    def of(self, service: str) -> Callable[[str], Any]:
        """Return what gives a handle the client of a service, by its tenant."""

        def of_tenant(tenant: str) -> Later:
            self.admit(tenant)
            return Later(lambda: self._now(service, tenant))

        return of_tenant

    def _now(self, service: str, tenant: str) -> Any:
        self.admit(tenant)
        if self._sessions is None:
            return self._made(service)
        return self._sessions.client(service, self._acting.who())
