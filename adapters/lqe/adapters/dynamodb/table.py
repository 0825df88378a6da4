"""One DynamoDB table: the few calls that the adapters make, each with its consumed capacity."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from botocore.exceptions import ClientError

from lqe.adapters.aws.errors import outside
from lqe.adapters.aws.pauses import PAUSES_S, sleep
from lqe.errors import Unavailable

# How many keys the service takes in one BatchGetItem.
_BATCH = 100

_REFUSED = "ConditionalCheckFailedException"
Item = dict[str, Any]
Value = dict[str, Any]


class Spent(msgspec.Struct):
    """Capacity units that calls consumed, as the service counts them."""

    reads: float = 0.0
    writes: float = 0.0


def text(value: str) -> Value:
    """Return a string attribute."""
    return {"S": value}


def number(value: int) -> Value:
    """Return a whole-number attribute."""
    return {"N": str(value)}


def binary(value: bytes) -> Value:
    """Return a bytes attribute."""
    return {"B": value}


def number_of(item: Item, name: str, default: int = 0) -> int:
    """Return a whole-number attribute of an item."""
    return int(item[name]["N"]) if name in item else default


class Table:
    """A table with the keys `pk` and `sk`, through a client of boto3's. Reads are consistent.

    `spent` adds up what the calls cost. Raises Unavailable as `lqe.adapters.aws.outside` says.
    Handles of a tenant work on `tenant(name)`, which has the client that `of_tenant` gives for it.
    """

    def __init__(
        self, client: Any, name: str, *, of_tenant: Callable[[str], Any] | None = None
    ) -> None:
        self.name = name
        self.spent = Spent()
        self._client = client
        self._of_tenant = of_tenant

    def tenant(self, name: str) -> "Table":
        """Return the table for one tenant's keys; raise Refused if they may not be had here."""
        if self._of_tenant is None:
            return self
        table = Table(self._of_tenant(name), self.name)
        table.spent = self.spent
        return table

    def put(
        self, item: Item, *, condition: str = "", values: Mapping[str, Value] | None = None
    ) -> Item | None:
        """Put an item; if `condition` fails, put nothing and return the item that is there."""
        more: dict[str, Any] = {}
        if condition:
            more["ConditionExpression"] = condition
            more["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        if values:
            more["ExpressionAttributeValues"] = dict(values)
        return self._write(self._client.put_item, {"Item": item}, more)

    def update(
        self,
        key: Item,
        change: str,
        values: Mapping[str, Value],
        *,
        condition: str = "",
    ) -> Item | None:
        """Change an item; if `condition` fails, change nothing and return the item that is there.

        An item that is not there and ought to be is returned as an empty one.
        """
        more: dict[str, Any] = {
            "UpdateExpression": change,
            "ExpressionAttributeValues": dict(values),
        }
        if condition:
            more["ConditionExpression"] = condition
            more["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        return self._write(self._client.update_item, {"Key": key}, more)

    def delete(
        self, key: Item, *, condition: str = "", values: Mapping[str, Value] | None = None
    ) -> bool:
        """Delete an item if it is there; say False, and change nothing, if `condition` fails."""
        more: dict[str, Any] = {}
        if condition:
            more["ConditionExpression"] = condition
        if values:
            more["ExpressionAttributeValues"] = dict(values)
        return self._write(self._client.delete_item, {"Key": key}, more) is None

    def take(self, key: Item) -> Item | None:
        """Delete an item and return it as it was, to one caller alone; None if it is not there."""
        try:
            # The condition lets one of several succeed: a delete without one always does.
            answer = self._change(
                self._client.delete_item,
                Key=key,
                ConditionExpression="attribute_exists(pk)",
                ReturnValues="ALL_OLD",
            )
        except ClientError:
            return None
        item: Item = answer["Attributes"]
        return item

    def get(self, key: Item) -> Item | None:
        """Return an item as it is now, or None."""
        with outside(f"reading {self.name}"):
            answer = self._client.get_item(
                TableName=self.name, Key=key, ConsistentRead=True, ReturnConsumedCapacity="TOTAL"
            )
        self._read(answer)
        item: Item | None = answer.get("Item")
        return item

    def query(
        self,
        pk: str,
        condition: str = "",
        values: Mapping[str, Value] | None = None,
        *,
        newest_first: bool = False,
        limit: int | None = None,
        project: str = "",
    ) -> Iterator[Item]:
        """Yield the items of a partition whose `sk` meets `condition`, page by page, in order."""
        asked: dict[str, Any] = {
            "TableName": self.name,
            "KeyConditionExpression": "pk = :pk" + (f" AND {condition}" if condition else ""),
            "ExpressionAttributeValues": {":pk": text(pk), **(values or {})},
            "ConsistentRead": True,
            "ScanIndexForward": not newest_first,
            "ReturnConsumedCapacity": "TOTAL",
        }
        if project:
            asked["ProjectionExpression"] = project
        left = limit
        while True:
            if left is not None:
                asked["Limit"] = left
            with outside(f"reading {self.name}"):
                answer = self._client.query(**asked)
            self._read(answer)
            yield from answer["Items"]
            if left is not None:
                left -= len(answer["Items"])
            if "LastEvaluatedKey" not in answer or left == 0:
                return
            asked["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _write(self, call: Any, subject: dict[str, Any], more: dict[str, Any]) -> Item | None:
        try:
            self._change(call, **subject, **more)
        except ClientError as error:
            there: Item = error.response.get("Item", {})
            return there
        return None

    def _change(self, call: Any, **asked: Any) -> dict[str, Any]:
        """Return what a writing call answers; raise ClientError if its condition fails."""
        with outside(f"writing {self.name}", answers=(_REFUSED,)):
            answer: dict[str, Any] = call(
                TableName=self.name, ReturnConsumedCapacity="TOTAL", **asked
            )
        self.spent.writes += answer.get("ConsumedCapacity", {}).get("CapacityUnits", 0.0)
        return answer

    def _read(self, answer: dict[str, Any]) -> None:
        self.spent.reads += answer.get("ConsumedCapacity", {}).get("CapacityUnits", 0.0)

    def get_many(self, keys: Sequence[Item]) -> list[Item]:
        """Return those items that are there, as they are now, in no order."""
        found: list[Item] = []
        for first in range(0, len(keys), _BATCH):
            asked = list(keys[first : first + _BATCH])
            for pause in (*PAUSES_S, 0.0):
                with outside(f"reading {self.name}"):
                    answer = self._client.batch_get_item(
                        RequestItems={self.name: {"Keys": asked, "ConsistentRead": True}},
                        ReturnConsumedCapacity="TOTAL",
                    )
                for capacity in answer.get("ConsumedCapacity", []):
                    self.spent.reads += capacity.get("CapacityUnits", 0.0)
                found += answer["Responses"].get(self.name, [])
                left = answer.get("UnprocessedKeys", {}).get(self.name)
                if not left:
                    break
                if len(left["Keys"]) == len(asked):  # what is left for size alone needs no pause
                    sleep(pause)
                asked = left["Keys"]
            else:
                raise Unavailable(f"reading {self.name}: {len(asked)} keys left; try again later")
        return found
