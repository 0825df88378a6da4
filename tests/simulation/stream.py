"""The stream of the log's table: shards, batches, retries, and every way of being in disorder."""

import base64
from typing import Any, Final
from zlib import crc32

from tests.simulation.aws.dynamodb import Item
from tests.simulation.chance import Chance

_MOST_TRIES: Final = 6


class StreamItem:
    """A change on its way. It gets its sequence number when it is read, in the order of reading."""

    def __init__(self, item: Item) -> None:
        self.label = f"{item['pk']['S']}:{item['sk']['N']}"
        self.sequence = ""
        self.tries = 0
        self._item = item

    def record(self) -> dict[str, Any]:
        """Return the change as a function receives it."""
        image = {
            name: {"B": base64.b64encode(value["B"]).decode()} if "B" in value else value
            for name, value in self._item.items()
        }
        return {
            "eventName": "INSERT",
            "eventSource": "aws:dynamodb",
            "dynamodb": {
                "Keys": {"pk": self._item["pk"], "sk": self._item["sk"]},
                "NewImage": image,
                "SequenceNumber": self.sequence,
                "StreamViewType": "NEW_IMAGE",
            },
        }


class Shard:
    """One shard: its records are read in order, one batch at a time."""

    def __init__(self, stream: "Stream", number: int) -> None:
        self.number = number
        self.items: list[StreamItem] = []
        self.leased = False
        self._most = 10
        self._stream = stream

    def lease(self, most: int) -> list[StreamItem]:
        """Return the next batch; the shard gives no other one until it is settled."""
        chance = self._stream.chance
        place = f"shard {self.number}"
        trimmed = chance.strikes(f"{place}, before a batch", ("trimmed",))
        if trimmed is not None:
            del self.items[: 1 + int(trimmed.amount * 8)]
        batch = self.items[: min(most, self._most)]
        for item in batch:
            item.sequence = item.sequence or self._stream.next_sequence()
        self.leased = bool(batch) and not chance.strikes(f"{place}, a batch", ("expired",))
        return batch

    def settle(self, batch: list[StreamItem], failed: list[str] | None) -> None:
        """Go on after a batch: behind it, or from its first failure; None is for all of it."""
        self.leased = False
        if failed is None:
            self._most = max(1, len(batch) // 2)
            self._try_again(batch)
            return
        self._most = 10
        numbers = [int(name) for name in failed if name]
        first = min(numbers, default=None)
        done = [item for item in batch if first is None or int(item.sequence) < first]
        if first is None and self._stream.chance.strikes(
            f"shard {self.number}, a batch that is done", ("delivered again",)
        ):
            return
        self._drop(done)
        self._try_again([item for item in batch if item not in done])

    def _try_again(self, items: list[StreamItem]) -> None:
        for item in items:
            item.tries += 1
        # What failed so often goes to the destination on failure, and the fold never hears of it.
        self._drop([item for item in items if item.tries > _MOST_TRIES])

    def _drop(self, items: list[StreamItem]) -> None:
        self.items = [item for item in self.items if item not in items]


class Stream:
    """All shards. A record goes to one of them by its item, and may overtake what is unread."""

    def __init__(self, chance: Chance, shards: int) -> None:
        self.chance = chance
        self._shards = [Shard(self, number) for number in range(shards)]
        self._sequence = 0

    def take(self, item: Item) -> None:
        """Put a change into its shard."""
        taken = StreamItem(item)
        shard = self._shards[crc32(taken.label.encode()) % len(self._shards)]
        place = len(shard.items)
        early = self.chance.strikes(f"shard {shard.number}, a record", ("out of order",))
        if early is not None:
            unread = sum(not other.sequence for other in shard.items)
            place -= int(early.amount * (unread + 1))
        shard.items.insert(place, taken)

    def next_sequence(self) -> str:
        """Return the next sequence number."""
        self._sequence += 1
        return str(self._sequence)

    def waiting(self) -> list[Shard]:
        """Return the shards that have a batch to give."""
        return [shard for shard in self._shards if shard.items and not shard.leased]
