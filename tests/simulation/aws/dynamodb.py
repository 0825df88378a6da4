"""DynamoDB: tables of `pk` and `sk`, the few expressions that the adapters use, a stream."""

# ruff: noqa: N803 - arguments are called as those of the clients of boto3

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from tests.simulation.aws.errors import refusal

Item = dict[str, Any]
Values = Mapping[str, Any]
MAX_ITEM_BYTES: Final = 400 * 1024
_CAPACITY: Final = {"ConsumedCapacity": {"CapacityUnits": 1.0}}
_HISTORY: Final = 8


def _whole(value: Any) -> int:
    return int(value["N"])


# Every condition of a write that the adapters know; `old` is the item that is there.
CONDITIONS: Final[Mapping[str, Callable[[Item | None, Values], bool]]] = {
    "": lambda *_: True,
    "attribute_not_exists(pk)": lambda old, _: old is None,
    "attribute_exists(pk)": lambda old, _: old is not None,
    "body = :old": lambda old, values: old is not None and old.get("body") == values[":old"],
    "attribute_not_exists(pk) OR as_of <= :as_of": lambda old, values: (
        old is None or ("as_of" in old and _whole(old["as_of"]) <= _whole(values[":as_of"]))
    ),
    "attribute_not_exists(pk) OR full_ns <= :now": lambda old, values: (
        old is None or ("full_ns" in old and _whole(old["full_ns"]) <= _whole(values[":now"]))
    ),
    "full_ns BETWEEN :now AND :latest": lambda old, values: (
        old is not None
        and "full_ns" in old
        and _whole(values[":now"]) <= _whole(old["full_ns"]) <= _whole(values[":latest"])
    ),
}
# Every change of an update.
CHANGES: Final[Mapping[str, Callable[[Item, Values], None]]] = {
    "SET heard = :heard": lambda item, values: item.update(heard=values[":heard"]),
    "SET asks = :asks": lambda item, values: item.update(asks=values[":asks"]),
    "SET full_ns = :full, expires = :expires": lambda item, values: item.update(
        full_ns=values[":full"], expires=values[":expires"]
    ),
    "SET full_ns = full_ns + :cost, expires = :expires": lambda item, values: item.update(
        full_ns={"N": str(_whole(item["full_ns"]) + _whole(values[":cost"]))},
        expires=values[":expires"],
    ),
}
# Every condition of a query; `sk` is compared in the order of its type.
RANGES: Final[Mapping[str, Callable[[Any, Values], bool]]] = {
    "pk = :pk": lambda *_: True,
    "pk = :pk AND sk <= :start": lambda sk, values: sk <= _key(values[":start"]),
    "pk = :pk AND sk >= :start": lambda sk, values: sk >= _key(values[":start"]),
    "pk = :pk AND sk BETWEEN :start AND :end": lambda sk, values: (
        _key(values[":start"]) <= sk <= _key(values[":end"])
    ),
    "pk = :pk AND begins_with(sk, :prefix)": lambda sk, values: sk.startswith(
        values[":prefix"]["S"]
    ),
}
_WRITE: Final = frozenset(
    {"TableName", "ReturnConsumedCapacity", "ReturnValuesOnConditionCheckFailure",
     "ConditionExpression", "ExpressionAttributeValues"}
)  # fmt: skip
_GET: Final = frozenset({"ConsistentRead", "ReturnConsumedCapacity"})
_QUERY: Final = frozenset(
    {"TableName", "KeyConditionExpression", "ExpressionAttributeValues", "ConsistentRead",
     "ScanIndexForward", "ReturnConsumedCapacity", "ProjectionExpression", "Limit",
     "ExclusiveStartKey"}
)  # fmt: skip


