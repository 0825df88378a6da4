"""What a process knows of a log without asking: its end, and its tail after the stored index."""

from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence
from threading import RLock
from typing import Final, NamedTuple

from eventsourcing.persistence import InternalError

from .commits import Commit
from .entries import Entries, add, entries_of, join
from .keys import is_tracking
from .places import segment_of
from .ranges import Ranges

_KNOWN_KEYS: Final = 10_000

Sealed = tuple[int, Entries]


class Glance(NamedTuple):
    """What was known at one moment: the log's end, its segments that ended, the tail's runs."""

    last: int
    segments: int
    runs: Entries


class View:
    """The end of a log, shared by threads; it only ever moves forward, a whole commit at a time."""

    def __init__(self) -> None:
        self._lock = RLock()
        self.opened = False
        self.last = 0
        self.segments = 0
        self._pending: Commit | None = None
        self._tail: dict[int, Entries] = {}
        self._known: OrderedDict[bytes, Ranges] = OrderedDict()

    def open(self, segments: int, last: int, tail: Iterable[Commit]) -> None:
        """Start after so many segments, where a commit ends at `last`, with what follows on it."""
        with self._lock:
            self.opened = True
            if last > self.last:
                self.last, self.segments, self._pending = last, segments, None
                self._tail.clear()
                self._known.clear()
            for commit in tail:
                self.take(commit)

    def take(self, commit: Commit) -> list[Sealed]:
        """Take in the next commit, unless it is known; return the segments that it ended."""
        with self._lock:
            if commit.first <= self.last:
                return []
            if commit.first != self.last + 1:
                raise InternalError(
                    f"expected a commit at {self.last + 1}, got one at {commit.first}: "
                    f"items of the log were removed; restore the table"
                )
            if not commit.events:
                if self._pending is None or commit.nth >= self._pending.nth:
                    self._pending = commit
                return []
            self._pending = None
            entries = entries_of(commit)
            add(self._tail.setdefault(segment_of(commit.first), {}), entries)
            for key in entries.keys() & self._known.keys():
                self._learn(key, entries[key])
            self.last = commit.last
            ended = range(self.segments, segment_of(self.last + 1))
            self.segments = segment_of(self.last + 1)
            return [(segment, self._tail.pop(segment, {})) for segment in ended]

    def end(self) -> tuple[int, Commit | None]:
        """Return the last notification id, and the commit without events that follows, if any."""
        with self._lock:
            return self.last, self._pending

    def glance(self, keys: Collection[bytes]) -> Glance:
        """Return what is known now, of these keys."""
        with self._lock:
            parts = [self._tail[segment] for segment in sorted(self._tail)]
            if self._pending is not None:
                parts.append(entries_of(self._pending))
            found: Entries = {}
            for key in keys:
                runs = found.setdefault(key, [])
                for part in parts:
                    join(runs, key, part.get(key, []))
            return Glance(self.last, self.segments, found)

    def unknown(self, keys: Collection[bytes]) -> list[bytes]:
        """Return those keys of which it is not remembered which versions are stored."""
        with self._lock:
            return [key for key in keys if key not in self._known]

    def remember(self, glance: Glance, runs: Entries) -> bool:
        """Remember all runs of keys; refuse, if the log has moved on since the glance."""
        with self._lock:
            if glance.last != self.last:
                return False
            for key, found in runs.items():
                self._known[key] = Ranges()
                self._learn(key, found)
            return True

    def known(self, keys: Collection[bytes]) -> dict[bytes, Ranges] | None:
        """Return the stored versions of each key, None if one of them is not remembered."""
        with self._lock:
            found = {key: self._known[key] for key in keys if key in self._known}
            for key in found:
                self._known.move_to_end(key)
            while len(self._known) > max(_KNOWN_KEYS, len(found)):
                self._known.popitem(last=False)
            return found if len(found) == len(keys) else None

    def _learn(self, key: bytes, runs: Sequence[int]) -> None:
        if is_tracking(key):
            self._known[key] = Ranges(runs)
        else:
            self._known[key].add(runs)
