"""The log port on DynamoDB: one conditional put a commit, in the partition of its world.

A successful put says only that its key was free. That its events follow on what is stored is known
because the writer starts where it knows a commit to end: from its own put, from the winner of a
lost race, or from a consistent read.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

from lqe.errors import BadInput, Conflict, Gap, LedgerQuestError, LimitExceeded, Unavailable
from lqe.names import check_tenant, check_world, group
from lqe.ports.log import Commit, Record

from .commits import commit_item, commit_of
from .table import Item, Table, number, number_of

_FREE = "attribute_not_exists(pk)"
# How far back a redelivered message is looked for. A FIFO queue delivers nothing else of a world
# while one of its messages is not settled, so only writers that overlap come in between.
_RECENT_COMMITS = 64
_REMEMBERED = 10_000


class _World:
    def __init__(self, table: Table, pk: str) -> None:
        self._table = table
        self._pk = pk

    def head(self) -> int:
        newest = next(self._table.query(self._pk, newest_first=True, limit=1), None)
        return -1 if newest is None else number_of(newest, "last", -1)

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[Record]:
        start = max(start, 0)
        if stop is not None and stop <= start:
            return
        following: int | None = None
        for item in self._items(start, stop):
            commit = commit_of(item)
            if following is not None and commit.first != following:
                raise Gap(
                    f"{self._pk}: expected a commit at {following}, got one at {commit.first}"
                )
            following = commit.last + 1
            for position, (name, data) in enumerate(
                zip(commit.names, commit.events, strict=True), commit.first
            ):
                if start <= position and (stop is None or position < stop):
                    yield Record(position, name, data)

    def places(self, messages: Collection[str]) -> Mapping[str, int]:
        found: dict[str, int] = {}
        for item in self._table.query(self._pk, newest_first=True, limit=_RECENT_COMMITS):
            here = commit_of(item).places()
            found.update((m, here[m]) for m in messages if m in here)
            if len(found) == len(set(messages)):
                break
        return found

    def _items(self, start: int, stop: int | None) -> Iterator[Item]:
        """Yield the commits that hold the positions; the first may begin before `start`."""
        before = self._table.query(
            self._pk, "sk <= :start", {":start": number(start)}, newest_first=True, limit=1
        )
        found = next(before, None)
        if found is None:
            if self.head() >= 0:
                raise Gap(f"{self._pk}: nothing is stored at {start}, and later commits are")
            return
        yield found
        after = number_of(found, "last") + 1
        if stop is None:
            yield from self._table.query(self._pk, "sk >= :start", {":start": number(after)})
        elif after < stop:
            yield from self._table.query(
                self._pk,
                "sk BETWEEN :start AND :end",
                {":start": number(after), ":end": number(stop - 1)},
            )


class _Tenant:
    def __init__(self, table: Table, tenant: str) -> None:
        self._table = table
        self._tenant = tenant
        self._ends: dict[str, int] = {}

    def world(self, name: str) -> _World:
        return _World(self._table, group(self._tenant, check_world(name)))

    def append(self, commits: Sequence[Commit]) -> list[LedgerQuestError | None]:
        results: list[LedgerQuestError | None] = []
        failed: set[str] = set()
        for commit in commits:
            error: LedgerQuestError | None
            if commit.world in failed:
                error = Gap(f"{commit.world}: the commit before {commit.first} was not stored")
            else:
                error = self._store(commit)
            if error is not None:
                failed.add(commit.world)
            results.append(error)
        return results

    def _store(self, commit: Commit) -> LedgerQuestError | None:
        world, first = commit.world, commit.first
        try:
            item = commit_item(self._tenant, commit)
            if self._ends.get(world) != first - 1:
                self._ends[world] = self.world(world).head()
            end = self._ends[world]
            if end >= first:
                return Conflict(f"{world}: position {first} is taken, the log ends at {end}")
            if end < first - 1:
                return Gap(f"{world}: expected position {end + 1}, got {first}")
            there = self._table.put(item, condition=_FREE)
            winner = commit if there is None else commit_of(there)
        except Unavailable as error:
            self._ends.pop(world, None)
            return error
        except (LimitExceeded, BadInput) as error:
            return error
        if len(self._ends) >= _REMEMBERED:
            self._ends.clear()
        self._ends[world] = winner.last
        if _content(winner) == _content(commit):
            # Stored now, or before by a request whose answer was lost.
            return None
        return Conflict(f"{world}: another writer holds position {first}", winner)


def _content(commit: Commit) -> tuple[object, ...]:
    return (commit.first, list(commit.events), list(commit.origins), commit.tick, commit.at_us)


class DynamoLogs:
    """The logs of all tenants in one table, a partition a world."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._tenants: dict[str, _Tenant] = {}

    def tenant(self, name: str) -> _Tenant:
        """Return the logs of one tenant."""
        known = self._tenants.get(name)
        if known is None:
            table = self._table.tenant(check_tenant(name))
            known = self._tenants[name] = _Tenant(table, name)
        return known
