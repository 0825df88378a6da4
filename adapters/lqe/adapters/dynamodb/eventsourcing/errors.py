"""What AWS and the engine's adapters raise, in the words of the `eventsourcing` library."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError
from eventsourcing.persistence import (
    DatabaseError,
    InterfaceError,
    OperationalError,
    PersistenceError,
    ProgrammingError,
)

from lqe.adapters.aws.errors import code_of
from lqe.errors import Misconfigured, Unavailable

_PROGRAMMING = frozenset({"ResourceNotFoundException", "ValidationException"})


@contextmanager
def translated() -> Iterator[None]:
    """Raise a PersistenceError for whatever the service or its client raise in the block.

    OperationalError says that trying again may help: the client has tried several times by then.
    """
    try:
        yield
    except Misconfigured as error:
        raise _refused(error) from error
    except Unavailable as error:
        raise OperationalError(str(error)) from error


def _refused(error: Misconfigured) -> PersistenceError:
    """Return what a request that no repeating helps is: refused, wrong, or never made."""
    cause = error.__cause__
    if not isinstance(cause, ClientError):
        return InterfaceError(f"no request was made to DynamoDB: {error}")
    kind = ProgrammingError if code_of(cause) in _PROGRAMMING else DatabaseError
    return kind(f"DynamoDB refused: {error}")
