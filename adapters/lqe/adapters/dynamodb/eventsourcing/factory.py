"""The library's factory of recorders: what its environment variables say, over one table."""

from typing import Any, Final, TypeVar, cast

from eventsourcing.persistence import InfrastructureFactory, Recorder
from eventsourcing.utils import Environment, EnvType, resolve_topic, strtobool

from lqe.adapters.aws import client
from lqe.adapters.dynamodb.table import Table

from .creation import create_table
from .keys import OriginatorIDType
from .log import Log
from .recorders import (
    DynamoDBAggregateRecorder,
    DynamoDBApplicationRecorder,
    DynamoDBProcessRecorder,
)
from .tracking import DynamoDBTrackingRecorder

R = TypeVar("R", bound=Recorder)
_KINDS: Final = ("uuid", "text")


class DynamoDBFactory(InfrastructureFactory[DynamoDBTrackingRecorder]):
    """Makes recorders over the table DYNAMODB_TABLE, in the log that is named as the application.

    A variable may have the application's name before it, as everywhere in the library:
    `ORDERS_DYNAMODB_TABLE` is for the application `Orders` alone.
    """

    DYNAMODB_TABLE = "DYNAMODB_TABLE"
    DYNAMODB_LOG = "DYNAMODB_LOG"
    DYNAMODB_ENDPOINT_URL = "DYNAMODB_ENDPOINT_URL"
    DYNAMODB_REGION = "DYNAMODB_REGION"
    ORIGINATOR_ID_TYPE = "ORIGINATOR_ID_TYPE"
    CREATE_TABLE = "CREATE_TABLE"

    def __init__(self, env: Environment | EnvType | None) -> None:
        super().__init__(env)
        self._name = self._needed(self.DYNAMODB_LOG, self.env.name)
        options = {
            "endpoint_url": self.env.get(self.DYNAMODB_ENDPOINT_URL),
            "region_name": self.env.get(self.DYNAMODB_REGION),
        }
        self._client = client("dynamodb", **{k: v for k, v in options.items() if v})
        self.table = Table(self._client, self._needed(self.DYNAMODB_TABLE))
        kind = self.env.get(self.ORIGINATOR_ID_TYPE, "uuid").lower()
        if kind not in _KINDS:
            raise OSError(f"expected {self.ORIGINATOR_ID_TYPE} 'uuid' or 'text', got {kind!r}")
        self._originator_id_type = cast("OriginatorIDType", kind)
        self._logs: dict[str, Log] = {}
        self._prepared = False

    def aggregate_recorder(self, purpose: str = "events") -> DynamoDBAggregateRecorder:
        """Return a recorder of the application's events, or of something beside them."""
        return self._over_log(DynamoDBAggregateRecorder, purpose)

    def application_recorder(self) -> DynamoDBApplicationRecorder:
        """Return a recorder of the application's events and their sequence."""
        topic = self.env.get(self.APPLICATION_RECORDER_TOPIC)
        return self._over_log(_resolved(topic, DynamoDBApplicationRecorder))

    def process_recorder(self) -> DynamoDBProcessRecorder:
        """Return a recorder of the application's events, their sequence and its tracking."""
        topic = self.env.get(self.PROCESS_RECORDER_TOPIC)
        return self._over_log(_resolved(topic, DynamoDBProcessRecorder))

    def tracking_recorder(
        self, tracking_recorder_class: type[DynamoDBTrackingRecorder] | None = None
    ) -> DynamoDBTrackingRecorder:
        """Return a recorder of tracking alone."""
        topic = self.env.get(self.TRACKING_RECORDER_TOPIC)
        made = tracking_recorder_class or _resolved(topic, DynamoDBTrackingRecorder)
        self._prepare()
        return made(self.table, self._name)

    def close(self) -> None:
        """Close the connections to the service."""
        self._client.close()

    def _over_log(self, recorder: type[R], purpose: str = "events") -> R:
        self._prepare()
        # A log is shared by the recorders over it: they know what it holds from one another.
        name = self._name if purpose == "events" else f"{self._name}#.{purpose}"
        log = self._logs.setdefault(name, Log(self.table, name))
        made: Any = recorder
        return cast("R", made(log, originator_id_type=self._originator_id_type))

    def _prepare(self) -> None:
        if not self._prepared and strtobool(self.env.get(self.CREATE_TABLE) or "yes"):
            create_table(self._client, self.table.name)
            self._prepared = True

    def _needed(self, key: str, otherwise: str = "") -> str:
        value = self.env.get(key) or otherwise
        if not value:
            keys = ", ".join(self.env.create_keys(key))
            raise OSError(f"expected a value in the environment under one of: {keys}")
        return value


def _resolved(topic: str | None, base: type[R]) -> type[R]:
    """Return the class that a topic names, which has to be one of its kind."""
    found = resolve_topic(topic) if topic else base
    if not (isinstance(found, type) and issubclass(found, base)):
        raise OSError(f"expected the topic of a subclass of {base.__name__}, got {topic!r}")
    return found
