"""What is said when a request cannot be answered as asked; never more than its sender may know."""

from collections.abc import Mapping
from http import HTTPStatus

from pydantic import ValidationError

from lqe.errors import BadInput, Refused, Unavailable

from .messages import Response
from .models import Problem

_LONGEST_REASON = 500
_RETRY_S = "1"


class Declined(Refused):
    """A request is not answered as asked; `status` is what HTTP calls it."""

    def __init__(
        self, status: HTTPStatus, code: str, reason: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(code, reason)
        self.status = status
        self.headers = headers or {}


def no_world(world: str) -> Declined:
    """Return what is raised where a world is asked for that is not there."""
    reason = f"there is no world {world!r}: an author or an operator opens it first"
    return Declined(HTTPStatus.NOT_FOUND, "no_world", reason)


def too_many(error: Refused) -> Declined:
    """Return what is raised where more is asked for than a quota or a rate admits."""
    headers = {"Retry-After": _RETRY_S} if error.code == "too_fast" else None
    return Declined(HTTPStatus.TOO_MANY_REQUESTS, error.code, error.reason, headers)


def world_exists(world: str) -> Declined:
    """Return what is raised where a name for a world is taken."""
    reason = f"there is a world {world!r}: choose another name"
    return Declined(HTTPStatus.CONFLICT, "world_exists", reason)


def world_goes_on(world: str) -> Declined:
    """Return what is raised where a world has to have ended first."""
    reason = f"the world {world!r} goes on: close it first"
    return Declined(HTTPStatus.CONFLICT, "world_goes_on", reason)


def world_deleted(world: str) -> Declined:
    """Return what is raised where a world was deleted."""
    reason = f"the world {world!r} was deleted, and its name stays taken"
    return Declined(HTTPStatus.GONE, "world_deleted", reason)


def not_on_aws(what: str) -> Declined:
    """Return what is raised of what only the embedded server does."""
    reason = f"on AWS {what} is not possible yet"
    return Declined(HTTPStatus.NOT_IMPLEMENTED, "not_on_aws", reason)


def unavailable(reason: str) -> Declined:
    """Return what is raised where it is to be asked for again."""
    again = {"Retry-After": _RETRY_S}
    return Declined(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", reason, again)


def world_closed(world: str) -> Declined:
    """Return what is raised where a world has ended."""
    reason = f"the world {world!r} is closed"
    return Declined(HTTPStatus.CONFLICT, "world_closed", reason)


def problem_of(error: Exception) -> Response:
    """Return what the sender of a request hears of an error."""
    match error:
        case Declined():
            return _problem(error.status, error.code, error.reason, error.headers)
        case Refused():
            return _problem(HTTPStatus.CONFLICT, error.code, error.reason)
        case BadInput():
            return _problem(HTTPStatus.BAD_REQUEST, "malformed", str(error))
        case ValidationError():
            return _problem(HTTPStatus.BAD_REQUEST, "malformed", _first_of(error))
        case Unavailable():
            reason = "something that the server needs does not answer: try again in a moment"
            return problem_of(unavailable(reason))
        case _:
            reason = "the server could not answer this; whoever runs it has been told"
            return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, "failed", reason)


def is_fault(error: Exception) -> bool:
    """Say whether whoever runs the server should hear of an error: it is not its sender's."""
    return not isinstance(error, BadInput | Refused | ValidationError)


def _problem(
    status: HTTPStatus, code: str, reason: str, headers: Mapping[str, str] | None = None
) -> Response:
    # What came is part of some reasons, and it may be text that has no UTF-8.
    said = reason[:_LONGEST_REASON].encode(errors="replace").decode()
    body = Problem(code=code, reason=said).model_dump_json().encode()
    return Response(status=status.value, body=body, headers=headers or {})


def _first_of(error: ValidationError) -> str:
    """Return the first thing that is wrong, by field; values that came are not repeated."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else first["msg"]
