"""Between a process and a service: every call may fail in every way, and others may come between.

An invocation that stands still lets the rest of the cloud go on inside its own call. So of two that
overlap the later one always ends first: for a lost update, a stale head or a moved cursor that is
enough, and a run stays one readable tree of calls in one thread.
"""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import msgspec

from lqe.ports.cursors import Cursor
from tests.simulation.aws.errors import answer_lost, refusal, throttled, unreachable
from tests.simulation.stops import Broken, Killed

if TYPE_CHECKING:
    from tests.simulation.chance import Fault
    from tests.simulation.cloud import Cloud
    from tests.simulation.functions import Running

_ALWAYS: Final = (
    "killed before", "killed after", "unreachable", "throttled", "answer lost", "sent twice",
    "stalled before", "stalled after",
)  # fmt: skip
_PUSH: Final = ("killed before", "killed after", "throttled", "answer lost", "stalled before")
_BEFORE: Final = ("killed before", "unreachable", "throttled", "stalled before", "conflict")
_cursor = msgspec.msgpack.Decoder(Cursor).decode


class Wire:
    """The client of one service in one process."""

    def __init__(self, cloud: "Cloud", running: "Running", service: str) -> None:
        self._cloud = cloud
        self._running = running
        self._service = service
        self._backend = cloud.backends[service]

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        return partial(self._call, operation)

    def _call(self, operation: str, **asked: Any) -> Any:
        subject = _subject(asked)
        place = f"{self._running.name}, {operation} {subject}"
        kinds = _PUSH if self._service == "apigatewaymanagementapi" else _ALWAYS
        if operation == "put_object":
            kinds = (*kinds, "conflict")
        self._check(operation, asked)
        fault = self._cloud.chance.strikes(place, kinds)
        if fault is not None and fault.kind in _BEFORE:
            self._before(fault, operation, subject)
        answer = self._do(operation, asked, subject)
        if fault is not None and fault.kind not in _BEFORE:
            answer = self._after(fault, answer, operation, asked, subject)
        if isinstance(answer, Exception):
            raise answer
        self._heard(operation, asked, answer)
        return answer

    def _before(self, fault: "Fault", operation: str, subject: str) -> None:
        self._cloud.trace.note(f"{self._running.label} {operation} {subject}: {fault.kind}")
        if fault.kind == "killed before":
            raise Killed
        if fault.kind == "unreachable":
            raise unreachable(fault.amount)
        if fault.kind == "throttled":
            raise throttled(self._service, operation, fault.amount)
        if fault.kind == "conflict":
            raise refusal(operation, "ConditionalRequestConflict", 409)
        self._cloud.stall(fault.amount)

    def _after(self, fault: "Fault", answer: Any, operation: str, asked: Any, subject: str) -> Any:
        self._cloud.trace.note(f"{self._running.label} {operation} {subject}: {fault.kind}")
        if fault.kind == "killed after":
            raise Killed
        if fault.kind == "answer lost":
            raise answer_lost()
        if fault.kind == "sent twice":
            return self._do(operation, asked, subject)
        self._cloud.stall(fault.amount)
        return answer

    def _do(self, operation: str, asked: Any, subject: str) -> Any:
        """Let the service act; return its answer, or the error that it answers with."""
        answer: Any
        try:
            answer = getattr(self._backend, operation)(**asked)
        except (AssertionError, AttributeError, KeyError, TypeError) as error:
            raise Broken(f"{self._running.label} {operation} {subject}: {error!r}") from error
        except Exception as error:  # noqa: BLE001 - it is the service's answer
            answer = error
        said = f": {answer}" if isinstance(answer, Exception) else ""
        self._cloud.trace.note(f"{self._running.label} {operation} {subject}{said}")
        return answer

    def _check(self, operation: str, asked: Any) -> None:
        """See to it that no effect goes out at or below a cursor that this process has read."""
        if operation == "put_events":
            for entry in asked["Entries"]:
                detail = msgspec.json.decode(entry["Detail"])
                key = f"{detail['tenant']}#{detail['world']}"
                if detail["position"] <= self._running.read.get(key, -1):
                    raise Broken(
                        f"{self._running.label} publishes {detail['signal']['name']} of {key} at "
                        f"{detail['position']}, and has read {self._running.read[key]} as cursor"
                    )
        elif operation == "post_to_connection" and self._running.request:
            message = msgspec.json.decode(asked["Data"])
            if message["type"] == "rejected" and message["code"] != "unavailable":
                self._cloud.rejected.add(self._running.request)

    def _heard(self, operation: str, asked: Any, answer: Any) -> None:
        """Note what the process knows of a cursor now."""
        item = answer.get("Item") if operation == "get_item" else asked.get("Item")
        if item is not None and asked["TableName"] == self._cloud.settings.snapshots:
            key = asked.get("Key") or item
            if key["sk"] == {"S": "cursor"}:
                position = _cursor(item["body"]["B"]).position
                world, read = key["pk"]["S"], self._running.read
                read[world] = max(read.get(world, -1), position)


def _subject(asked: Any) -> str:
    """Return what a call is about, as far as it tells calls apart."""
    key = asked.get("Key") or asked.get("Item")
    if "TableName" in asked:
        if isinstance(key, dict):
            sk = key["sk"].get("S") or key["sk"]["N"]
            return f"{asked['TableName']} {key['pk']['S']} {sk}"
        return f"{asked['TableName']} {asked['ExpressionAttributeValues'][':pk']['S']}"
    if "Entries" in asked:
        return f"{len(asked['Entries'])} entries"
    named = ("ConnectionId", "Prefix", "name", "FunctionName")
    return str(key or next((asked[name] for name in named if asked.get(name)), None))
