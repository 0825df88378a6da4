"""Bugs of what is kept beside the log: documents, objects, hot entities, observers, the bus."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from lqe.adapters import cursors, s3
from lqe.adapters.dynamodb import connections, documents, hot
from lqe.adapters.dynamodb.table import Table
from lqe.adapters.eventbridge import EventBridgeBus
from lqe.errors import Unavailable
from lqe.handlers.achievements.handler import Achievements
from lqe.handlers.audit_logger.handler import AuditLogger
from lqe.handlers.meter.handler import Meter
from lqe.projections.achievements import achievement_in
from lqe.projections.statement import BILLED
from lqe.usage import Usage
from tests.simulation.patches import Patch
from tests.simulation.planted.bug import collected


def cursors_are_moved_without_comparing() -> Iterable[Patch]:
    """A fold that lags behind puts its cursor over a later one."""

    def put(self: Any, world: str, old: Any, new: Any) -> bool:
        stored = self._documents.get(world, cursors._NAME)
        return bool(self._documents.replace(world, cursors._NAME, stored, cursors._encode(new)))

    yield cursors._Tenant, "move", put


def documents_know_no_tenant() -> Iterable[Patch]:
    """The cursors and totals of all tenants are kept as those of one."""
    yield documents, "group", lambda _tenant, world: f"acme#{world}"


def objects_know_no_tenant() -> Iterable[Patch]:
    """The snapshots of all tenants are kept as those of one."""
    init = s3._Tenant.__init__

    def of_acme(self: Any, client: Any, bucket: str, tenant: str, *rest: Any) -> None:
        init(self, client, bucket, "acme", *rest)

    yield s3._Tenant, "__init__", of_acme


def connections_know_no_tenant() -> Iterable[Patch]:
    """The connections of all tenants are kept as those of one."""
    yield connections, "group", lambda _tenant, world: f"acme#{world}"


def hot_entities_know_no_tenant() -> Iterable[Patch]:
    """The hot entities of all tenants are kept as those of one."""
    yield hot, "group", lambda _tenant, world: f"acme#{world}"


def a_conflict_of_objects_is_taken_for_success() -> Iterable[Patch]:
    """An object is taken for stored while another request for its name is under way."""
    put = s3._Tenant._put

    def hopeful(self: Any, key: str, data: bytes) -> bool:
        return put(self, key, data) is not False

    yield s3._Tenant, "_put", hopeful


def reads_are_not_consistent() -> Iterable[Patch]:
    """Tables are read as they were a moment ago."""
    init = Table.__init__

    class Eventual:
        def __init__(self, client: Any) -> None:
            self._client = client

        def __getattr__(self, name: str) -> Any:
            call = getattr(self._client, name)
            return lambda **asked: call(**{k: v for k, v in asked.items() if k != "ConsistentRead"})

    def eventual(self: Table, client: Any, name: str, **more: Any) -> None:
        init(self, Eventual(client), name, **more)

    yield Table, "__init__", eventual


def hot_entities_of_the_past_win() -> Iterable[Patch]:
    """A fold that lags behind puts its entities over later ones."""
    put = Table.put

    def whatever_is_there(
        self: Table, item: Any, *, condition: str = "", values: Any = None
    ) -> Any:
        if "as_of" in item:
            condition, values = "", None
        return put(self, item, condition=condition, values=values)

    yield Table, "put", whatever_is_there


def hot_entities_are_written_once() -> Iterable[Patch]:
    """What is there already is not written again."""
    put = Table.put

    def once(self: Table, item: Any, *, condition: str = "", values: Any = None) -> Any:
        if "as_of" in item:
            condition, values = "attribute_not_exists(pk)", None
        return put(self, item, condition=condition, values=values)

    yield Table, "put", once


def usage_is_added_up() -> Iterable[Patch]:
    """Totals are taken for what was used since the last time."""

    def added(self: Usage, other: Usage) -> Usage:
        totals = {name: getattr(self, name) + getattr(other, name) for name in BILLED}
        return replace(other, **totals)

    yield Usage, "later", added


def the_latest_usage_to_come_wins() -> Iterable[Patch]:
    """Totals that come late are taken for the newest."""
    yield Usage, "later", lambda _, other: other


def the_bill_counts_on_from_whatever_is_latest() -> Iterable[Patch]:
    """What was used after a month is taken for used before it ended."""

    def latest(self: Meter, tenant: str) -> Any:
        return lambda world, _month: self.usage(tenant, world)

    yield Meter, "of", latest


def usage_that_could_not_be_kept_is_let_go() -> Iterable[Patch]:
    """The meter is told once, and never again."""

    def once(self: Meter, published: Any) -> None:
        try:
            handle(self, published)
        except Unavailable:
            return

    handle = Meter.handle
    yield Meter, "handle", once


def an_award_that_comes_twice_counts_twice() -> Iterable[Patch]:
    """Awards are kept by how many there are, not by where they are from."""

    def one_more(self: Achievements, published: Any) -> None:
        award = achievement_in(published)
        if award is not None:
            tenant = self._documents.tenant(published.tenant)
            place = len(tenant.names(published.world, "achievement/"))
            name = f"achievement/{award.position:016d}-{award.index:04d}" + f".{place}" * bool(
                place
            )
            tenant.replace(published.world, name, None, msgspec.json.encode(award))

    yield Achievements, "handle", one_more


def a_signal_that_could_not_be_kept_is_let_go() -> Iterable[Patch]:
    """The audit log is told once, and never again."""
    handle = AuditLogger.handle

    def once(self: AuditLogger, published: Any) -> None:
        try:
            handle(self, published)
        except Unavailable:
            return

    yield AuditLogger, "handle", once


def ten_signals_are_enough() -> Iterable[Patch]:
    """Of many signals the first ten are published, which is what a call takes."""
    publish = EventBridgeBus.publish

    def ten(self: EventBridgeBus, signals: Sequence[Any]) -> None:
        publish(self, signals[:10])

    yield EventBridgeBus, "publish", ten


def failed_entries_of_the_bus_are_ignored() -> Iterable[Patch]:
    """A batch that was published in part is taken for published."""
    put = EventBridgeBus._put

    def hopeful(self: EventBridgeBus, entries: Sequence[Any]) -> dict[int, str]:
        put(self, entries)
        return {}

    yield EventBridgeBus, "_put", hopeful


def a_bus_that_does_not_answer_is_let_go() -> Iterable[Patch]:
    """Signals are published as well as it goes."""
    publish = EventBridgeBus.publish

    def hopeful(self: EventBridgeBus, signals: Sequence[Any]) -> None:
        try:
            publish(self, signals)
        except Unavailable:
            return

    yield EventBridgeBus, "publish", hopeful


KEEPING = collected(
    cursors_are_moved_without_comparing,
    documents_know_no_tenant,
    objects_know_no_tenant,
    connections_know_no_tenant,
    hot_entities_know_no_tenant,
    a_conflict_of_objects_is_taken_for_success,
    reads_are_not_consistent,
    hot_entities_of_the_past_win,
    hot_entities_are_written_once,
    usage_is_added_up,
    the_latest_usage_to_come_wins,
    the_bill_counts_on_from_whatever_is_latest,
    usage_that_could_not_be_kept_is_let_go,
    an_award_that_comes_twice_counts_twice,
    a_signal_that_could_not_be_kept_is_let_go,
    ten_signals_are_enough,
    failed_entries_of_the_bus_are_ignored,
    a_bus_that_does_not_answer_is_let_go,
)
