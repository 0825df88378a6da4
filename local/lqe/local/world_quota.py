"""How many worlds a tenant may open, ever and in a minute."""

from collections.abc import Callable
from typing import Final

from lqe.errors import Refused
from lqe.ports.buckets import Bucket, Buckets

_MINUTE_S: Final = 60.0
# One player may open a part of what its tenant may open in a minute: others want to as well.
_OF_ONE_PLAYER: Final = 4


class WorldQuota:
    """Lets a tenant open `most` worlds, `a_minute` of them in a minute; its players fewer each.

    `count` says how many a tenant has. It is asked when it matters alone: where many worlds were
    opened the answer takes a while.
    """

    def __init__(
        self, buckets: Buckets, count: Callable[[str], int], *, most: int, a_minute: int
    ) -> None:
        self._buckets = buckets
        self._count = count
        self._most = most
        self._of_tenant = _minute_of(a_minute)
        self._of_player = _minute_of(max(1, a_minute // _OF_ONE_PLAYER))
        # How many a tenant has at most: the last count, and what was let through since.
        self._have: dict[str, int] = {}

    def take(self, tenant: str, world: str, player: str = "") -> None:
        """Count a world that is to be opened, for a `player` if it is one's; raise Refused."""
        if player and not self._buckets.allows(tenant, f"worlds/{player}", self._of_player, 1):
            raise Refused(
                "too_fast",
                f"a player opens at most {self._of_player.burst} worlds a minute: wait, or enter "
                "one that is there",
            )
        if not self._buckets.allows(tenant, "worlds", self._of_tenant, 1):
            most = f"{self._of_tenant.burst} worlds a minute"
            raise Refused("too_fast", f"{tenant} opens at most {most}: try again in a moment")
        have = self._have.get(tenant, self._most)
        if have >= self._most:
            have = self._count(tenant)
        if have >= self._most:
            raise Refused(
                "quota_exceeded",
                f"{tenant} has {have} worlds of {self._most}: raise its quota before opening "
                f"{world!r}",
            )
        self._have[tenant] = have + 1


def _minute_of(count: int) -> Bucket:
    return Bucket(per_second=count / _MINUTE_S, burst=count)
