"""One deployment over simulated services: what is delivered to which function, and how often."""

from collections.abc import Callable
from typing import Any, Final

from lqe.adapters.dynamodb.tables import CONNECTIONS, ENTITIES, EVENTS, SNAPSHOTS
from lqe.adapters.sqs import SqsIntake
from lqe.handlers.settings import Settings
from lqe.signals import ACHIEVEMENT, NEAR_QUORUM, QUORUM, UPGRADED, USAGE
from tests.registered import registration
from tests.simulation.aws.dynamodb import DynamoDB, Item
from tests.simulation.aws.events import Events
from tests.simulation.aws.functions import Invocations
from tests.simulation.aws.s3 import S3
from tests.simulation.aws.sockets import Sockets
from tests.simulation.aws.sqs import ONCE_US, Queued, Sqs
from tests.simulation.chance import Chance
from tests.simulation.functions import Functions
from tests.simulation.stops import Broken, Unavoidable
from tests.simulation.stream import Shard, Stream
from tests.simulation.trace import Trace
from tests.states import MACHINE, States

# Two seconds before a month ends.
START_US: Final = 1_701_388_798_000_000
SETTINGS: Final = Settings(
    bucket="bucket", queue="queue.fifo", bus="signals", sockets="sockets", state_machine=MACHINE,
    submit="submit", ticker="ticker", tick="tick",
)  # fmt: skip
_SORTS: Final = {EVENTS: "N", SNAPSHOTS: "S", ENTITIES: "N", CONNECTIONS: "S"}
_DEEPEST: Final = 3
_LONG_US: Final = ONCE_US + 20_000_000
# Which observers a signal goes to, as the deployment's rules say; the others get all of them.
_RULES: Final = {
    "meter": (USAGE,),
    "achievements": (ACHIEVEMENT,),
    "ticker": (QUORUM, UPGRADED),
    "pool_warmer": (NEAR_QUORUM, QUORUM),
}
_OBSERVERS: Final = ("meter", "achievements", "ticker", "pool_warmer", "audit_logger")


