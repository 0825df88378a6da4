"""How many commands and joins a second are let in: of a player, and of a tenant."""

from collections.abc import Callable

from lqe.errors import Refused
from lqe.ports.buckets import Bucket, Buckets
from lqe.ports.push import Connection

PLAYER_RATE = 20.0
# A join is two events of its tenant's: whoever came leaves.
_EVENTS_OF_A_JOIN = 2
_AGAIN = "nothing of this was recorded: wait a second and send it again"


class Rates:
    """Holds players to `player_rate` in all their worlds, and each tenant to its own.

    `tenant_rate` is a tenant's commands a second; None where nothing is registered. A player's
    bucket is asked first: one who floods takes nothing from the others of the tenant.
    """

    def __init__(
        self,
        players: Buckets,
        tenants: Buckets,
        *,
        tenant_rate: Callable[[str], float | None],
        player_rate: float = PLAYER_RATE,
    ) -> None:
        self._players = players
        self._tenants = tenants
        self._tenant_rate = tenant_rate
        self._player = Bucket.of(player_rate)

    def check(self, connection: Connection, commands: int) -> None:
        """Count a message against both rates; raise Refused if it is more than is left.

        One without commands, such as a heartbeat, counts as one of its player's and not at all for
        the tenant.
        """
        tenant, player = connection.tenant, f"player/{connection.player}"
        if not self._players.allows(tenant, player, self._player, max(1, commands)):
            most = f"{self._player.per_second:g} commands a second in all its worlds together"
            raise Refused("too_fast", f"a player sends at most {most}; {_AGAIN}")
        if commands:
            self._check_tenant(tenant, commands)

    def check_join(self, connection: Connection) -> None:
        """Count a join against both rates; raise Refused if it is more than is left.

        A player joins as often as it may send commands; those are counted by themselves.
        """
        player = f"join/{connection.player}"
        if not self._players.allows(connection.tenant, player, self._player, 1):
            most = f"{self._player.per_second:g} times a second in all its worlds together"
            raise Refused("too_fast", f"a player joins at most {most}: wait a second")
        self._check_tenant(connection.tenant, _EVENTS_OF_A_JOIN)

    def _check_tenant(self, tenant: str, commands: int) -> None:
        rate = self._tenant_rate(tenant)
        if rate is None:
            return
        if not rate:
            reason = f"{tenant} may send no commands: its operator can raise the quota"
            raise Refused("quota_exceeded", reason)
        if not self._tenants.allows(tenant, "commands", Bucket.of(rate), commands):
            most = f"{rate:g} commands a second in all its worlds together"
            raise Refused("too_fast", f"{tenant} sends at most {most}; {_AGAIN}")
