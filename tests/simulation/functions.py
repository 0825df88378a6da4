"""Lambda: processes of each function, warm or just started, called with the events of services."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Final

from lqe.errors import Misconfigured, Unavailable
from lqe.handlers.achievements import function as achievements
from lqe.handlers.append import function as append
from lqe.handlers.audit_logger import function as audit_logger
from lqe.handlers.connect import function as connect
from lqe.handlers.fold import function as fold
from lqe.handlers.meter import function as meter
from lqe.handlers.pool_warmer import function as pool_warmer
from lqe.handlers.process import Process
from lqe.handlers.submit import function as submit
from lqe.handlers.tick import function as tick
from lqe.handlers.ticker import function as ticker
from lqe.handlers.view import function as view
from lqe.handlers.warming import meet, warmed
from lqe.ports.budget import OutOfTime
from tests.simulation.game import game
from tests.simulation.stops import Broken, Killed, Unavoidable
from tests.simulation.wire import Wire

if TYPE_CHECKING:
    from tests.simulation.cloud import Cloud

MODULES: Final[Mapping[str, Any]] = {
    "achievements": achievements,
    "append": append,
    "audit_logger": audit_logger,
    "connect": connect,
    "fold": fold,
    "meter": meter,
    "pool_warmer": pool_warmer,
    "submit": submit,
    "tick": tick,
    "ticker": ticker,
    "view": view,
}
_SKEW_US: Final = 300_000
_JUMP_US: Final = 3_000_000
APART_US: Final = 2 * _JUMP_US  # one clock may be so far ahead of another


class ProcessClock:
    """The clock of one process: beside the true time, and sometimes set to another one."""

    def __init__(self, cloud: "Cloud", name: str) -> None:
        self._cloud = cloud
        self._place = f"{name}, its clock"
        self._skew_us = cloud.chance.order.randint(-_SKEW_US, _SKEW_US)

    def now_us(self) -> int:
        """Return what this process takes for the time."""
        jump = self._cloud.chance.strikes(self._place, ("clock jumps",))
        if jump is not None:
            self._skew_us = int((jump.amount * 2 - 1) * _JUMP_US)
        now = self._cloud.now_us + self._skew_us
        self._cloud.latest_us = max(self._cloud.latest_us, now)
        return now


class ProcessBudget:
    """The time of one process: sometimes up, and now and then too short for one event."""

    def __init__(self, cloud: "Cloud", name: str) -> None:
        self._cloud = cloud
        self._name = name

    def is_spent(self) -> bool:
        """Say whether to stop here."""
        return self._cloud.chance.strikes(f"{self._name}, between events", ("cut",)) is not None

    def one_event(self) -> nullcontext[None]:
        """Return the block of one event, if it gets that far."""
        if self._cloud.chance.strikes(f"{self._name}, an event", ("too slow",)):
            raise OutOfTime
        return nullcontext()


class Running:
    """One process of a function. `read` is the highest cursor it knows of, by world."""

    def __init__(self, cloud: "Cloud", name: str, number: int, generation: int) -> None:
        self.name = name
        self.label = f"{name}.{number}"
        self.generation = generation
        self.busy = False
        self.request = ""
        self.read: dict[str, int] = {}
        self._cloud = cloud
        self.process = Process(
            cloud.settings,
            client=lambda service: Wire(cloud, self, service),
            clock=ProcessClock(cloud, name),
            budget=ProcessBudget(cloud, name),
            code_of=lambda _: game().code,
            report=self._report,
        )
        self._handler = MODULES[name].wire(self.process)

    def respond(self, event: Mapping[str, Any]) -> Any:
        """Handle one event."""
        get_ready = getattr(MODULES[self.name], "get_ready", meet)
        if warmed(self.process, self._handler, event, get_ready):
            return None
        more: dict[str, Callable[[float], None]] = {}
        if self.name == "tick":
            more["sleep"] = lambda seconds: self._cloud.pass_time(int(seconds * 1_000_000))
        return MODULES[self.name].respond(self.process, self._handler, event, **more)

    def _report(self, tenant: str, world: str, error: BaseException) -> None:
        self._cloud.trace.note(f"{self.label} reports {tenant}#{world}: {error}")
        if not isinstance(error, OutOfTime) and not isinstance(error.__cause__, OutOfTime):
            raise Broken(f"{self.label} reports a fault of {tenant}#{world}: {error!r}")


class Functions:
    """All processes. One that is killed is gone; after a deploy, all are."""

    def __init__(self, cloud: "Cloud") -> None:
        self._cloud = cloud
        self._idle: dict[str, list[Running]] = {name: [] for name in MODULES}
        self._generation = 0
        self._started = 0

    def deploy(self) -> None:
        """Let every process that is idle go, and those that are not when they are done."""
        self._generation += 1
        for idle in self._idle.values():
            idle.clear()

    def call(self, name: str, event: Mapping[str, Any], request: str = "") -> Any:
        """Return the answer of a function; raise Unavoidable if there is none."""
        running = self._process(name)
        running.request = request
        cloud = self._cloud
        try:
            answer = running.respond(event)
        except Killed:
            cloud.trace.note(f"{running.label} is killed")
            raise Unavoidable("killed") from None
        except Exception as error:
            cloud.trace.note(f"{running.label} fails: {error}")
            self._done(running)
            if isinstance(error, Unavailable) and not isinstance(error, Misconfigured):
                raise Unavoidable("unavailable") from None
            raise Broken(f"{running.label} fails with {error!r}") from error
        self._done(running)
        return answer

    def _process(self, name: str) -> Running:
        idle = self._idle[name]
        if len(idle) >= self._cloud.width and not self._cloud.chance.strikes(
            f"{name}, a call", ("cold",)
        ):
            return idle.pop(self._cloud.chance.order.randrange(len(idle)))
        self._started += 1
        return Running(self._cloud, name, self._started, self._generation)

    def _done(self, running: Running) -> None:
        if running.generation == self._generation:
            self._idle[running.name].append(running)
