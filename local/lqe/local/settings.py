"""How a server is run: by whom, with which bounds, on how many processes."""

import os
from collections.abc import Mapping

import msgspec

from lqe.adapters.oidc import check_issuer
from lqe.errors import BadInput
from lqe.names import check_tenant

from .origin_policy import check_origin
from .remotes import check_proxy
from .vitals import machine_bytes

TENANT = "local"
_MOST_WORKERS = 64
_LEAST_MB, _MOST_MB = 256, 4096
_ABOVE_0 = (
    "player_rate", "tenant_rate", "ticket_rate", "worlds", "worlds_a_minute", "tenant_sockets",
    "player_sockets", "patience_s",
)  # fmt: skip


def _default_workers() -> int:
    # The server's own process leaves much of a processor to them, and goes first where it does not.
    return max(1, os.cpu_count() or 1)


def _default_worker_mb() -> int:
    # One world without end must not take the machine, nor what the other workers need.
    return min(_MOST_MB, max(2 * _LEAST_MB, machine_bytes() // 4 >> 20))


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator decides.

    `tenants` are served; with `keys`, one a tenant, whoever wants a ticket shows the tenant's. With
    an `issuer` everybody shows a token of it instead, made for the `audience`.
    `origins` are those of web pages, beside this server's own, whose scripts may play here.
    `allowed_hosts` are names that this server has beside addresses and localhost: where nobody has
    to show who he is, it answers to no other.
    `proxies` are addresses of proxies that are believed whom they pass requests on for.
    A worker that does not come back from a world within `patience_s` seconds of a processor is
    ended, and so is one that takes more than `worker_mb` of memory.
    `player_rate` and `tenant_rate` are commands a second, in all worlds together. A tenant opens
    `worlds` at most, ever, and `worlds_a_minute`; `tenant_sockets` and `player_sockets` are open at
    once. With `players_open_worlds` whom a token names as a player opens the world that it enters.
    A world where nobody was for `close_idle_s` seconds is closed, and `keep_closed_days` after its
    end it is archived and deleted; None is never.
    """

    tenants: tuple[str, ...] = (TENANT,)
    keys: Mapping[str, str] | None = None
    issuer: str = ""
    audience: str = ""
    origins: tuple[str, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()
    workers: int = msgspec.field(default_factory=_default_workers)
    player_rate: float = 20.0
    tenant_rate: float = 20_000.0
    ticket_rate: float = 1_000.0
    patience_s: float = 10.0
    close_idle_s: float | None = None
    keep_closed_days: float | None = None
    worker_mb: int = msgspec.field(default_factory=_default_worker_mb)
    worlds: int = 10_000
    worlds_a_minute: int = 240
    tenant_sockets: int = 10_000
    player_sockets: int = 32
    players_open_worlds: bool = False

    def __post_init__(self) -> None:
        for tenant in self.served:
            check_tenant(tenant)
        if self.issuer:
            check_issuer(self.issuer)
        if bool(self.issuer) != bool(self.audience):
            raise BadInput("an issuer and the audience of its tokens go together: name both")
        if self.issuer and self.keys is not None:
            raise BadInput("tenants have keys, or an issuer's tokens say whose they are: not both")
        self._check_network()
        self._check_times()
        if not 1 <= self.workers <= _MOST_WORKERS:
            raise BadInput(f"a server has 1 to {_MOST_WORKERS} workers, got {self.workers}")
        for name in _ABOVE_0:
            if not getattr(self, name) > 0:
                raise BadInput(f"{name} must be above 0, got {getattr(self, name)}")
        if self.worker_mb < _LEAST_MB:
            raise BadInput(f"a worker needs {_LEAST_MB} MB or more, got {self.worker_mb}")

    def _check_network(self) -> None:
        for origin in self.origins:
            check_origin(origin)
        for proxy in self.proxies:
            check_proxy(proxy)

    def _check_times(self) -> None:
        for name in ("close_idle_s", "keep_closed_days"):
            value = getattr(self, name)
            if value is not None and not value >= 0:
                raise BadInput(f"{name} must be 0 or above, got {value}")

    @property
    def is_open(self) -> bool:
        """Whether everybody who reaches the port may play, and need not say who he is."""
        return self.keys is None and not self.issuer

    @property
    def served(self) -> tuple[str, ...]:
        """The tenants that this server serves."""
        return tuple(self.keys) if self.keys is not None else self.tenants