class DynamoDB:
    """The tables, and who hears of new items. `sorts` is the type of each table's `sk`.

    A read that is not consistent may be some writes behind; `lag` says how many at the moment.
    """

    def __init__(
        self,
        sorts: Mapping[str, str],
        inserted: Callable[[str, Item], None] = lambda *_: None,
        *,
        page: int = 100,
        lag: Callable[[], int] = lambda: 1,
    ) -> None:
        self.tables: dict[str, dict[str, dict[Any, Item]]] = {name: {} for name in sorts}
        self._sorts = sorts
        self._inserted = inserted
        self._page = page
        self._lag = lag
        self._before: dict[tuple[str, str], list[tuple[Any, Item | None]]] = {}

    def put_item(self, *, Item: Item, **asked: Any) -> Any:
        """Put an item if the condition holds."""
        _check(asked, _WRITE)
        self._check_item(asked["TableName"], Item)
        old = self._old("PutItem", asked, Item)
        self._store(asked["TableName"], Item, old)
        return _CAPACITY

    def update_item(self, *, Key: Item, UpdateExpression: str, **asked: Any) -> Any:
        """Change an item if the condition holds."""
        _check(asked, _WRITE)
        self._check_key(asked["TableName"], Key)
        old = self._old("UpdateItem", asked, Key)
        changed = _copied(old) if old is not None else dict(Key)
        CHANGES[UpdateExpression](changed, asked["ExpressionAttributeValues"])
        self._store(asked["TableName"], changed, old)
        return _CAPACITY

    def delete_item(self, *, Key: Item, **asked: Any) -> Any:
        """Delete an item, if it is there and the condition holds."""
        _check(asked, _WRITE)
        self._check_key(asked["TableName"], Key)
        old = self._old("DeleteItem", asked, Key)
        partition, sk = self._place(asked["TableName"], Key)
        self._remember(asked["TableName"], Key, old)
        partition.pop(sk, None)
        return _CAPACITY

    def get_item(self, *, TableName: str, Key: Item, **asked: Any) -> Any:
        """Return an item, if it is there; an older one unless the read is consistent."""
        _check(asked, _GET)
        self._check_key(TableName, Key)
        consistent = asked.get("ConsistentRead", False)
        partition = self._seen(TableName, Key["pk"]["S"], consistent=consistent)
        found = partition.get(_key(Key["sk"]))
        return _CAPACITY if found is None else {"Item": _copied(found), **_CAPACITY}

    def query(self, **asked: Any) -> Any:
        """Return a page of a partition's items in the order of their sort key."""
        _check(asked, _QUERY)
        values = asked["ExpressionAttributeValues"]
        within = RANGES.get(asked["KeyConditionExpression"])
        assert within is not None, f"an unknown condition: {asked['KeyConditionExpression']!r}"
        consistent = asked.get("ConsistentRead", False)
        partition = self._seen(asked["TableName"], values[":pk"]["S"], consistent=consistent)
        forward = asked.get("ScanIndexForward", True)
        keys = sorted((sk for sk in partition if within(sk, values)), reverse=not forward)
        if "ExclusiveStartKey" in asked:
            last = _key(asked["ExclusiveStartKey"]["sk"])
            keys = [sk for sk in keys if (sk > last if forward else sk < last)]
        most = min(self._page, asked.get("Limit", self._page))
        items = [partition[sk] for sk in keys[:most]]
        answer: dict[str, Any] = {"Items": [*self._shown(items, asked)], **_CAPACITY}
        # As the service does: a page that is full says so also if it happens to be the last.
        if items and len(items) == most:
            answer["LastEvaluatedKey"] = {"pk": items[-1]["pk"], "sk": items[-1]["sk"]}
        return answer

    def _shown(self, items: list[Item], asked: Values) -> Iterator[Item]:
        wanted = asked.get("ProjectionExpression")
        assert wanted in (None, "sk"), f"an unknown projection: {wanted!r}"
        for item in items:
            yield {"sk": item["sk"]} if wanted else _copied(item)

    def _old(self, operation: str, asked: Values, key: Item) -> Item | None:
        condition = CONDITIONS.get(asked.get("ConditionExpression", ""))
        assert condition is not None, f"an unknown condition: {asked['ConditionExpression']!r}"
        partition, sk = self._place(asked["TableName"], key)
        old = partition.get(sk)
        if condition(old, asked.get("ExpressionAttributeValues", {})):
            return old
        shown = asked.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
        more: dict[str, Any] = {"Item": _copied(old)} if shown and old is not None else {}
        raise refusal(operation, "ConditionalCheckFailedException", **more)

    def _store(self, table: str, item: Item, old: Item | None) -> None:
        partition, sk = self._place(table, item)
        self._remember(table, item, old)
        partition[sk] = stored = _copied(item)
        if old != stored:  # a put that changes nothing is not in the stream
            self._inserted(table, stored)

    def _place(self, table: str, key: Item) -> tuple[dict[Any, Item], Any]:
        return self.tables[table].setdefault(key["pk"]["S"], {}), _key(key["sk"])

    def _remember(self, table: str, key: Item, old: Item | None) -> None:
        before = self._before.setdefault((table, key["pk"]["S"]), [])
        before.append((_key(key["sk"]), old))
        del before[:-_HISTORY]

    def _seen(self, table: str, pk: str, *, consistent: bool) -> dict[Any, Item]:
        now = self.tables[table].get(pk, {})
        if consistent:
            return now
        past = dict(now)
        writes = self._before.get((table, pk), [])
        for sk, old in reversed(writes[max(0, len(writes) - self._lag()) :]):
            past.pop(sk, None)
            if old is not None:
                past[sk] = old
        return past

    def _check_key(self, table: str, key: Item) -> None:
        assert set(key) == {"pk", "sk"}, f"a key has pk and sk, not {sorted(key)}"
        self._check_item(table, key)

    def _check_item(self, table: str, item: Item) -> None:
        assert item["pk"].get("S"), f"pk is no text: {item['pk']}"
        assert item["sk"].get(self._sorts[table]), f"sk is no {self._sorts[table]}: {item['sk']}"
        size = 0
        for name, value in item.items():
            ((kind, content),) = value.items()
            assert kind in ("S", "N", "B", "SS"), f"an attribute of an unknown type: {kind}"
            assert isinstance(content, {"B": bytes, "SS": list}.get(kind, str)), (kind, content)
            size += len(name) + (sum(map(len, content)) if kind == "SS" else len(content))
        if size > MAX_ITEM_BYTES:
            raise refusal("PutItem", "ValidationException")


def _copied(item: Item) -> Item:
    return {name: dict(value) for name, value in item.items()}


def _key(value: Mapping[str, str]) -> Any:
    """Return a sort key as a value that compares as the service compares it."""
    return int(value["N"]) if "N" in value else value["S"]


def _check(asked: Values, known: frozenset[str]) -> None:
    assert known >= set(asked), f"unknown parameters: {sorted(set(asked) - known)}"
