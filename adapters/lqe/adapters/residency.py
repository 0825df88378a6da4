"""Where a tenant's data may be: in the region it was registered in, nowhere else."""

from collections.abc import Callable

from lqe.errors import Refused
from lqe.names import check_tenant

_REMEMBERED = 10_000


class Residency:
    """Lets tenants in that are at home in the region `here`; `home_of` is asked once for each.

    A tenant's region never changes, so what it was once stays known.
    """

    def __init__(self, here: str, home_of: Callable[[str], str]) -> None:
        self._here = here
        self._home_of = home_of
        self._homes: dict[str, str] = {}

    def home(self, tenant: str) -> str:
        """Return the region of a tenant; raise BadInput if it is not registered."""
        known = self._homes.get(tenant)
        if known is None:
            known = self._home_of(check_tenant(tenant))
            if len(self._homes) >= _REMEMBERED:
                self._homes.clear()
            self._homes[tenant] = known
        return known

    def check(self, tenant: str) -> str:
        """Return a tenant's name; raise Refused if its data is not to be here."""
        home = self.home(tenant)
        if home != self._here:
            raise Refused("wrong_region", f"{tenant} is at home in {home}, this is {self._here}")
        return tenant
