"""What the documents on DynamoDB do besides what all documents do."""

from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from lqe.adapters.dynamodb.documents import MAX_DOCUMENT_BYTES, DynamoDocuments
from lqe.adapters.dynamodb.table import Table
from lqe.adapters.dynamodb.tables import SNAPSHOTS
from lqe.errors import LimitExceeded, Unavailable


class Repeating:
    """A client that loses the answers to its first puts, and may itself repeat them."""

    def __init__(self, client: Any, lost: int, *, repeats: bool) -> None:
        self._client = client
        self._lost = lost
        self._repeats = repeats

    def get_item(self, **asked: Any) -> Any:
        return self._client.get_item(**asked)

    def put_item(self, **asked: Any) -> Any:
        answer = self._client.put_item(**asked)
        while self._lost:
            self._lost -= 1
            if not self._repeats:
                raise ReadTimeoutError(endpoint_url="x")
            answer = self._client.put_item(**asked)
        return answer


def test_a_put_that_the_client_repeated_is_ours(dynamodb: Any) -> None:
    tenant = DynamoDocuments(Table(Repeating(dynamodb, 1, repeats=True), SNAPSHOTS)).tenant("acme")
    assert tenant.replace("w1", "a", None, b"first")
    assert tenant.replace("w1", "a", b"first", b"second")
    other = DynamoDocuments(Table(dynamodb, SNAPSHOTS)).tenant("acme")
    assert other.get("w1", "a") == b"second"


def test_a_lost_answer_is_unavailable_and_may_have_happened(dynamodb: Any) -> None:
    tenant = DynamoDocuments(Table(Repeating(dynamodb, 1, repeats=False), SNAPSHOTS)).tenant("acme")
    with pytest.raises(Unavailable):
        tenant.replace("w1", "a", None, b"first")
    assert tenant.get("w1", "a") == b"first"


def test_a_document_takes_as_much_as_an_item_has_room_for(dynamodb: Any) -> None:
    tenant = DynamoDocuments(Table(dynamodb, SNAPSHOTS)).tenant("a" * 40)
    name = "/".join(["n" * 100] * 5)
    assert tenant.replace("w" * 64, name, None, bytes(MAX_DOCUMENT_BYTES))
    with pytest.raises(LimitExceeded, match="389121 bytes"):
        tenant.replace("w" * 64, name, None, bytes(MAX_DOCUMENT_BYTES + 1))


def test_names_come_from_more_than_one_page(dynamodb: Any) -> None:
    tenant = DynamoDocuments(Table(dynamodb, SNAPSHOTS)).tenant("acme")
    names = [f"big/{n}" for n in range(6)]
    for name in names:
        assert tenant.replace("w1", name, None, bytes(300_000))
    assert tenant.names("w1", "big/") == names
