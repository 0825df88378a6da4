"""Notifications as they come: this process's own at once, those of others by asking."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from eventsourcing.persistence import (
    ListenNotifySubscription,
    ShutDown,  # type: ignore[attr-defined,unused-ignore] # the library's own before Python 3.13
)

if TYPE_CHECKING:
    from .recorders import DynamoDBApplicationRecorder

_FIRST_PAUSE_S: Final = 0.05
_LONGEST_PAUSE_S: Final = 1.0
_COMMITS_AT_ONCE: Final = 100


class DynamoDBSubscription(ListenNotifySubscription["DynamoDBApplicationRecorder"]):
    """Follows the log commit by commit.

    The log's end is asked for what lies behind it. As long as nothing does, the pause before the
    next question doubles, up to a second; what the same recorder inserts ends the pause.
    """

    def __init__(
        self,
        recorder: "DynamoDBApplicationRecorder",
        gt: int | None = None,
        topics: Sequence[str] = (),
    ) -> None:
        self._after = gt or 0
        self._next: int | None = None
        super().__init__(recorder=recorder, gt=gt, topics=topics)
        recorder.listen(self._has_been_notified)

    def stop(self) -> None:
        """End the iteration."""
        super().stop()
        self._recorder.unlisten(self._has_been_notified)

    def _loop_on_pull(self) -> None:
        pause = _FIRST_PAUSE_S
        try:
            while True:
                self._has_been_notified.clear()
                if self._has_been_stopped:
                    return
                if self._read_on():
                    pause = _FIRST_PAUSE_S
                else:
                    self._has_been_notified.wait(pause)
                    pause = min(2 * pause, _LONGEST_PAUSE_S)
        except ShutDown:
            return  # stopped while there was no room for more
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that iterates
            self._thread_error = error
            self.stop()

    def _read_on(self) -> bool:
        """Queue the next notifications; return whether there were any commits."""
        if self._next is None:
            self._next = self._recorder.log.beginning(self._after + 1)
        commits = list(self._recorder.log.starting(self._next, limit=_COMMITS_AT_ONCE))
        found = [
            notification
            for commit in commits
            for notification in self._recorder.notifications(commit, self._topics)
            if notification.id > self._after
        ]
        if found:
            self._notifications_queue.put(found)
        before = self._next
        self._next = commits[-1].last + 1 if commits else before
        return self._next > before
