"""Which errors of AWS mean that trying again may help, and nothing is known to be wrong."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnection

from lqe.errors import Unavailable

# Names by which the services say so; from the API models of botocore.
_TRANSIENT = frozenset({
    "InternalError", "InternalFailure", "InternalServerError", "KMSInternalException",
    "LimitExceededException", "PriorRequestNotComplete", "ProvisionedThroughputExceededException",
    "RequestLimitExceeded", "RequestThrottled", "RequestTimeout", "RequestTimeoutException",
    "ServiceUnavailable", "ServiceUnavailableException", "SlowDown", "Throttling",
    "ThrottlingException", "TooManyRequestsException", "TransactionInProgressException",
})  # fmt: skip
_SERVER_FAULT = 500


def code_of(error: ClientError) -> str:
    """Return the name that the service gave the error."""
    return str(error.response.get("Error", {}).get("Code", ""))


@contextmanager
def outside(what: str) -> Iterator[None]:
    """Raise Unavailable for throttling, time-outs and lost connections in the block.

    The client has tried again by then. Whatever else the service says is passed on as it is.
    """
    try:
        yield
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code_of(error) in _TRANSIENT or status >= _SERVER_FAULT:
            raise Unavailable(f"{what}: {code_of(error)}; try again later") from error
        raise
    except (NoConnection, HTTPClientError) as error:
        raise Unavailable(f"{what}: {type(error).__name__}; it may have happened") from error
