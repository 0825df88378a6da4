"""One world whose time passes by the real functions and state machine, over simulated services.

Every call that a function makes to a service is counted, and something may come between: the end
of the function, or somebody else.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from lqe.adapters.budget import Unlimited
from lqe.adapters.dynamodb.tables import CONNECTIONS, EVENTS, SNAPSHOTS
from lqe.adapters.memory import MemoryLogs
from lqe.codec import Codec
from lqe.events import AnyEvent, ClockAdvanced, WorldOpened
from lqe.handlers.append.handler import Append
from lqe.handlers.connect import function as connect
from lqe.handlers.process import Process
from lqe.handlers.settings import Settings
from lqe.handlers.submit import function as submit
from lqe.handlers.tick import function as tick
from lqe.handlers.ticker import function as ticker
from lqe.limits import Limits
from lqe.local.sockets import Sockets
from lqe.ports.intake import Message
from lqe.signals import QUORUM
from tests.recorded import fail
from tests.registered import registration
from tests.simulation.aws.dynamodb import DynamoDB
from tests.simulation.aws.errors import throttled
from tests.simulation.aws.sqs import Sqs
from tests.simulation.stops import Killed
from tests.states import MACHINE, Execution, States
from tests.ticks.together import Together

TENANT, WORLD, HZ = "acme", "w1", 0.25
TICK_US = 16_000
_SETTINGS = Settings(queue="queue", state_machine=MACHINE)
_FUNCTIONS: dict[str, Any] = {
    "connect": connect, "submit": submit, "tick": tick, "ticker": ticker,
}  # fmt: skip
# Runs of these tests are all about to be as long as one may be: two turns, then a new one.
_TURNS_BEFORE = 798
Json = dict[str, Any]


class Played:
    """A world with its services. `calls` counts; `between` is called before and after each."""

    def __init__(self) -> None:
        self.time = Together()
        self.calls = self.invocations = self.steps = 0
        self.between: Callable[[int, str], None] = lambda _call, _when: None
        self.before_step: Callable[[Execution], None] = lambda _: None
        self.turns: list[tuple[float, float, int]] = []
        self.intake_is_down = False
        self.sqs = Sqs("queue", self.time.now_us)
        self.states = States(self._invoke, self._lead)
        dynamodb = DynamoDB({EVENTS: "N", SNAPSHOTS: "S", CONNECTIONS: "S"})
        dynamodb.put_item(TableName=EVENTS, Item=registration(TENANT, players=10, rate=100))
        self._services = {
            "dynamodb": dynamodb,
            "sqs": self.sqs,
            "stepfunctions": self.states,
            "apigatewaymanagementapi": None,
        }
        self._logs, self._taken = MemoryLogs(), 0
        self._append = Append(self._logs, self.time, Sockets())
        opening = WorldOpened(
            scenario="none",
            rules=1,
            seed=b"",
            tick_us=TICK_US,
            keyframe_interval=1,
            limits=Limits(),
        )
        self._append.handle([Message(id="o", tenant=TENANT, world=WORLD, events=(opening,))])

    # What happens outside

    def player(self, name: str, *, comes: float, leaves: float) -> None:
        """Let a player come, be heard every twenty seconds, and leave without a word."""
        self.time.later(comes, lambda: self._comes(name, leaves))

    def quorum(self, at: float) -> None:
        """Let the fold's signal come to its observer, until that has taken it in."""
        detail = {
            "tenant": TENANT, "world": WORLD, "position": 1, "index": 0,
            "signal": {"name": QUORUM, "tick": 0, "data": {"players": 1, "clock_hz": HZ}},
        }  # fmt: skip
        event = {"source": "ledgerquest", "detail-type": QUORUM, "detail": detail}
        self.time.later(at, lambda: self.deliver(event))

    def deliver(self, event: Json) -> None:
        """Let an event of a bus come to the ticker, again until it is taken in."""
        if not self._did("ticker", event):
            self.time.later(1.0, lambda: self.deliver(event))

    def joins(self, name: str) -> bool:
        """Let a player's socket be opened; say whether it was."""
        return self._did("connect", _socket_event("$connect", name))

    def _comes(self, name: str, leaves: float) -> None:
        if self.joins(name):
            self.time.later(20.0, lambda: self._is_heard(name, leaves))
        else:
            self.time.later(1.0, lambda: self._comes(name, leaves))

    def _is_heard(self, name: str, leaves: float) -> None:
        if self.time.seconds < leaves:
            self._did("submit", _socket_event("heartbeat", name))
            self.time.later(20.0, lambda: self._is_heard(name, leaves))

    # What the services do

    def _did(self, name: str, event: Json) -> bool:
        try:
            answer = self._invoke(name, event)
        except RuntimeError:
            return False
        return answer is None or answer["statusCode"] == 200

    def _invoke(self, name: str, event: Json) -> Any:
        """Run a function in a process that has just started."""
        self.invocations += 1
        begun = self.time.seconds
        process = Process(
            _SETTINGS,
            client=lambda service: _Wire(self, self._services[service]),
            clock=self.time,
            budget=Unlimited(),
            code_of=lambda _: None,  # type: ignore[arg-type,return-value]
            report=fail,
        )
        function = _FUNCTIONS[name]
        more: Json = {"sleep": self.time.sleep} if name == "tick" else {}
        try:
            return function.respond(process, function.wire(process), event, **more)
        except Killed:
            raise RuntimeError("killed") from None
        finally:
            if name == "tick":
                self.turns.append((begun, self.time.seconds, event["epoch"]))

    def _lead(self, execution: Execution) -> None:
        execution.data = {**execution.data, "turn": _TURNS_BEFORE}
        self.time.later(0.1, lambda: self._go_on(execution))

    def _go_on(self, execution: Execution) -> None:
        while execution.status == "RUNNING":
            self.steps += 1
            self.before_step(execution)
            if execution.status == "RUNNING":
                self.time.sleep(execution.step() + 0.05)

    def made(self, call: Callable[[], Any]) -> Any:
        """Let a function make a call, and what comes between."""
        self.calls += 1
        number = self.calls
        self.between(number, "before")
        answer = call()
        self._take_in()
        self.between(number, "after")
        return answer

    def _take_in(self) -> None:
        for queued in self.sqs.accepted[self._taken :]:
            self._taken += 1
            self._append.handle([msgspec.json.decode(queued.body, type=Message)])

    # What came of it

    def events(self) -> list[AnyEvent]:
        """Return the world's log."""
        return [Codec().decode(r.data) for r in self._logs.tenant(TENANT).world(WORLD).read()]

    def beats(self) -> list[ClockAdvanced]:
        """Return the ticks of the log."""
        return [e for e in self.events() if isinstance(e, ClockAdvanced)]


class _Wire:
    """A client of a service, by which a function may end."""

    def __init__(self, played: Played, service: Any) -> None:
        self._played = played
        self._service = service

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(**asked: Any) -> Any:
            if operation == "send_message_batch" and self._played.intake_is_down:
                raise throttled("sqs", operation, 0.0)
            return self._played.made(lambda: getattr(self._service, operation)(**asked))

        return call


def _socket_event(route: str, player: str) -> Json:
    attested = {"tenant": TENANT, "world": WORLD, "player": player, "session": f"s-{player}"}
    context = {
        "routeKey": route, "connectionId": f"c-{player}", "requestId": f"{route}-{player}",
        "authorizer": attested,
    }  # fmt: skip
    return {"requestContext": context, "body": '{"type":"heartbeat"}', "isBase64Encoded": False}
