"""What must hold when everything has come to rest, whatever went wrong on the way."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from lqe.adapters.dynamodb.commits import commit_of
from lqe.adapters.dynamodb.tables import CONNECTIONS, ENTITIES, EVENTS, SNAPSHOTS
from lqe.fold import Snapshot
from lqe.names import REGISTRY
from lqe.ports.cursors import Cursor
from lqe.ports.log import Commit
from tests.simulation import records, told
from tests.simulation.plain import Plain, replayed
from tests.simulation.stops import Broken

if TYPE_CHECKING:
    from tests.simulation.cloud import Cloud
    from tests.simulation.players import Client

World = tuple[str, str]
_cursor = msgspec.msgpack.Decoder(Cursor).decode
_hot = msgspec.msgpack.Decoder(tuple[list[str], dict[str, object]]).decode


def check(cloud: "Cloud", worlds: Sequence[World], clients: "Sequence[Client]") -> int:
    """Hold everything against the plain folds of the logs; return how many events there are."""
    _every_key_is_of_one_of(cloud, worlds)
    _nothing_comes_again_for_nothing(cloud)
    total = 0
    for world in worlds:
        key = f"{world[0]}#{world[1]}"
        mine = [c for c in clients if (c.tenant, c.world) == world]
        commits = _log(cloud, key)
        plain = Plain(commits, _looks(cloud, key, mine))
        sent = records.queued(cloud, key)
        records.check(cloud, key, sent, commits, plain)
        _cursor_is_at_the_head(cloud, key, plain)
        _snapshots_are_those_of_the_log(cloud, world, plain)
        _hot_entities_are_those_of_the_newest_keyframe(cloud, key, plain)
        told.signals(cloud, world, plain)
        told.observers(cloud, key, plain)
        told.bill(cloud, world, commits, plain)
        for client in mine:
            told.client(client, sent, plain)
            told.presence(cloud, client, plain)
        report = replayed(*world, commits, _Stored(cloud, world[0]))
        if report.unattested:
            raise Broken(f"{key}: nobody attested the keyframes {report.unattested}")
        total += len(plain.events)
    return total


class _Stored:
    """The objects of one tenant, for the auditor's tool."""

    def __init__(self, cloud: "Cloud", tenant: str) -> None:
        self._cloud, self._tenant = cloud, tenant

    def get(self, name: str) -> bytes | None:
        return self._cloud.s3.objects.get(f"{self._tenant}/{name}")


def _log(cloud: "Cloud", key: str) -> list[Commit]:
    """Return a world's commits; between them there is no gap, and no position has two events."""
    items = cloud.dynamodb.tables[EVENTS].get(key, {})
    commits = [commit_of(items[first]) for first in sorted(items)]
    following = 0
    for commit in commits:
        if commit.first != following:
            raise Broken(f"{key}: expected a commit at {following}, there is one at {commit.first}")
        following = commit.last + 1
    if not commits:
        raise Broken(f"{key}: the world was opened, and its log is empty")
    return commits


def _looks(cloud: "Cloud", key: str, clients: "Sequence[Client]") -> dict[int, set[str]]:
    """Return which positions somebody saw, with who it was."""
    looks: dict[int, set[str]] = {}
    for client in clients:
        for seen in client.seen:
            looks.setdefault(seen.position, set()).add(client.player)
    return looks


def _every_key_is_of_one_of(cloud: "Cloud", worlds: Sequence[World]) -> None:
    keys = {f"{tenant}#{world}" for tenant, world in worlds}
    of_tenants = {
        EVENTS: {f"{tenant}#{REGISTRY}" for tenant, _ in worlds},
        CONNECTIONS: {f"{tenant}#.rates" for tenant, _ in worlds},
    }
    for table in (EVENTS, SNAPSHOTS, ENTITIES, CONNECTIONS):
        strange = sorted(set(cloud.dynamodb.tables[table]) - keys - of_tenants.get(table, set()))
        if strange:
            raise Broken(f"{table} has items of {strange}, and there are {sorted(keys)}")
    places = tuple(f"{tenant}/snapshots/{world}/" for tenant, world in worlds)
    for name in cloud.s3.objects:
        if not name.startswith(places):
            raise Broken(f"the object {name} is of none of {sorted(keys)}")


def _nothing_comes_again_for_nothing(cloud: "Cloud") -> None:
    """Where nothing went wrong, every message was delivered once."""
    again = [m.id for m in cloud.sqs.accepted if m.received > 1]
    if again and not cloud.chance.faults:
        raise Broken(f"nothing went wrong, and {again} had to come again")


def _cursor_is_at_the_head(cloud: "Cloud", key: str, plain: Plain) -> None:
    item = cloud.dynamodb.tables[SNAPSHOTS].get(key, {}).get("cursor")
    cursor = _cursor(item["body"]["B"]) if item is not None else Cursor()
    if cursor.quarantine:
        raise Broken(f"{key} is in quarantine: {cursor.quarantine}")
    if cursor.position != plain.head:
        raise Broken(f"{key}: the cursor is at {cursor.position}, the log ends at {plain.head}")
    newest = max(plain.keyframes)
    expected = (newest, plain.keyframes[newest], plain.totals(plain.head))
    if (cursor.snapshot, cursor.digest, msgspec.to_builtins(cursor.usage)) != expected:
        raise Broken(f"{key}: the cursor says {cursor}, the log {expected}")


def _snapshots_are_those_of_the_log(cloud: "Cloud", world: World, plain: Plain) -> None:
    place = f"{world[0]}/snapshots/{world[1]}/"
    stored = {
        int(name.removeprefix(place)): Snapshot.decode(data).header.digest
        for name, data in cloud.s3.objects.items()
        if name.startswith(place)
    }
    if stored != plain.keyframes:
        raise Broken(f"{world}: the snapshots are {stored}, the keyframes {plain.keyframes}")


def _hot_entities_are_those_of_the_newest_keyframe(cloud: "Cloud", key: str, plain: Plain) -> None:
    """What did not change since may say an older position; none may be missing or left over."""
    items = cloud.dynamodb.tables[ENTITIES].get(key, {})
    kept = {entity: _hot(item["body"]["B"]) for entity, item in items.items()}
    ours = {entity: (hot.tags, hot.components) for entity, hot in plain.hot.items()}
    if kept != ours:
        raise Broken(f"{key}: the hot entities are {kept}, ought to be {ours}")
    late = [e for e, item in items.items() if int(item["as_of"]["N"]) > plain.hot[e].position]
    if late:
        raise Broken(f"{key}: the entities {late} are of later than the newest keyframe")
