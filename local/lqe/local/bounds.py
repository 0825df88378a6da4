"""How much a player and a tenant may have of a server, in one place."""

from collections.abc import Callable

from lqe.adapters.buckets import ProcessBuckets
from lqe.handlers.submit.rate import Rates
from lqe.ports.clock import Clock
from lqe.ports.push import Connection

from .settings import Settings
from .socket_quota import SocketQuota
from .world_quota import WorldQuota


class Bounds:
    """The rates and the quotas of a server's settings; `worlds_of` counts those of a tenant."""

    def __init__(self, settings: Settings, clock: Clock, worlds_of: Callable[[str], int]) -> None:
        buckets = ProcessBuckets(clock)
        self.rates = Rates(
            buckets,
            buckets,
            tenant_rate=lambda _: settings.tenant_rate,
            player_rate=settings.player_rate,
        )
        self.worlds = WorldQuota(
            buckets, worlds_of, most=settings.worlds, a_minute=settings.worlds_a_minute
        )
        self.sockets = SocketQuota(
            of_player=settings.player_sockets, of_tenant=settings.tenant_sockets
        )

    def check_join(self, connection: Connection) -> None:
        """Raise Refused if a connection is one too many, or its player or tenant joins too fast."""
        self.sockets.check(connection)
        self.rates.check_join(connection)
