"""The bus port on EventBridge: an entry a signal, its detail the whole Published as JSON."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from lqe.adapters.aws.errors import outside
from lqe.adapters.aws.pauses import PAUSES_S, Sleep, sleep
from lqe.errors import BadInput, Unavailable
from lqe.names import check_tenant, check_world
from lqe.ports.bus import Published

SOURCE: Final = "ledgerquest"
# In the place of the data of a signal that no entry has room for: {OMITTED: its size as JSON}. The
# signal is in the log's fold for ever; an observer that needs the data replays it from there. To
# stop the world instead would let one large signal end a game.
OMITTED: Final = "$omitted"
# The service says 1 MB for all entries of a call, so for one as well; whichever it means by it.
MAX_BYTES: Final = 1_000_000
_MAX_ENTRIES = 10
_MAX_DETAIL_TYPE = 128
_encode = msgspec.json.Encoder().encode

Entry = dict[str, Any]


class EventBridgeBus:
    """Hands signals to a bus; what it refuses in part is sent again a few times."""

    def __init__(self, client: Any, bus_name: str, *, pause: Sleep = sleep) -> None:
        self._client = client
        self._bus_name = bus_name
        self._pause = pause

    def publish(self, signals: Sequence[Published]) -> None:
        """Hand the signals over durably; raise Unavailable if that is not known of each."""
        for batch in _batches([self._entry(signal) for signal in signals]):
            self._put_all(batch)

    def _put_all(self, batch: Sequence[Entry]) -> None:
        left = list(batch)
        for pause_s in (*PAUSES_S, None):
            failed = self._put(left)
            if not failed:
                return
            left = [left[number] for number in failed]
            if pause_s is not None:
                self._pause(pause_s)
        raise Unavailable(
            f"{len(left)} signals are not on the bus {self._bus_name}: "
            f"{', '.join(sorted(set(failed.values())))}; publish all of them again"
        )

    def _put(self, entries: Sequence[Entry]) -> dict[int, str]:
        """Put entries; return why, by number, for each that is not on the bus."""
        with outside(f"publishing {len(entries)} signals"):
            answer = self._client.put_events(Entries=list(entries))
        results = answer.get("Entries", [])
        return {
            number: str(result.get("ErrorCode", "not answered"))
            for number, result in enumerate(results + [{}] * (len(entries) - len(results)))
            if "EventId" not in result
        }

    def _entry(self, published: Published) -> Entry:
        entry = {
            "EventBusName": self._bus_name,
            "Source": SOURCE,
            "DetailType": _detail_type(published),
            "Detail": _encode(published).decode(),
            "Resources": [],
        }
        if _size(entry) > MAX_BYTES:
            data = {OMITTED: len(_encode(published.signal.data))}
            signal = msgspec.structs.replace(published.signal, data=data)
            smaller = msgspec.structs.replace(published, signal=signal)
            entry["Detail"] = _encode(smaller).decode()
        return entry


def _detail_type(published: Published) -> str:
    """Return the signal's name as far as a rule can match it; the whole of it is in the detail."""
    return published.signal.name[:_MAX_DETAIL_TYPE] or "-"


def _size(entry: Entry) -> int:
    """Return what an entry counts, as the service documents it; it has no time and no resources."""
    return sum(len(entry[part].encode()) for part in ("Source", "DetailType", "Detail"))


def _batches(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Yield the entries in order, as many together as a call takes."""
    batch: list[Entry] = []
    room = MAX_BYTES
    for entry in entries:
        size = _size(entry)
        if batch and (size > room or len(batch) == _MAX_ENTRIES):
            yield batch
            batch, room = [], MAX_BYTES
        batch.append(entry)
        room -= size
    if batch:
        yield batch


def parse_event(event: Mapping[str, Any]) -> Published:
    """Return the signal of an event that an observer received; raise BadInput for any other.

    A signal that was too large has `{OMITTED: size}` for its data.
    """
    try:
        source, kind = event["source"], event["detail-type"]
        published = msgspec.convert(event["detail"], Published)
        check_tenant(published.tenant)
        check_world(published.world)
    except (KeyError, TypeError, msgspec.ValidationError, RecursionError) as error:
        raise BadInput(f"expected the event of a signal: {error!r:.300}") from None
    if source != SOURCE or kind != _detail_type(published):
        raise BadInput(
            f"expected a {_detail_type(published)!r:.80} of {SOURCE}, got {kind!r:.80} of "
            f"{source!r:.80}"
        )
    return published
