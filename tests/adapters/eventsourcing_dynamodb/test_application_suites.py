"""The library's own suites of applications and projections pass over the module, as they are."""

from typing import ClassVar

import pytest
from eventsourcing.persistence import Tracking
from eventsourcing.tests import application as applications
from eventsourcing.tests import persistence as suites
from eventsourcing.tests import projection as projections
from eventsourcing.utils import Environment, get_topic

from lqe.adapters.dynamodb.eventsourcing import (
    DynamoDBAggregateRecorder,
    DynamoDBApplicationRecorder,
    DynamoDBProcessRecorder,
    DynamoDBTrackingRecorder,
    Factory,
)
from lqe.adapters.dynamodb.table import number, number_of


class InItsEnvironment:
    of_this_test: dict[str, str]

    @pytest.fixture(autouse=True)
    def _environment(self, environment: dict[str, str]) -> None:
        self.of_this_test = environment


class Subclass(DynamoDBTrackingRecorder):
    pass


class TestFactory(InItsEnvironment, suites.InfrastructureFactoryTestCase[Factory]):
    def setUp(self) -> None:
        self.env = Environment("Suite", self.of_this_test)
        super().setUp()

    def expected_factory_class(self) -> type[Factory]:
        return Factory

    def expected_aggregate_recorder_class(self) -> type[DynamoDBAggregateRecorder]:
        return DynamoDBAggregateRecorder

    def expected_application_recorder_class(self) -> type[DynamoDBApplicationRecorder]:
        return DynamoDBApplicationRecorder

    def expected_tracking_recorder_class(self) -> type[DynamoDBTrackingRecorder]:
        return DynamoDBTrackingRecorder

    def tracking_recorder_subclass(self) -> type[DynamoDBTrackingRecorder]:
        return Subclass

    def expected_process_recorder_class(self) -> type[DynamoDBProcessRecorder]:
        return DynamoDBProcessRecorder


class TestExampleApplication(InItsEnvironment, applications.ExampleApplicationTestCase):
    expected_factory_topic = get_topic(Factory)


# One test of it records a warning that it provokes, which here would be an error first.
@pytest.mark.filterwarnings("default:'log' is deprecated:DeprecationWarning")
class TestApplication(InItsEnvironment, applications.ApplicationTestCase):
    pass


class CountersInTheTrackingItem(DynamoDBTrackingRecorder, projections.EventCountersView):
    """A view that needs no other table: two counters, changed together with what is tracked."""

    def get_created_event_counter(self) -> int:
        return self._total("created")

    def get_subsequent_event_counter(self) -> int:
        return self._total("subsequent")

    def incr_created_event_counter(self, tracking: Tracking) -> None:
        self.change(tracking, "ADD created :one", {":one": number(1)})

    def incr_subsequent_event_counter(self, tracking: Tracking) -> None:
        self.change(tracking, "ADD subsequent :one", {":one": number(1)})

    def _total(self, counter: str) -> int:
        return sum(number_of(self.view(name), counter) for name in ("upstream", "Application"))


class TestCountersView(InItsEnvironment, projections.EventCountersViewTestCase):
    def construct_event_counters_view(self) -> CountersInTheTrackingItem:
        env = Environment("view", self.of_this_test)
        return Factory(env).tracking_recorder(CountersInTheTrackingItem)  # type: ignore[return-value]


class TestProjection(InItsEnvironment, projections.AggregateEventCountersProjectionTestCase):
    view_class = CountersInTheTrackingItem
    env: ClassVar[dict[str, str]] = {}


class TestEventSourcedProjection(InItsEnvironment, projections.EventSourcedProjectionTestCase):
    env: ClassVar[dict[str, str]] = {}
