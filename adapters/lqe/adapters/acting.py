"""Whose call this is: while it lasts, nothing of another tenant is reachable."""

from collections.abc import Iterator
from contextlib import contextmanager

from lqe.errors import Misconfigured, Refused
from lqe.names import check_tenant


class Acting:
    """The tenant for whom a process acts, one at a time; who it is, the caller was attested to be.

    To be used from one thread, as a function handles one call at a time.
    """

    def __init__(self) -> None:
        self._tenant = ""

    @contextmanager
    def tenant(self, name: str) -> Iterator[None]:
        """Act for one tenant inside the block, and for nobody else."""
        before, self._tenant = self._tenant, self.check(check_tenant(name))
        try:
            yield
        finally:
            self._tenant = before

    def check(self, name: str) -> str:
        """Return a tenant's name; raise Refused if this call is of another."""
        if self._tenant and name != self._tenant:
            raise Refused("other_tenant", f"this call is of {self._tenant}, and of nobody else")
        return name

    def who(self) -> str:
        """Return for whom this is; raise Misconfigured if nobody said so."""
        if not self._tenant:
            raise Misconfigured(
                "expected to know whose call this is before anything of a tenant is touched: "
                "open `acting.tenant(NAME)` around it"
            )
        return self._tenant
