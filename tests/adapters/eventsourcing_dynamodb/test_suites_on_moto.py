"""The suites with one thread pass on moto as well, which stands in where there is no Java."""

import uuid
from typing import Any

import pytest
from eventsourcing.tests import persistence as suites

from lqe.adapters.dynamodb.eventsourcing import (
    DynamoDBAggregateRecorder,
    DynamoDBApplicationRecorder,
    DynamoDBProcessRecorder,
    DynamoDBTrackingRecorder,
)
from lqe.adapters.dynamodb.eventsourcing.creation import create_table
from lqe.adapters.dynamodb.eventsourcing.log import Log
from lqe.adapters.dynamodb.table import Table


class OnMoto:
    client: Any

    @pytest.fixture(autouse=True)
    def _client(self, moto_client: Any) -> None:
        self.client = moto_client

    def table(self) -> Table:
        name = f"events-{uuid.uuid4().hex}"
        create_table(self.client, name)
        return Table(self.client, name)

    def log(self) -> Log:
        return Log(self.table(), "suite")


class TestAggregateRecorder(OnMoto, suites.AggregateRecorderTestCase):
    def create_recorder(self) -> DynamoDBAggregateRecorder:
        return DynamoDBAggregateRecorder(self.log())


class TestTrackingRecorder(OnMoto, suites.TrackingRecorderTestCase):
    def create_recorder(self) -> DynamoDBTrackingRecorder:
        return DynamoDBTrackingRecorder(self.table(), "suite")


class TestProcessRecorder(OnMoto, suites.ProcessRecorderTestCase):
    def create_recorder(self) -> DynamoDBProcessRecorder:
        return DynamoDBProcessRecorder(self.log())


class OneThread(suites.ApplicationRecorderTestCase):
    # These two write from many threads, and moto lets several of them win one key.
    test_concurrent_no_conflicts = None  # type: ignore[assignment]
    test_concurrent_throughput = None  # type: ignore[assignment]
    __test__ = False


class TestApplicationRecorder(OnMoto, OneThread):
    __test__ = True

    def create_recorder(self) -> DynamoDBApplicationRecorder:
        return DynamoDBApplicationRecorder(self.log())

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()
