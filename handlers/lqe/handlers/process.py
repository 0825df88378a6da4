"""What one process of a function keeps between its calls: clients, and adapters over them.

Nothing here imports the physics: a function that only takes in messages starts without them.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lqe.adapters.acting import Acting
from lqe.adapters.apigateway import ApiGatewayPush, Pushed
from lqe.adapters.aws.scoped import Check, TenantClients
from lqe.adapters.aws.sessions import TenantSessions
from lqe.adapters.cursors import DocumentCursors
from lqe.adapters.dynamodb.connections import DynamoConnections
from lqe.adapters.dynamodb.documents import DynamoDocuments
from lqe.adapters.dynamodb.entitlements import DynamoEntitlements
from lqe.adapters.dynamodb.table import Spent, Table
from lqe.adapters.runs import DocumentRuns
from lqe.adapters.s3 import S3Objects
from lqe.adapters.sqs import SqsIntake
from lqe.adapters.stepfunctions import StepFunctionsOrchestrator
from lqe.errors import Refused
from lqe.handlers.connect.handler import Connect
from lqe.handlers.settings import Settings
from lqe.names import check_tenant
from lqe.ports.budget import Budget
from lqe.ports.clock import Clock

if TYPE_CHECKING:
    from lqe.handlers.tell import Report
    from lqe.handlers.worlds import CodeOf

ClientOf = Callable[[str], Any]
_NEW_US = 30_000_000
# What somebody was refused for that the operator may want to change.
_REFUSALS = {
    "too_fast": "TooFast",
    "quota_exceeded": "QuotaExceeded",
    "tenant_disabled": "TenantDisabled",
}


class Process:
    """A warm process. It serves many tenants: nothing in it is of one of them, but by key.

    `client` returns the client of a service of AWS by its name, `code_of` the scenarios of a
    tenant; `report` hears what is wrong with which world. Whoever handles a call says whose it is:
    `with process.acting.tenant(name)`. `resident` refuses tenants that are at home elsewhere;
    `sessions` has clients that IAM holds to one tenant, where the deployment has a role for that.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        client: ClientOf,
        clock: Clock,
        budget: Budget,
        code_of: "CodeOf",
        report: "Report",
        resident: Check = check_tenant,
        sessions: TenantSessions | None = None,
    ) -> None:
        self.settings = settings
        self.client = client
        self.clock = clock
        self.budget = budget
        self.code_of = code_of
        self.report = report
        self.acting = Acting()
        self.clients = TenantClients(self.acting, client, resident=resident, sessions=sessions)
        self._tables: dict[str, Table] = {}
        self._counts: dict[tuple[str, str], float] = {}

    def table(self, name: str) -> Table:
        """Return a table by its name."""
        if name not in self._tables:
            own, of_tenant = self.clients.own("dynamodb"), self.clients.of("dynamodb")
            self._tables[name] = Table(own, name, of_tenant=of_tenant)
        return self._tables[name]

    def count(self, tenant: str, name: str, value: float) -> None:
        """Add to a figure of a tenant."""
        key = (tenant, name)
        self._counts[key] = self._counts.get(key, 0.0) + value

    @contextmanager
    def admitting(self, tenant: str) -> Iterator[None]:
        """Do something for a tenant's player, if the tenant may; what is refused is counted."""
        try:
            self.entitlements.check_enabled(tenant)
            yield
        except Refused as error:
            self.refused(tenant, error.code)
            raise

    def refused(self, tenant: str, code: str) -> None:
        """Count that somebody of a tenant was refused at the edge, if its operator has a say."""
        if code in _REFUSALS:
            self.count(tenant, _REFUSALS[code], 1)

    def counted(self) -> dict[tuple[str, str], float]:
        """Return the figures by tenant and name since the last call."""
        counts, self._counts = self._counts, {}
        return counts

    def pushed(self) -> Pushed:
        """Return what was pushed since the last call."""
        if "push" not in self.__dict__:  # a client is not made for nothing
            return Pushed()
        pushed, self.push.counts = self.push.counts, Pushed()
        return pushed

    @property
    def spent(self) -> Mapping[str, Spent]:
        """What the calls of this process cost so far, by table."""
        return {name: table.spent for name, table in self._tables.items()}

    @cached_property
    def documents(self) -> DynamoDocuments:
        """What is kept about worlds beside their logs."""
        return DynamoDocuments(self.table(self.settings.snapshots))

    @cached_property
    def objects(self) -> S3Objects:
        """Where snapshots and sources are."""
        own, of_tenant = self.clients.own("s3"), self.clients.of("s3")
        bucket, key = self.settings.need("bucket"), self.settings.key
        return S3Objects(own, bucket, of_tenant=of_tenant, key=key)

    @cached_property
    def cursors(self) -> DocumentCursors:
        """How far the worlds' effects are out."""
        return DocumentCursors(self.documents)

    @cached_property
    def connections(self) -> DynamoConnections:
        """Who is connected."""
        return DynamoConnections(self.table(self.settings.connections))

    @cached_property
    def entitlements(self) -> DynamoEntitlements:
        """What tenants may do at the edge."""
        return DynamoEntitlements(self.table(self.settings.events), self.clock)

    @cached_property
    def intake(self) -> SqsIntake:
        """The way into the logs."""
        queue = self.settings.need("queue")
        return SqsIntake(self.client("sqs"), queue, admit=self.clients.admit)

    @cached_property
    def runs(self) -> DocumentRuns:
        """Whose turn it is to let time pass in which world."""
        return DocumentRuns(self.documents, self.clock)

    @cached_property
    def orchestrator(self) -> StepFunctionsOrchestrator:
        """The worlds in which time passes; its client is made when one has to be started."""
        return StepFunctionsOrchestrator(self._states, self.runs)

    @cached_property
    def push(self) -> ApiGatewayPush:
        """The way to the clients."""
        return ApiGatewayPush(self.client("apigatewaymanagementapi"), gone=self._gone)

    @cached_property
    def connect(self) -> Connect:
        """Connections that come and go."""
        return Connect(
            self.connections,
            self.push,
            self.intake,
            self.clock,
            self.orchestrator,
            most_players=self.entitlements.players_per_world,
        )

    def _states(self) -> tuple[Any, str]:
        """Return Step Functions and the state machine: most processes never start anything."""
        return self.client("stepfunctions"), self.settings.need("state_machine")

    def _gone(self, connection: str) -> None:
        """Let a connection go that the service does not know any more: nobody else may say so."""
        known = self.connections.known(connection)
        # One that is not made yet is gone as well: `$connect` has to be answered first.
        if known is not None and self.clock.now_us() - known[1] > _NEW_US:
            with self.acting.tenant(known[0].tenant):
                self.connect.close(known[0])
