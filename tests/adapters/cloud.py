"""Words of the tests of AWS adapters: how services fail, waiting that takes no time, fixtures."""

import json
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

BUCKET = "lqe-objects"
_EVENTS = Path(__file__).parent.parent / "events"


def failure(code: str, status: int) -> ClientError:
    """Return what a client raises when a service refuses."""
    answer = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "Operation")


class Pauses:
    """Does not wait; keeps how long it should have."""

    def __init__(self) -> None:
        self.took: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.took.append(seconds)


def lambda_event(name: str) -> dict[str, Any]:
    """Return the event of a function, as the service sends it."""
    event: dict[str, Any] = json.loads((_EVENTS / f"{name}.json").read_text())
    return event
