"""The library's recorders of events, over the log of one application."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from threading import Event as Flag
from typing import Any, Final
from uuid import UUID

from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    IntegrityError,
    InternalError,
    Notification,
    ProcessRecorder,
    StoredEvent,
    Tracking,
)

from .commits import Commit, Event
from .keys import OriginatorIDType, OriginatorKeys, tracking_key
from .log import Log
from .selection import selected
from .subscription import DynamoDBSubscription

_COMMITS_AT_ONCE: Final = 100


class DynamoDBAggregateRecorder(AggregateRecorder):
    """Stores events of originators; what is inserted at once is one item."""

    def __init__(self, log: Log, *, originator_id_type: OriginatorIDType = "uuid") -> None:
        self.log = log
        self._keys = OriginatorKeys(originator_id_type)

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        """Store events, all or none; raise IntegrityError if a version is stored already."""
        self._insert(stored_events, **kwargs)
        return None

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """Return an originator's events by version, as they are at this moment."""
        key = self._keys.key(originator_id)
        runs = self.log.runs([key])[key]
        wanted = selected(runs, gt=gt, lte=lte, desc=desc, limit=limit)
        found: list[StoredEvent] = []
        while some := list(islice(wanted, _COMMITS_AT_ONCE)):
            commits = self.log.commits({commit for commit, _ in some})
            for commit, versions in some:
                found += self._of(commits[commit], key, versions)
        return found

    def _insert(
        self, stored_events: Sequence[StoredEvent], tracking: Tracking | None = None, **_: Any
    ) -> Sequence[int]:
        events = [
            Event(self._keys.key(e.originator_id), e.originator_version, e.topic, e.state)
            for e in stored_events
        ]
        if len({(event.key, event.version) for event in events}) < len(events):
            raise IntegrityError("expected each version of an originator once among new events")
        tracked = {} if tracking is None else {tracking.application_name: tracking.notification_id}
        if not events and not tracked:
            return []
        first = self.log.append(events, tracked).first
        return range(first, first + len(events))

    def _of(self, commit: Commit, key: bytes, versions: Iterable[int]) -> Iterator[StoredEvent]:
        events = {event.version: event for event in commit.events if event.key == key}
        for version in versions:
            if version not in events:
                raise InternalError(
                    f"the index of {self.log.name} names version {version} in a commit without "
                    f"it: remove its items (pk {self.log.name}#.index.*), they are built again"
                )
            event = events[version]
            yield StoredEvent(self._keys.originator_id(key), version, event.topic, event.state)


class DynamoDBApplicationRecorder(DynamoDBAggregateRecorder, ApplicationRecorder):
    """Stores events in one sequence: notification ids from 1, without gaps, in commit order."""

    def __init__(self, log: Log, *, originator_id_type: OriginatorIDType = "uuid") -> None:
        super().__init__(log, originator_id_type=originator_id_type)
        self._listeners: set[Flag] = set()

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        """Store events, all or none, and return their notification ids."""
        # What an application without tracking is told of it, it leaves, as the library's own do.
        kwargs.pop("tracking", None)
        return self._insert_and_notify(stored_events, **kwargs)

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Return notifications from `start` to `stop`, those of some topics if any are named."""
        first = max((start or 0) + (not inclusive_of_start and start is not None), 1)
        # A commit has an event at least, so no more are needed; of unknown topics, who knows.
        commits = self.log.holding(first, stop, limit=None if topics else limit)
        found = (
            notification
            for commit in commits
            for notification in self.notifications(commit, topics)
            if notification.id >= first and (stop is None or notification.id <= stop)
        )
        return list(islice(found, limit))

    def max_notification_id(self) -> int | None:
        """Return the highest notification id at this moment, None if there is none."""
        return self.log.last() or None

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> DynamoDBSubscription:
        """Return an iterator over notifications above `gt` that waits for those to come."""
        return DynamoDBSubscription(self, gt=gt, topics=topics)

    def notifications(self, commit: Commit, topics: Collection[str]) -> Iterator[Notification]:
        """Yield a commit's notifications, those of some topics if any are named."""
        for number, event in enumerate(commit.events, commit.first):
            if not topics or event.topic in topics:
                yield Notification(
                    id=number,
                    originator_id=self._keys.originator_id(event.key),
                    originator_version=event.version,
                    topic=event.topic,
                    state=event.state,
                )

    def listen(self, flag: Flag) -> None:
        """Set a flag after each insertion by this recorder."""
        self._listeners.add(flag)

    def unlisten(self, flag: Flag) -> None:
        """Set the flag no more."""
        self._listeners.discard(flag)

    def _insert_and_notify(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int]:
        ids = self._insert(stored_events, **kwargs)
        for listener in tuple(self._listeners):
            listener.set()
        return list(ids)


class DynamoDBProcessRecorder(DynamoDBApplicationRecorder, ProcessRecorder):
    """Stores events and what was processed for them in the same item."""

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        """Store events and `tracking`, all or none; raise IntegrityError if either is there."""
        return self._insert_and_notify(stored_events, **kwargs)

    def insert_tracking(self, tracking: Tracking) -> None:
        """Store that a notification was processed; raise IntegrityError if it was already."""
        self._insert([], tracking=tracking)

    def max_tracking_id(self, application_name: str) -> int | None:
        """Return the highest notification id that was processed, None if there is none."""
        key = tracking_key(application_name)
        runs = self.log.runs([key])[key]
        return runs[-1] if runs else None
