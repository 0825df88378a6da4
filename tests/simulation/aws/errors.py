"""What clients raise, as botocore raises it."""

from typing import Any, Final

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)

_URL: Final = "https://service.example"

# By which name and status each service says that it is asked too much.
_THROTTLED: Final = {
    "dynamodb": [
        ("ProvisionedThroughputExceededException", 400),
        ("ThrottlingException", 400),
        ("InternalServerError", 500),
    ],
    "s3": [("SlowDown", 503), ("InternalError", 500)],
    "sqs": [("RequestThrottled", 403), ("ServiceUnavailable", 503)],
    "events": [("ThrottlingException", 400), ("InternalException", 500)],
    "lambda": [("TooManyRequestsException", 429), ("ServiceException", 500)],
    "stepfunctions": [("ThrottlingException", 400), ("ServiceUnavailable", 503)],
    "apigatewaymanagementapi": [("LimitExceededException", 429), ("InternalServerError", 500)],
}


def refusal(operation: str, code: str, status: int = 400, /, **more: Any) -> ClientError:
    """Return what a client raises when its service refuses a call."""
    answer = {
        "Error": {"Code": code, "Message": code},
        "ResponseMetadata": {"HTTPStatusCode": status},
        **more,
    }
    return ClientError(answer, operation)


def throttled(service: str, operation: str, amount: float) -> ClientError:
    """Return one of the ways in which a service says that it is asked too much."""
    ways = _THROTTLED[service]
    code, status = ways[int(amount * len(ways))]
    return refusal(operation, code, status)


def unreachable(amount: float) -> BotoCoreError:
    """Return what a client raises when its call never left."""
    if amount < 0.5:
        return EndpointConnectionError(endpoint_url=_URL)
    return ConnectTimeoutError(endpoint_url=_URL)


def answer_lost() -> BotoCoreError:
    """Return what a client raises when its call took effect and the answer did not come."""
    return ReadTimeoutError(endpoint_url=_URL)
