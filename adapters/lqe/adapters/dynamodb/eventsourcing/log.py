"""The log of one application: what it holds, and the one way of adding to it.

A put succeeds only where the log ends, as its writer knows it: from its own last put, from the
winner of a lost race, or from a consistent read. So notification ids have no gaps, are known at
once, and never appear behind one that was seen.
"""

import os
from collections.abc import Collection, Iterator, Sequence
from threading import Lock
from typing import Final

from eventsourcing.persistence import IntegrityError, InternalError

from lqe.adapters.aws.pauses import PAUSES_S, sleep
from lqe.adapters.dynamodb.table import Item, Table, binary, number, text
from lqe.errors import Unavailable

from .commits import TOKEN_BYTES, Commit, Event, commit_item, commit_of
from .entries import Entries, join
from .errors import translated
from .index import Index
from .keys import shown, tracking_key
from .places import bounds, segment_of
from .view import Sealed, View

_FREE: Final = "attribute_not_exists(pk)"
_MINE: Final = "tok = :there"
# Who is further behind than so many commits starts from the index again.
_BEHIND: Final = 500


class Log:
    """The commits of one application, in one partition of a table, for threads to share."""

    def __init__(self, table: Table, name: str) -> None:
        self.name = name
        self._table = table
        self._index = Index(table, name, self.starting)
        self._view = View()
        self._writing = Lock()

    def starting(
        self, first: int, last: int | None = None, limit: int | None = None
    ) -> Iterator[Commit]:
        """Yield the commits that begin at `first` or later, and not after `last`."""
        values = {":first": number(first)}
        condition = "sk >= :first"
        if last is not None:
            if last < first:
                return
            values[":last"] = number(last)
            condition = "sk BETWEEN :first AND :last"
        with translated():
            for item in self._table.query(self.name, condition, values, limit=limit):
                yield commit_of(item)

    def holding(
        self, first: int, last: int | None = None, limit: int | None = None
    ) -> Iterator[Commit]:
        """Yield the commits that hold any of the notification ids; the first may begin before."""
        at_end = first == self._view.last + 1  # the usual question: nothing begins before it
        found = None if at_end else self._newest(up_to=first)
        if found is not None and first <= found.last:
            yield found
            first = found.last + 1
        yield from self.starting(first, last, limit)

    def beginning(self, notification_id: int) -> int:
        """Return where the commit begins that holds a notification id, or will hold it at least."""
        found = self._newest(up_to=notification_id)
        if found is None:
            return 1
        return found.first if notification_id <= found.last else found.last + 1

    def commits(self, firsts: Collection[int]) -> dict[int, Commit]:
        """Return the commits that begin at these notification ids; they have to be there."""
        keys = [{"pk": text(self.name), "sk": number(first)} for first in firsts]
        with translated():
            found = [commit_of(item) for item in self._table.get_many(keys)]
        if len(found) != len(set(firsts)):
            raise InternalError(
                f"the index of {self.name} names commits that are not there: "
                f"remove its items (pk {self.name}#.index.*), it is then built from the log"
            )
        return {commit.first: commit for commit in found}

    def last(self) -> int:
        """Return the highest notification id at this moment, 0 if there is none."""
        self.catch_up()
        return self._view.last

    def runs(self, keys: Collection[bytes]) -> Entries:
        """Return what is stored under each key, as the index says it, at this moment."""
        self.catch_up()
        glance = self._view.glance(keys)
        found = self._index.find(keys, glance.segments)
        for key, runs in found.items():
            join(runs, key, glance.runs[key])
        return found

    def append(self, events: Sequence[Event], tracking: dict[str, int]) -> Commit:
        """Store events and tracking at once; raise IntegrityError if a version is taken."""
        token = os.urandom(TOKEN_BYTES)
        with self._writing:
            if not self._view.opened:
                self.catch_up()
            while True:
                # The end first: what is checked is then no older than where it is put.
                last, there = self._view.end()
                self._check(events, tracking, there)
                commit = Commit(last + 1, events, tracking, token)
                winner = self._put(commit if there is None else commit.on(there), there)
                sealed = self._view.take(winner)
                mine = winner.token == token
                self._keep(sealed, store=mine)
                if mine or winner.holds(token):
                    return winner
                self.catch_up()

    def catch_up(self) -> None:
        """Take in what others have stored."""
        if not self._view.opened:
            self._open()
            return
        read = 0
        for commit in self.starting(self._view.last + 1, limit=_BEHIND):
            self._keep(self._view.take(commit), store=False)
            read += 1
        if read == _BEHIND:
            self._open()

    def _open(self) -> None:
        newest = self._newest()
        end = 0 if newest is None else newest.last
        segments = segment_of(end + 1)
        tail = [commit.outline() for commit in self.starting(bounds(segments)[0])]
        self._view.open(segments, tail[0].first - 1 if tail else end, tail)

    def _newest(self, up_to: int | None = None) -> Commit | None:
        condition, values = ("", {}) if up_to is None else ("sk <= :sk", {":sk": number(up_to)})
        with translated():
            found = self._table.query(self.name, condition, values, newest_first=True, limit=1)
            item = next(found, None)
        return None if item is None else commit_of(item)

    def _keep(self, sealed: list[Sealed], *, store: bool) -> None:
        for segment, entries in sealed:
            self._index.keep(segment, entries, store=store)

    def _check(
        self, events: Sequence[Event], tracking: dict[str, int], there: Commit | None
    ) -> None:
        keys = {event.key for event in events} | {tracking_key(name) for name in tracking}
        while (known := self._view.known(keys)) is None:
            unknown = self._view.unknown(keys)
            glance = self._view.glance(unknown)
            found = self._index.find(unknown, glance.segments)
            for key, runs in found.items():
                join(runs, key, glance.runs[key])
            self._view.remember(glance, found)
        for event in events:
            if event.version in known[event.key]:
                raise IntegrityError(
                    f"version {event.version} of {shown(event.key)} is stored already: get the "
                    f"aggregate again and decide anew"
                )
        for name, position in tracking.items():
            highest = known[tracking_key(name)].highest
            if there is not None and name in there.tracking:
                highest = there.tracking[name]
            if highest is not None and position <= highest:
                raise IntegrityError(
                    f"expected a position of {name} after {highest}, got {position}: "
                    f"it was processed already"
                )

    def _put(self, commit: Commit, there: Commit | None) -> Commit:
        """Put a commit where the log ends; return what lies there then, it or another's."""
        item = commit_item(self.name, commit)
        values: Item = {} if there is None else {":there": binary(there.token)}
        condition = _MINE if values else _FREE
        with translated():
            try:
                found = self._table.put(item, condition=condition, values=values)
            except Unavailable:  # the client has tried several times; its last answer may be lost
                sleep(PAUSES_S[-1])
                found = self._table.put(item, condition=condition, values=values)
        return commit if found is None else commit_of(found)
