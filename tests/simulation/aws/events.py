"""EventBridge: a bus whose events come to every target, in no order."""

# ruff: noqa: N803 - arguments are called as those of the clients of boto3

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec

MAX_ENTRIES: Final = 10
MAX_BYTES: Final = 1_000_000


class Events:
    """One bus. `refused` says which entries of a call fail; `carried` hears of the others."""

    def __init__(
        self,
        bus: str,
        carried: Callable[[dict[str, Any]], None],
        refused: Callable[[int], Sequence[int]] = lambda _: (),
    ) -> None:
        self._bus = bus
        self._carried = carried
        self._refused = refused
        self._count = 0

    def put_events(self, *, Entries: Sequence[Mapping[str, Any]]) -> Any:
        """Put entries on the bus, each of which may fail by itself."""
        assert 1 <= len(Entries) <= MAX_ENTRIES, f"{len(Entries)} entries in one call"
        size = sum(len(entry["Detail"]) + len(entry["DetailType"]) for entry in Entries)
        assert size <= MAX_BYTES, f"{size} bytes in one call"
        refused = set(self._refused(len(Entries)))
        results: list[dict[str, str]] = []
        for number, entry in enumerate(Entries):
            if number in refused:
                results.append({"ErrorCode": "InternalFailure", "ErrorMessage": "try again"})
                continue
            assert entry["EventBusName"] == self._bus, f"no bus {entry['EventBusName']!r}"
            self._count += 1
            event = {
                "version": "0",
                "id": f"event-{self._count}",
                "source": entry["Source"],
                "detail-type": entry["DetailType"],
                "detail": msgspec.json.decode(entry["Detail"]),
            }
            self._carried(event)
            results.append({"EventId": event["id"]})
        return {"FailedEntryCount": len(refused), "Entries": results}