class Cloud:
    """The services, the functions, and everything that is on its way between them."""

    def __init__(self, chance: Chance, trace: Trace) -> None:
        self.chance, self.trace, self.settings = chance, trace, SETTINGS
        self.now_us = self.latest_us = START_US
        page = chance.plan.choice((2, 5, 100))
        self.stream = Stream(chance, shards=chance.plan.choice((1, 1, 2, 3)))
        self.dynamodb = DynamoDB(_SORTS, self._inserted, page=page, lag=self._lag)
        self.s3 = S3(SETTINGS.bucket, page=page)
        self.sqs = Sqs(SETTINGS.queue, lambda: self.now_us, self._refused)
        self.events = Events(SETTINGS.bus, self._carried, self._refused)
        self.sockets = Sockets()
        self.states = States(self._turn, lambda _: None)
        self.backends: dict[str, Any] = {
            "dynamodb": self.dynamodb,
            "s3": self.s3,
            "sqs": self.sqs,
            "events": self.events,
            "stepfunctions": self.states,
            "lambda": Invocations(lambda name, event: self._events.append((name, event))),
            "apigatewaymanagementapi": self.sockets,
        }
        # How many processes of a function there are before one is used again.
        self.width = chance.plan.choice((1, 1, 2, 4))
        self.functions = Functions(self)
        # Administration and the operator send by hand, and look whether it arrived.
        self.intake = SqsIntake(self.sqs, SETTINGS.queue, pause=lambda _: None)
        self.rejected: set[str] = set()
        self._turn_s = 0.0
        self.published: list[dict[str, Any]] = []
        self._events: list[tuple[str, dict[str, Any]]] = []
        self._leaving: list[dict[str, Any]] = []
        self._depth = 0
        # How the simulation goes on while an invocation stands still.
        self.step: Callable[[], None] = lambda: None

    def register(self, tenant: str, players: int, rate: int) -> None:
        """Write down what a tenant may have, as the registry does."""
        self.dynamodb.put_item(TableName=EVENTS, Item=registration(tenant, players, rate))

    def pass_time(self, us: int) -> None:
        """Let time pass."""
        self.now_us += us
        self.latest_us = max(self.latest_us, self.now_us)

    def stall(self, amount: float) -> None:
        """Let everybody else go on while one invocation stands still, in bad cases for long."""
        if self._depth >= _DEEPEST:
            return
        if amount > 0.9:
            self.pass_time(_LONG_US)
        elif amount > 0.6:
            self.pass_time(31_000_000)
        self._depth += 1
        self.trace.depth += 1
        try:
            for _ in range(1 + int(amount * 10) % 7):
                self.step()
        finally:
            self._depth -= 1
            self.trace.depth -= 1

    def deliveries(self) -> list[tuple[str, Any]]:
        """Return what could be delivered now: to whom, and of what."""
        found: list[tuple[str, Any]] = []
        groups = self.sqs.free_groups()
        if groups:
            found.append(("append", groups))
        found += [("fold", shard) for shard in self.stream.waiting()]
        if self._events:
            found.append(("observers", None))
        if self._leaving:
            found.append(("connect", None))
        return found

    def deliver(self, to: str, what: Any) -> None:
        """Deliver a batch, or an event."""
        if to == "append":
            self._append(what)
        elif to == "fold":
            self._fold(what)
        elif to == "observers":
            self._observe()
        else:
            leaving = self._leaving.pop(0)
            self.call("connect", leaving)

    def call(self, name: str, event: dict[str, Any], request: str = "") -> Any:
        """Return the answer of a function, None if there is none."""
        try:
            return self.functions.call(name, event, request)
        except Unavoidable:
            return None

    def tick(self, tenant: str, world: str, seconds: float) -> None:
        """Let the executions of a world go on by a state, or be ended, which may be heard of."""
        self._turn_s = seconds
        for execution in self.states.running(tenant, world):
            if execution.busy or execution.status != "RUNNING":
                continue  # what happened while another's time passed may have ended it
            ended = self.chance.strikes("an execution", ("ended",))
            if ended is None:
                self.pass_time(round(execution.step() * 1_000_000))
                continue
            execution.abort()
            if ended.amount < 0.5:
                self._events.append(("ticker", execution.ended()))

    def _turn(self, name: str, event: dict[str, Any]) -> Any:
        return self.functions.call(name, {**event, "seconds": self._turn_s})

    def leave(self, event: dict[str, Any]) -> None:
        """Let the service say that a socket is gone, as well as it can."""
        if not self.chance.strikes("$disconnect", ("unheard",)):
            self._leaving.append(event)

    def _append(self, groups: list[str]) -> None:
        order = self.chance.order
        groups = order.sample(groups, min(len(groups), order.randint(1, 3)))
        batch = self.sqs.receive(groups, order.randint(1, 10))
        received = {message.id: message.received for message in batch}
        if self.chance.strikes("the queue, a batch", ("expired",)):
            for message in batch:
                message.hidden_until_us = self.now_us
        self.trace.note(f"append gets {' '.join(f'{m.id}:{m.received}' for m in batch)}")
        answer = self.call("append", {"Records": [message.record() for message in batch]})
        if answer is None:
            return  # the messages are visible again when their time is up
        failed = {each["itemIdentifier"] for each in answer["batchItemFailures"]}
        if not failed <= set(received):
            raise Broken(f"append names messages that it did not get: {sorted(failed)}")
        for message in batch:
            self._settle(message, received[message.id], failed=message.id in failed)

    def _settle(self, message: Queued, received: int, *, failed: bool) -> None:
        if failed:
            return  # it is visible again when its time is up
        again = self.chance.strikes("the queue, a message", ("delivered again",))
        if again is None:
            self.sqs.delete(message, received)
        elif again.amount > 0.5 and message.received == received:
            message.hidden_until_us = self.now_us + _LONG_US

    def _fold(self, shard: Shard) -> None:
        batch = shard.lease(self.chance.order.randint(1, 10))
        if not batch:
            return
        self.trace.note(f"fold gets {' '.join(item.label for item in batch)}")
        answer = self.call("fold", {"Records": [item.record() for item in batch]})
        failed = None if answer is None else [
            each["itemIdentifier"] for each in answer["batchItemFailures"]
        ]  # fmt: skip
        shard.settle(batch, failed)

    def _observe(self) -> None:
        name, event = self._events.pop(self.chance.order.randrange(len(self._events)))
        detail = event.get("detail") or event["warm_up"]
        place = ("tenant", "world", "position", "index", "input")
        said = " ".join(str(detail[part]) for part in place if part in detail)
        self.trace.note(f"{name} gets {said}")
        try:
            self.functions.call(name, event)
        except Unavoidable:
            self._events.append((name, event))
            return
        if self.chance.strikes(f"{name}, an event", ("delivered again",)):
            self._events.append((name, event))

    def _inserted(self, table: str, item: Item) -> None:
        if table == EVENTS:
            self.stream.take(item)

    def _carried(self, event: dict[str, Any]) -> None:
        self.published.append(event["detail"])
        for name in _OBSERVERS:
            if event["detail-type"] in _RULES.get(name, (event["detail-type"],)):
                self._events.append((name, event))

    def _refused(self, entries: int) -> list[int]:
        fault = self.chance.strikes("a batch of entries", ("refused in part",))
        if fault is None:
            return []
        return [n for n in range(entries) if int(fault.amount * 1024) >> n % 10 & 1]

    def _lag(self) -> int:
        fault = self.chance.strikes("a read", ("eventual",))
        return 0 if fault is None else 1 + int(fault.amount * 3)
