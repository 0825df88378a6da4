"""What was told outside must be what the log says: signals, receipts, outcomes, views, totals."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from lqe.adapters.dynamodb.tables import CONNECTIONS, SNAPSHOTS
from lqe.adapters.memory import MemoryDocuments, MemoryLogs
from lqe.adapters.runs import NAME
from lqe.events import CommandSubmitted, plain_args
from lqe.handlers.meter.handler import Meter
from lqe.ports.intake import Message
from lqe.ports.log import Commit
from lqe.projections.months import month_of
from lqe.projections.statement import statement_of
from lqe.signals import ACHIEVEMENT
from tests.simulation.plain import Plain
from tests.simulation.stops import Broken

if TYPE_CHECKING:
    from tests.simulation.cloud import Cloud
    from tests.simulation.players import Client


def signals(cloud: "Cloud", world: tuple[str, str], plain: Plain) -> None:
    """Every signal of the plain fold is published, as it is, and none that it does not have."""
    published: dict[tuple[int, int], Any] = {}
    for detail in cloud.published:
        if (detail["tenant"], detail["world"]) != world:
            continue
        place = (detail["position"], detail["index"])
        ours = plain.signals.get(place)
        if ours is None or msgspec.to_builtins(ours) != detail["signal"]:
            raise Broken(f"{world}: {detail['signal']} is published of {place}, it is {ours}")
        published[place] = detail
    missing = sorted(set(plain.signals) - set(published))
    if missing:
        raise Broken(f"{world}: nobody published {missing[0]}, {plain.signals[missing[0]]}")


def observers(cloud: "Cloud", key: str, plain: Plain) -> None:
    """The meter, the achievements and the audit log say what the plain fold says."""
    items = cloud.dynamodb.tables[SNAPSHOTS].get(key, {})
    kept = {
        name: msgspec.json.decode(item["body"]["B"])
        for name, item in items.items()
        if name not in ("cursor", NAME)
    }
    expected: dict[str, Any] = plain.usage()
    tenant, _, world = key.partition("#")
    for (position, index), signal in plain.signals.items():
        place = f"{position:016d}-{index:04d}"
        expected[f"signal/{place}"] = {
            "tenant": tenant,
            "world": world,
            "position": position,
            "index": index,
            "signal": msgspec.to_builtins(signal),
        }
        if signal.name == ACHIEVEMENT:
            award = {**signal.data, "tick": signal.tick, "position": position, "index": index}
            expected[f"achievement/{place}"] = award
    for name in sorted(set(kept) | set(expected)):
        if kept.get(name) != expected.get(name):
            raise Broken(f"{key}: {name} is {kept.get(name)}, ought to be {expected.get(name)}")


def bill(cloud: "Cloud", world: tuple[str, str], commits: Sequence[Commit], plain: Plain) -> None:
    """What counts on from the meter's totals is what the log alone says, month by month."""
    tenant, name = world
    log, documents = MemoryLogs().tenant(tenant), MemoryDocuments()
    log.append(commits)
    for kept, item in cloud.dynamodb.tables[SNAPSHOTS].get("#".join(world), {}).items():
        documents.tenant(tenant).replace(name, kept, None, bytes(item["body"]["B"]))
    counted = Meter(documents).of(tenant)
    for month in sorted({month_of(event.at_us) for event in plain.events}):
        mine = statement_of(tenant, month, log, [name])
        theirs = statement_of(tenant, month, log, [name], counted)
        if mine.encode() != theirs.encode():
            raise Broken(f"{world}: the bill is {theirs}, the log has {mine}")


def client(heard: "Client", sent_to: Sequence[Message], plain: Plain) -> None:
    """Every frame was queued as it was sent; every receipt, outcome and view is true."""
    for message in sent_to:
        commands = [e for e in message.events if isinstance(e, CommandSubmitted)]
        if commands and commands[0].player == heard.player:
            _frame(heard, message, commands)
    for session, seq, position in heard.receipts:
        event = plain.events[position] if position <= plain.head else None
        sent = heard.sent.get((session, seq))
        if (
            sent is None
            or not isinstance(event, CommandSubmitted)
            or (event.player, event.session, event.seq) != (heard.player, session, seq)
            or (event.name, plain_args(event)) != sent
        ):
            raise Broken(f"{heard.label}: {seq} has a receipt for {position}, where {event} is")
    for session, outcome in heard.outcomes:
        ours = plain.outcomes.get(outcome.position)
        if (
            ours is None
            or (ours.player, ours.session, ours.seq) != (heard.player, session, outcome.seq)
            or (ours.tick, ours.code, ours.original)
            != (outcome.tick, outcome.code, outcome.original)
        ):
            raise Broken(f"{heard.label} heard {outcome}, and it is {ours}")
    for seen in heard.seen:
        there = plain.views.get((seen.position, heard.player))
        if seen != there:
            raise Broken(f"{heard.label} saw {seen}, there is {there}")


def presence(cloud: "Cloud", heard: "Client", plain: Plain) -> None:
    """Who is connected is on the list of connections, and the log knows that they are there."""
    if not heard.connection:
        return
    items = cloud.dynamodb.tables[CONNECTIONS].get(f"{heard.tenant}#{heard.world}", {})
    if heard.connection not in items:
        raise Broken(f"{heard.label} is connected as {heard.connection}, and not on the list")
    who = (heard.player, heard.session)
    if (*who, heard.connection) not in plain.connected and not plain.kept_out(*who):
        raise Broken(f"{heard.label} is connected as {heard.connection}, and not so for the log")


def _frame(heard: "Client", message: Message, commands: Sequence[CommandSubmitted]) -> None:
    frame = heard.frames.get(message.id)
    queued = [{"seq": c.seq, "name": c.name, "args": plain_args(c)} for c in commands]
    if queued != frame:
        raise Broken(f"{heard.label} sent {frame} as {message.id}, queued is {queued}")
