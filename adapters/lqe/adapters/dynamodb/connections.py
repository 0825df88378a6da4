"""The connections port on DynamoDB: an item a connection, in the partition of its world.

`opened`, `heard` and `until` are microseconds. `expires` is for the table's time to live, in
seconds: the service ends a connection after two hours, and does not always say so.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from lqe.names import check_tenant, check_world, group
from lqe.ports.push import HEARD_EVERY_US, Connection

from .table import Item, Table, number, number_of, text

LIFE_S: Final = 2 * 3_600 + 600
_REMEMBERED = 10_000
_SECOND_US = 1_000_000


class DynamoConnections:
    """The connections of all worlds in one table.

    That a client was heard is written at most every `HEARD_EVERY_US` by each process.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        self._heard: dict[str, int] = {}
        self._known: dict[str, tuple[Connection, int]] = {}

    def of(self, tenant: str, world: str) -> Sequence[Connection]:
        """Return the connections of a world, in the order they came."""
        items = sorted(self._items(tenant, world), key=lambda i: (number_of(i, "opened"), _id(i)))
        found = [
            Connection(
                _id(item),
                tenant,
                world,
                item["player"]["S"],
                item["session"]["S"],
                bool(number_of(item, "asks")),
                number_of(item, "until"),
            )
            for item in items
        ]
        if len(self._known) + len(found) > _REMEMBERED:
            self._known.clear()
        opened = (number_of(item, "opened") for item in items)
        self._known.update((c.id, (c, us)) for c, us in zip(found, opened, strict=True))
        return found

    def known(self, connection_id: str) -> tuple[Connection, int] | None:
        """Return a connection that `of` returned lately, and when it was opened, by its id."""
        return self._known.get(connection_id)

    def add(self, connection: Connection, now_us: int) -> None:
        """Take in a connection that was just opened."""
        item = _key(connection) | {
            "player": text(connection.player),
            "session": text(connection.session),
            "opened": number(now_us),
            "heard": number(now_us),
            "until": number(connection.until_us),
            "expires": number(now_us // _SECOND_US + LIFE_S),
        }
        self._of(connection).put(item)
        self._remember(connection, now_us)

    def remove(self, connection: Connection) -> None:
        """Forget a connection; one that is not known is forgotten already."""
        self._of(connection).delete(_key(connection))
        self._heard.pop(connection.id, None)
        self._known.pop(connection.id, None)

    def heard(self, connection: Connection, now_us: int) -> bool:
        """Note that a client is there, and say whether it had to be; who is forgotten stays so."""
        known_us = self._heard.get(connection.id)
        if known_us is not None and now_us - known_us < HEARD_EVERY_US:
            return False
        gone = self._of(connection).update(
            _key(connection),
            "SET heard = :heard",
            {":heard": number(now_us)},
            condition="attribute_exists(pk)",
        )
        self._remember(connection, now_us)
        return gone is None

    def ask(self, connection: Connection) -> None:
        """Let the next thing that a fold tells a connection be its whole view."""
        self._mark(connection, asks=1)

    def answered(self, connection: Connection) -> None:
        """Note that a connection has its view."""
        self._mark(connection, asks=0)

    def _mark(self, connection: Connection, *, asks: int) -> None:
        self._of(connection).update(
            _key(connection),
            "SET asks = :asks",
            {":asks": number(asks)},
            condition="attribute_exists(pk)",
        )

    def awake(self, tenant: str, world: str, since_us: int) -> bool:
        """Say whether anybody in a world was heard since then.

        Items that the table has not yet cleared away, though they had expired by then, say nothing.
        """
        return any(
            number_of(item, "heard") >= since_us
            and number_of(item, "expires") * _SECOND_US > since_us
            for item in self._items(tenant, world)
        )

    def _items(self, tenant: str, world: str) -> Iterator[Item]:
        pk = group(check_tenant(tenant), check_world(world))
        return self._table.tenant(tenant).query(pk)

    def _of(self, connection: Connection) -> Table:
        return self._table.tenant(check_tenant(connection.tenant))

    def _remember(self, connection: Connection, now_us: int) -> None:
        self._heard.pop(connection.id, None)
        self._heard[connection.id] = now_us
        if len(self._heard) > _REMEMBERED:
            del self._heard[next(iter(self._heard))]


def _id(item: Item) -> str:
    return str(item["sk"]["S"])


def _key(connection: Connection) -> Item:
    pk = group(check_tenant(connection.tenant), check_world(connection.world))
    return {"pk": text(pk), "sk": text(connection.id)}
