"""The keys of an issuer of tokens: fetched when one is missing or old, however many ask for it."""

import asyncio
import math
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Protocol

from jwt import PyJWK, PyJWTError

from lqe.adapters.oidc import published_keys
from lqe.errors import Unavailable

# What signs with a private key alone: no `none`, and nothing whose secret the verifier would share.
ALGORITHMS: Final = frozenset({"RS256", "ES256", "EdDSA"})
_FRESH_S: Final = 3_600.0
_AGAIN_S: Final = 10.0
_WAIT_S: Final = 5.0
# Anybody can name a key that nobody has: those who wait for it do not pile up.
_MOST_WAITING: Final = 64


class Keys(Protocol):
    """The keys of one issuer by id; `problem` says why some may not be here, "" if all are.

    `is_asked` says that the issuer was asked for them and has not answered yet.
    """

    issuer: str
    problem: str

    @property
    def is_asked(self) -> bool:
        """Whether an answer of the issuer is waited for."""

    async def prepare(self, kid: str) -> None:
        """Get a key if it is not here and may be had."""

    def get(self, kid: str) -> PyJWK | None:
        """Return a key that is here."""


class IssuerKeys:
    """Keys of an issuer somewhere else: asked for them at most every ten seconds.

    They are renewed every hour, and serve on while the issuer does not answer. Of those who need a
    key that is not here, 64 wait for it; others hear that it is asked for.
    """

    def __init__(
        self,
        issuer: str,
        *,
        published: Callable[[str], Iterable[Mapping[str, Any]]] = published_keys,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.issuer = issuer
        self.problem = ""
        self._published = published
        self._now_s = now_s
        self._keys: Mapping[str, PyJWK] = {}
        self._fetched_s = self._tried_s = -math.inf
        self._fetching: asyncio.Task[None] | None = None
        self._waiting = 0

    @property
    def is_asked(self) -> bool:
        """Whether an answer of the issuer is waited for."""
        return self._fetching is not None

    def get(self, kid: str) -> PyJWK | None:
        """Return the key of that id, None if there is none here."""
        return self._keys.get(kid)

    async def prepare(self, kid: str) -> None:
        """Ask the issuer if a key is missing or all are old; wait for a missing one alone."""
        now_s, missing = self._now_s(), kid not in self._keys
        if not missing and now_s - self._fetched_s < _FRESH_S:
            return
        if self._fetching is None and now_s - self._tried_s >= _AGAIN_S:
            self._tried_s = now_s
            self._fetching = asyncio.create_task(self._fetch())
        if missing and self._fetching is not None and self._waiting < _MOST_WAITING:
            self._waiting += 1
            try:
                await asyncio.wait([self._fetching], timeout=_WAIT_S)
            finally:
                self._waiting -= 1

    async def _fetch(self) -> None:
        try:
            found = await asyncio.to_thread(self._published, self.issuer)
        except Unavailable as error:
            self.problem = f"the issuer of tokens: {error}"
        else:
            self._keys, self._fetched_s, self.problem = usable(found), self._now_s(), ""
        finally:
            self._fetching = None


def usable(published: Iterable[Mapping[str, Any]]) -> dict[str, PyJWK]:
    """Return the keys that tokens may be signed with, by id; others are left out."""
    found: dict[str, PyJWK] = {}
    for each in published:
        kid = each.get("kid")
        if not isinstance(kid, str) or each.get("use", "sig") != "sig":
            continue
        try:
            key = PyJWK(dict(each))
        except (PyJWTError, ValueError, TypeError):
            continue  # of a kind that is not known here
        if key.algorithm_name in ALGORITHMS:
            found[kid] = key
    return found
