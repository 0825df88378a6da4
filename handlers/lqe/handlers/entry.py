"""The entry points of functions, wired at the first call, with logs and metrics by Powertools."""

import copy
import functools
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit, single_metric

from lqe.adapters.apigateway import push_client
from lqe.adapters.aws import client
from lqe.adapters.aws.sessions import TenantSessions
from lqe.adapters.budget import WatchedBudget
from lqe.adapters.clock import SystemClock
from lqe.adapters.dynamodb.homes import DynamoHomes
from lqe.adapters.dynamodb.table import Spent, Table
from lqe.adapters.residency import Residency
from lqe.errors import ViewFailed
from lqe.handlers.process import ClientOf, Process
from lqe.handlers.settings import Settings, settings_from
from lqe.handlers.warming import GetReady, meet, warmed

if TYPE_CHECKING:
    from lqe.fold import Code
    from lqe.handlers.worlds import CodeOf

H = TypeVar("H")
Respond = Callable[[Process, H, Mapping[str, Any]], Any]
LambdaHandler = Callable[[Any, Any], Any]
_NAMESPACE = "LedgerQuest"
# What is left of a call's time, beside that of one event, when it stops taking on more, in seconds.
_TO_FINISH_S = 2.0


def function(
    service: str,
    wire: Callable[[Process], H],
    respond: Respond[H],
    get_ready: GetReady[H] = meet,
) -> LambdaHandler:
    """Return the entry point of a function, which is wired at its first call.

    Not before: what is made while a snapshot of the process is taken, all its copies share.
    A warm-up is a call as well, which `get_ready` answers.
    """

    @functools.cache
    def running() -> "_Running[H]":
        return _Running(service, wire, respond, get_ready)

    def lambda_handler(event: Any, context: Any) -> Any:
        return running().call(event, context)

    return lambda_handler


class Log:
    """Structured log lines of one function, and a metric for each that is of a fault."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._logger = Logger(service=f"lqe-{service}")

    def begin(self, context: Any) -> None:
        """Let the lines name the call that they are of."""
        self._logger.append_keys(request=getattr(context, "aws_request_id", ""))

    def report(self, tenant: str, world: str, error: BaseException) -> None:
        """Write that something is wrong with a world, or with what nobody's world is named in.

        A view that fails is a warning: alarms are of worlds that stand still.
        """
        is_view = isinstance(error, ViewFailed)
        say = self._logger.warning if is_view else self._logger.error
        say(str(error), extra={"tenant": tenant, "world": world})
        name = "ViewFaults" if is_view else "WorldFaults"
        _metric(self._service, name, 1.0, "tenant", tenant or "none")


def deployed(settings: Settings, log: Log, budget: WatchedBudget) -> Process:
    """Return the process of a deployed function: AWS's clients, the system's clock.

    With a role for data, tenants are those that are registered, in the region this runs in.
    """
    clock = SystemClock()
    more: dict[str, Any] = {}
    if settings.role:
        # Who is registered is read with the function's own credentials: sessions are made of it.
        homes = DynamoHomes(Table(client("dynamodb"), settings.events))
        residency = Residency(settings.region, homes.of)
        more["resident"] = residency.check
        more["sessions"] = TenantSessions(client("sts"), settings.role, residency.home, clock)
    return Process(
        settings,
        client=_client_of(settings),
        clock=clock,
        budget=budget,
        code_of=_code_of(settings),
        report=log.report,
        **more,
    )


def _client_of(settings: Settings) -> ClientOf:
    def client_of(service: str) -> Any:
        if service == "apigatewaymanagementapi":
            return push_client(settings.need("sockets"))
        return client(service)

    return client_of


def _code_of(settings: Settings) -> "CodeOf":
    @functools.cache
    def packaged() -> "Code":
        # Whoever asks for code folds, or checks commands; others start without the physics.
        from lqe.adapters.scenarios import PackagedCode  # noqa: PLC0415

        return PackagedCode(Path(settings.scenarios))

    return lambda _tenant: packaged()


class _Running(Generic[H]):
    """One process of a function."""

    def __init__(
        self,
        service: str,
        wire: Callable[[Process], H],
        respond: Respond[H],
        get_ready: GetReady[H],
    ) -> None:
        settings = settings_from(os.environ)
        self._service = service
        self._log = Log(service)
        self._budget = WatchedBudget()
        self._process = deployed(settings, self._log, self._budget)
        self._handler = wire(self._process)
        self._respond = _traced(service, respond) if settings.tracing else respond
        self._get_ready = get_ready
        self._spent: dict[str, Spent] = {}

    def call(self, event: Mapping[str, Any], context: Any) -> Any:
        """Answer one call; what it did is written as metrics, also when it fails."""
        self._log.begin(context)
        left_s = context.get_remaining_time_in_millis() / 1_000
        self._budget.begin(left_s - self._budget.event_s - _TO_FINISH_S)
        try:
            if warmed(self._process, self._handler, event, self._get_ready):
                return None
            return self._respond(self._process, self._handler, event)
        finally:
            self._emit()

    def _emit(self) -> None:
        """Write the figures of this call in CloudWatch's embedded format, by tenant and table."""
        for (tenant, name), value in self._process.counted().items():
            _metric(self._service, name, value, "tenant", tenant)
        for table, spent in self._process.spent.items():
            before = self._spent.get(table, Spent())
            self._spent[table] = copy.copy(spent)
            _units(self._service, table, "ReadUnits", spent.reads - before.reads)
            _units(self._service, table, "WriteUnits", spent.writes - before.writes)
        pushed = self._process.pushed()
        for name, value in (("Pushed", pushed.sent), ("PushesLost", pushed.lost)):
            if value:
                _metric(self._service, name, value, "service", f"lqe-{self._service}")


def _units(service: str, table: str, name: str, value: float) -> None:
    if value:
        _metric(service, name, value, "table", table)


def _metric(service: str, name: str, value: float, dimension: str, of: str) -> None:
    with single_metric(
        name=name,
        unit=MetricUnit.Count,
        value=value,
        namespace=_NAMESPACE,
        default_dimensions={"service": f"lqe-{service}"},
    ) as metric:
        metric.add_dimension(name=dimension, value=of)


def _traced(service: str, respond: Respond[H]) -> Respond[H]:
    """Return `respond` as a subsegment of X-Ray's trace, with the calls to AWS in it."""
    # Its own import takes longer than all the others: only who traces pays for it.
    from aws_lambda_powertools import Tracer  # noqa: PLC0415

    captured: Respond[H] = Tracer(service=f"lqe-{service}").capture_method(capture_response=False)(
        respond
    )
    return captured
