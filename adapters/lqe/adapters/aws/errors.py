"""What the errors of AWS mean here: try again later, or change the deployment."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnection

from lqe.errors import Misconfigured, Unavailable

# Names by which the services say that trying again may help; from the API models of botocore.
_TRANSIENT = frozenset({
    "ExpiredToken", "ExpiredTokenException", "InternalError", "InternalFailure",
    "InternalServerError", "KMS.ThrottlingException", "KMSInternalException", "KmsThrottled",
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
def outside(what: str, *, answers: Collection[str] = ()) -> Iterator[None]:
    """Raise Unavailable for throttling, time-outs and lost connections, else Misconfigured.

    The client has tried again by then. Errors whose names are in `answers` are passed on as they
    are: the caller expects them, as answers.
    """
    try:
        yield
    except ClientError as error:
        code = code_of(error)
        if code in answers:
            raise
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code in _TRANSIENT or status >= _SERVER_FAULT:
            raise Unavailable(f"{what}: {code}; try again later") from error
        raise Misconfigured(f"{what}: {error}; look at the deployment") from error
    except (NoConnection, HTTPClientError) as error:
        raise Unavailable(f"{what}: {type(error).__name__}; it may have happened") from error
    except BotoCoreError as error:
        raise Misconfigured(f"{what}: {error}; look at the deployment") from error
