"""Clients that act as one tenant: sessions of one role, told apart by their tags.

IAM compares the tags `tenant` and `region` of a session with the keys and the region of each
request (infra/sam/policies/tenant_data.json), whatever the code asks for.
"""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from threading import Lock
from typing import Any, Final

from lqe.errors import Unavailable
from lqe.ports.clock import Clock

from .clients import client
from .errors import outside

MOST_SESSIONS: Final = 64
# As long as a role may be assumed by another role's session (AWS: role chaining, one hour).
_LIFE_S: Final = 3_600
_RENEWED_BEFORE_US: Final = 600_000_000
_AGAIN_US: Final = 30_000_000
_SECOND_US: Final = 1_000_000


class _Session:
    """Credentials of one tenant and the clients made with them, good until `expires_us`."""

    def __init__(self, credentials: dict[str, Any]) -> None:
        expires: datetime = credentials["Expiration"]
        self.expires_us = int(expires.timestamp()) * _SECOND_US
        self.renewed_us = self.expires_us - _RENEWED_BEFORE_US
        self.options = {
            "aws_access_key_id": credentials["AccessKeyId"],
            "aws_secret_access_key": credentials["SecretAccessKey"],
            "aws_session_token": credentials["SessionToken"],
        }
        self.clients: dict[str, Any] = {}


class TenantSessions:
    """Clients by tenant and service. At most `most` tenants' are kept: the latest used.

    `home_of` is the region that a tenant's session is tagged with. A session is renewed ten
    minutes before it expires; if that cannot be done, it serves as long as it is good.
    """

    def __init__(
        self,
        sts: Any,
        role_arn: str,
        home_of: Callable[[str], str],
        clock: Clock,
        *,
        client_of: Callable[..., Any] = client,
        most: int = MOST_SESSIONS,
    ) -> None:
        self._sts = sts
        self._role_arn = role_arn
        self._home_of = home_of
        self._clock = clock
        self._client_of = client_of
        self._most = most
        self._sessions: OrderedDict[str, _Session] = OrderedDict()
        self._lock = Lock()

    def client(self, service: str, tenant: str) -> Any:
        """Return a client of a service that reaches what is the tenant's; raise Unavailable."""
        with self._lock:
            session = self._session(tenant)
            known = session.clients.get(service)
            if known is None:
                known = session.clients[service] = self._client_of(service, **session.options)
            return known

    def _session(self, tenant: str) -> _Session:
        now_us = self._clock.now_us()
        known = self._sessions.get(tenant)
        if known is not None and now_us < known.renewed_us:
            self._sessions.move_to_end(tenant)
            return known
        try:
            session = self._sessions[tenant] = self._assumed(tenant)
        except Unavailable:
            if known is None or now_us >= known.expires_us:
                raise
            known.renewed_us = now_us + _AGAIN_US
            return known
        self._sessions.move_to_end(tenant)
        if len(self._sessions) > self._most:
            self._sessions.popitem(last=False)
        return session

    def _assumed(self, tenant: str) -> _Session:
        tags = {"tenant": tenant, "region": self._home_of(tenant)}
        with outside(f"assuming the role of data for {tenant}"):
            answer = self._sts.assume_role(
                RoleArn=self._role_arn,
                RoleSessionName=f"tenant-{tenant}",
                DurationSeconds=_LIFE_S,
                Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
            )
        return _Session(answer["Credentials"])
