"""Lambda, as far as functions invoke one another: nobody waits, and it happens at least once."""

# ruff: noqa: N803 - arguments are called as those of the clients of boto3

from collections.abc import Callable, Mapping
from typing import Any

import msgspec


class Invocations:
    """Takes in invocations by the name of a function; `queued` hears of each."""

    def __init__(self, queued: Callable[[str, dict[str, Any]], None]) -> None:
        self._queued = queued

    def invoke(
        self, *, FunctionName: str, InvocationType: str, Payload: bytes
    ) -> Mapping[str, int]:
        """Queue an invocation."""
        assert InvocationType == "Event", f"{InvocationType} waits for an answer"
        self._queued(FunctionName, msgspec.json.decode(Payload))
        return {"StatusCode": 202}
