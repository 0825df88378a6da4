"""A persistence module for the `eventsourcing` library: its recorders over one DynamoDB table.

Set `PERSISTENCE_MODULE=lqe.adapters.dynamodb.eventsourcing`; docs/eventsourcing-on-dynamodb.md
says what else there is to set, what is guaranteed, and what it costs.
"""

from .factory import DynamoDBFactory as Factory
from .recorders import (
    DynamoDBAggregateRecorder,
    DynamoDBApplicationRecorder,
    DynamoDBProcessRecorder,
)
from .subscription import DynamoDBSubscription
from .tracking import DynamoDBTrackingRecorder

__all__ = [
    "DynamoDBAggregateRecorder",
    "DynamoDBApplicationRecorder",
    "DynamoDBProcessRecorder",
    "DynamoDBSubscription",
    "DynamoDBTrackingRecorder",
    "Factory",
]
