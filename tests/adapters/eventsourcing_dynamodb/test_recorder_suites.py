"""The library's own suites of recorders pass, as they are, on DynamoDB Local."""

from uuid import UUID, uuid4

import pytest
from eventsourcing.tests import persistence as suites

from lqe.adapters.dynamodb.eventsourcing import (
    DynamoDBAggregateRecorder,
    DynamoDBApplicationRecorder,
    DynamoDBProcessRecorder,
    DynamoDBTrackingRecorder,
)
from lqe.adapters.dynamodb.eventsourcing.keys import OriginatorIDType
from lqe.adapters.dynamodb.eventsourcing.log import Log
from lqe.adapters.dynamodb.table import Table

from .conftest import NewTable


class OnDynamoDBLocal:
    kind: OriginatorIDType = "uuid"
    new_table: NewTable

    @pytest.fixture(autouse=True)
    def _new_table(self, new_table: NewTable) -> None:
        self.new_table = new_table

    def table(self) -> Table:
        return self.new_table()

    def log(self) -> Log:
        return Log(self.table(), "suite")

    def new_originator_id(self) -> UUID | str:
        return uuid4() if self.kind == "uuid" else f"order-{uuid4()}"


class TestAggregateRecorder(OnDynamoDBLocal, suites.AggregateRecorderTestCase):
    def create_recorder(self) -> DynamoDBAggregateRecorder:
        return DynamoDBAggregateRecorder(self.log(), originator_id_type=self.kind)


class TestAggregateRecorderOfText(TestAggregateRecorder):
    kind = "text"


class TestApplicationRecorder(OnDynamoDBLocal, suites.ApplicationRecorderTestCase):
    def create_recorder(self) -> DynamoDBApplicationRecorder:
        return DynamoDBApplicationRecorder(self.log(), originator_id_type=self.kind)

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestApplicationRecorderOfText(TestApplicationRecorder):
    kind = "text"


class TestTrackingRecorder(OnDynamoDBLocal, suites.TrackingRecorderTestCase):
    def create_recorder(self) -> DynamoDBTrackingRecorder:
        return DynamoDBTrackingRecorder(self.table(), "suite")


class TestProcessRecorder(OnDynamoDBLocal, suites.ProcessRecorderTestCase):
    def create_recorder(self) -> DynamoDBProcessRecorder:
        return DynamoDBProcessRecorder(self.log(), originator_id_type=self.kind)


class TestProcessRecorderOfText(TestProcessRecorder):
    kind = "text"


class TestProcessRecorderAsApplicationRecorder(TestApplicationRecorder):
    def create_recorder(self) -> DynamoDBProcessRecorder:
        return DynamoDBProcessRecorder(self.log(), originator_id_type=self.kind)


class TestProcessRecorderAsTrackingRecorder(OnDynamoDBLocal, suites.TrackingRecorderTestCase):
    def create_recorder(self) -> DynamoDBProcessRecorder:
        return DynamoDBProcessRecorder(self.log())


class TestNonInterleaving(OnDynamoDBLocal, suites.NonInterleavingNotificationIDsBaseCase):
    def create_recorder(self) -> DynamoDBApplicationRecorder:
        return DynamoDBApplicationRecorder(self.log(), originator_id_type=self.kind)


class TestNonInterleavingOfText(TestNonInterleaving):
    kind = "text"
