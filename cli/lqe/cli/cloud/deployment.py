"""A deployed stack as an operator works with it: its tenants, their worlds, what they run."""

from collections.abc import Callable, Iterator
from functools import cached_property, wraps
from typing import Any, Final, TypeVar

import click
import msgspec

from lqe.adapters.aws import client
from lqe.adapters.aws.stacks import alarms_on, stack_outputs
from lqe.adapters.budget import WatchedBudget
from lqe.adapters.clock import SystemClock
from lqe.adapters.registry import Registries, dynamodb_registries
from lqe.adapters.scenarios import ScenarioCode
from lqe.codec import Codec
from lqe.events import ScenarioUpgraded, WorldOpened
from lqe.handlers.folding import worlds_of
from lqe.handlers.http.registered import Around, RegisteredWorlds
from lqe.handlers.process import Process
from lqe.handlers.settings import Settings
from lqe.handlers.worlds import Worlds
from lqe.ports.objects import source_name
from lqe.profile import numeric_profile
from lqe.replay.script import opened
from lqe.scenario import Scenario
from lqe.source import Source

from .account import Account, in_account

Key = tuple[str, str]
R = TypeVar("R")
LOCAL_STACK: Final = "lqe-local"
named_stack = click.option(
    "--stack", default=LOCAL_STACK, show_default=True, help="The stack's name."
)


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How far a world is: `behind` are recorded events that are not folded yet."""

    tenant: str
    world: str
    position: int
    tick: int
    scenario: str
    behind: int
    quarantine: str


class Deployment:
    """One stack, read and written with the operator's own credentials."""

    def __init__(self, account: Account, stack: str, outputs: dict[str, str]) -> None:
        self.account = account
        self.stack = stack
        self.outputs = outputs
        self._codes: dict[str, ScenarioCode] = {}
        self.process = Process(
            Settings(
                events=outputs["EventsTable"],
                snapshots=outputs["SnapshotsTable"],
                connections=outputs["ConnectionsTable"],
                bucket=outputs["Objects"],
                key=outputs.get("ObjectsKey", ""),
                queue=outputs["Intake"],
            ),
            client=client,
            clock=SystemClock(),
            budget=WatchedBudget(),
            code_of=self._code_of,
            report=lambda tenant, world, error: click.echo(f"{tenant}/{world}: {error}", err=True),
        )

    @cached_property
    def registries(self) -> Registries:
        """The registries of the stack's tenants."""
        return dynamodb_registries(self.process.settings.events)

    def worlds(self) -> list[Key]:
        """Return tenant and name of every world."""
        return [
            (tenant, world)
            for tenant in self.registries.deployment.tenants()
            for world in self.registries.tenant(tenant).worlds()
        ]

    def standing(self, key: Key) -> Standing:
        """Return how far a world is."""
        tenant, world = key
        cursor = self.process.cursors.tenant(tenant).get(world)
        head = self.folds.logs.tenant(tenant).world(world).head()
        return Standing(
            tenant=tenant,
            world=world,
            position=cursor.position,
            tick=cursor.tick,
            scenario=cursor.scenario,
            behind=max(0, head - cursor.position),
            quarantine=cursor.quarantine,
        )

    def is_upgraded(self, tenant: str, world: str, since: int, digest: str) -> bool:
        """Say whether an upgrade to a scenario stands in a world's log behind a position."""
        decode = Codec().decode
        events = (
            decode(r.data) for r in self.folds.logs.tenant(tenant).world(world).read(since + 1)
        )
        return any(isinstance(e, ScenarioUpgraded) and e.scenario == digest for e in events)

    @cached_property
    def folds(self) -> Worlds:
        """Folds of the stack's worlds in this process; they attest nothing."""
        return worlds_of(self.process, numeric_profile(), attests=False)

    def keep(self, source: Source) -> None:
        """Keep a source that is about to be deployed: later deploys carry it on."""
        self.process.objects.deployment().put(source_name(source.digest), source.encode())

    def sources(self) -> Iterator[Source]:
        """Yield the source of every scenario that was ever deployed as this stack."""
        kept = self.process.objects.deployment()
        for name in kept.names(source_name("")):
            yield Source.decode(kept.get(name) or b"")

    def code_for(self, tenant: str, digest: str) -> Scenario:
        """Return a deployed scenario, its source kept with a tenant's logs as well."""
        code, data = (
            self._code_of(tenant),
            self.process.objects.deployment().get(source_name(digest)),
        )
        return code(digest if data is None else code.keep(Source.decode(data)))

    @cached_property
    def open_worlds(self) -> RegisteredWorlds:
        """The registered worlds, as the HTTP API opens and releases them."""
        digest = self.outputs["ScenarioDigest"]

        def opening(tenant: str, seed: int) -> WorldOpened:
            return opened(self.code_for(tenant, digest), digest, seed)

        return RegisteredWorlds(Around.of(self.process, self.registries, opening))

    def alarms(self) -> list[tuple[str, str]]:
        """Return the alarms that have gone off, with what they are about."""
        return alarms_on(client("cloudwatch"), self.outputs["Prefix"])

    def _code_of(self, tenant: str) -> ScenarioCode:
        if tenant not in self._codes:
            self._codes[tenant] = ScenarioCode(self.process.objects.tenant(tenant))
        return self._codes[tenant]


def find_deployment(account: Account, stack: str) -> Deployment | None:
    """Return a stack that is deployed, None if there is none of that name."""
    outputs = stack_outputs(client("cloudformation"), stack)
    return None if outputs is None else Deployment(account, stack, outputs)


def deployment(account: Account, stack: str) -> Deployment:
    """Return a stack that is deployed; raise if there is none of that name."""
    found = find_deployment(account, stack)
    if found is None:
        raise click.ClickException(
            f"there is no stack {stack!r} in {account.region}: deploy one with "
            f"`ledgerquest deploy SCENARIO --stack {stack}`"
        )
    return found


def on_stack(command: Callable[..., R]) -> Callable[..., R]:
    """Give a command the options that name a deployed stack, and that stack as `there`."""

    @named_stack
    @in_account
    @wraps(command)
    def on(*args: Any, account: Account, stack: str, **options: Any) -> R:
        return command(*args, there=deployment(account, stack), **options)

    return on
