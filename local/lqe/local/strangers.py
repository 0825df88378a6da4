"""What whoever is not known may ask in a second, by who is at the other end."""

from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from lqe.adapters.buckets import ProcessBuckets
from lqe.handlers.http.messages import Request, Response
from lqe.handlers.http.problems import Declined
from lqe.ports.buckets import Bucket
from lqe.ports.clock import Clock

PER_SECOND: Final = 100
# A class behind one address opens the page: thirty players, a dozen and more files each.
AT_ONCE: Final = 1_000
# What watches a server asks apart from the rest: a flood from its address does not blind it.
_WATCHED: Final = ("/v1/health", "/v1/metrics")
_LATER: Final = MappingProxyType({"Retry-After": "1"})
_NOT_LET_IN: Final = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.MISDIRECTED_REQUEST,
)


class Strangers:
    """Counts requests of those who showed nothing, or nothing good, and those that are wrong.

    In open mode that is everybody: what acts has a rate of its tenant's, so that reading counts.
    """

    def __init__(self, clock: Clock, *, is_open: bool) -> None:
        self._buckets = ProcessBuckets(clock)
        self._bucket = Bucket(PER_SECOND, AT_ONCE)
        self._is_open = is_open

    def check(self, request: Request, response: Response, *, guarded: bool) -> None:
        """Raise Declined if this answer is one too many; `guarded` if not anybody is given it."""
        is_known = guarded and not (self._is_open and request.method == "GET")
        if is_known and response.status not in _NOT_LET_IN:
            return
        what = request.path if request.path in _WATCHED else ""
        if not self._buckets.allows(what, request.remote, self._bucket, 1):
            reason = (
                f"at most {PER_SECOND} requests a second of whoever is not known: try again, or "
                "name the proxy in front with --proxy"
            )
            raise Declined(HTTPStatus.TOO_MANY_REQUESTS, "too_fast", reason, _LATER)
