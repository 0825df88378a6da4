"""What of a server does not work: tenants and worlds that stand still, and why."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from msgspec.structs import replace

from lqe.adapters.sqlite import SQLiteLogs
from lqe.errors import Damaged, LedgerQuestError, Unavailable
from lqe.handlers.http.problems import unavailable
from lqe.handlers.tell import Report
from lqe.ports.cursors import Cursors

from .link import Stands

# What hinders a world is told again and again as long as it does.
_FRESH_S: Final = 10.0
STANDS_STILL: Final = (
    "this tenant stands still until its operator has repaired it: see the health of the server"
)
Key = tuple[str, str]


class Stopped(LedgerQuestError):
    """Somebody says that something is wrong with a tenant or a world."""


class Troubles:
    """Keeps what is wrong, tells each thing once, and lets nobody stand still for another's fault.

    `stopped` is called with a tenant that stands still from now on, until the next start.
    """

    def __init__(
        self, logs: SQLiteLogs, cursors: Cursors, report: Report, stopped: Callable[[str], None]
    ) -> None:
        self._logs = logs
        self._cursors = cursors
        self._report = report
        self._stopped = stopped
        self._tenants: dict[str, str] = {}
        self._worlds: dict[Key, str] = {}
        self._hindered: dict[Key, tuple[str, float]] = {}
        self._unwritable: frozenset[str] = frozenset()

    @contextmanager
    def of(self, tenant: str) -> Iterator[None]:
        """Let a tenant alone stand still if its files do not admit what is done meanwhile."""
        try:
            yield
        except (Damaged, Unavailable) as error:
            self.stop(tenant, error)

    def stop(self, tenant: str, error: LedgerQuestError) -> None:
        """Let a tenant stand still."""
        if tenant not in self._tenants:
            self._tenants[tenant] = str(error)
            self._report("", f"tenant {tenant} stands still", error)
            self._stopped(tenant)

    def why(self, tenant: str) -> str | None:
        """Return why a tenant stands still; None if it does not."""
        return self._tenants.get(tenant)

    def check(self, tenant: str) -> None:
        """Raise Declined if a tenant stands still; why is said to who looks at the health."""
        if tenant in self._tenants:
            raise unavailable(STANDS_STILL)

    def heard(self, said: Stands) -> None:
        """Take in what whoever folds worlds says of one, or of its tenant."""
        if said.of_tenant:
            self.stop(said.tenant, Stopped(said.reason))
        else:
            self.note(said.tenant, said.world, Stopped(said.reason))

    def note(self, tenant: str, world: str, error: LedgerQuestError) -> None:
        """Take in that something is wrong with a world; it stands still if its cursor says so.

        What is nobody's is only told.
        """
        if not tenant:
            self._report("", world, error)
            return
        key = (tenant, world)
        before, _ = self._hindered.pop(key, ("", 0.0))
        if str(error) not in (before, self._worlds.get(key)):
            self._report(tenant, world, error)
        self._worlds[key] = str(error)
        if key not in self.standing():
            self._hindered[key] = (str(error), time.monotonic())

    def quarantine(self, tenant: str, world: str, error: LedgerQuestError) -> None:
        """Let a world stand still whose log is not what it should be; or its tenant, if it is."""
        if isinstance(error, Damaged):
            self.stop(tenant, error)
            return
        with self.of(tenant):
            cursors = self._cursors.tenant(tenant)
            cursor = cursors.get(world)
            if not cursor.quarantine:
                cursors.move(world, cursor, replace(cursor, quarantine=str(error)))
        self.note(tenant, world, error)

    def fault(self, where: str, error: Exception) -> None:
        """Take in that a request or a message could not be answered."""
        if isinstance(error, Damaged):
            self.stop(error.tenant, error)
        else:
            self._report("", where, error)

    def stored(self, tenants: Iterable[str], unwritable: frozenset[str]) -> None:
        """Take in whose logs could be written just now, and whose could not."""
        self._unwritable = (self._unwritable - frozenset(tenants)) | unwritable

    def standing(self) -> list[Key]:
        """Return the worlds that stand still; one that was released does not any more."""
        for key in list(self._worlds):
            tenant, world = key
            with self.of(tenant):
                if not self._cursors.tenant(tenant).get(world).quarantine:
                    del self._worlds[key]
        return [key for key in self._worlds if key[0] not in self._tenants]

    def astray(self, tenants: Iterable[str]) -> list[str]:
        """Say whose logs are not under their names any more."""
        found = []
        for tenant in tenants:
            try:
                if tenant not in self._tenants:
                    self._logs.tenant(tenant).check_place()
            except Unavailable as error:
                found.append(f"the log of {tenant} cannot be written: {error}")
        return found

    def problems(self, tenants: Iterable[str]) -> list[str]:
        """Say what is wrong with whom, of the tenants that are served."""
        standing = self.standing()
        served = [tenant for tenant in tenants if tenant not in self._tenants]
        found = [f"tenant {name} stands still: {why}" for name, why in self._tenants.items()]
        astray = self.astray(served)
        found += astray
        if not astray:
            whose = self._unwritable.intersection(served)
            found += [f"the log of {t} cannot be written: look at the disk" for t in sorted(whose)]
        found += [said for tenant in served if (said := self._logs.tenant(tenant).end.problem)]
        fresh = time.monotonic() - _FRESH_S
        self._hindered = {k: said for k, said in self._hindered.items() if said[1] > fresh}
        found += [f"world {w} of {t} waits: {why}" for (t, w), (why, _) in self._hindered.items()]
        if standing:
            found.append(f"{len(standing)} worlds stand still: see `ledgerquest quarantine`")
        return found
