"""What must hold of a log by itself and against what was queued for it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from lqe.events import AnyEvent, CommandSubmitted, KeyframeRecorded, WorldOpened
from lqe.ports.intake import Message
from lqe.ports.log import Commit
from tests.simulation.plain import Plain
from tests.simulation.stops import Broken

if TYPE_CHECKING:
    from tests.simulation.cloud import Cloud

_message = msgspec.json.Decoder(Message).decode


def queued(cloud: "Cloud", key: str) -> list[Message]:
    """Return the messages that ever came into the queue for a world, in order."""
    return [_message(q.body) for q in cloud.sqs.accepted if q.group == key]


def check(
    cloud: "Cloud", key: str, sent: Sequence[Message], commits: Sequence[Commit], plain: Plain
) -> None:
    """What was queued is in the log, whole, in order; time goes on; all is in effect once."""
    _every_message_is_recorded(cloud, key, sent, commits, plain.events)
    _time_goes_on(cloud, key, commits, plain.events)
    _every_command_is_in_effect_once(key, plain)


def _every_message_is_recorded(
    cloud: "Cloud",
    key: str,
    sent: Sequence[Message],
    commits: Sequence[Commit],
    events: Sequence[AnyEvent],
) -> None:
    known = {m.id: m for m in sent}
    firsts: dict[str, int] = {}
    for commit in commits:
        position = commit.first
        for origin in commit.origins:
            message = known.get(origin.message)
            if message is None:
                raise Broken(
                    f"{key}: position {position} is of {origin.message}, which nobody sent"
                )
            stored = events[position : position + origin.events]
            if [_unstamped(e) for e in stored] != [_unstamped(e) for e in message.events]:
                raise Broken(f"{key}: {message.id} sent {message.events}, recorded is {stored}")
            firsts.setdefault(origin.message, position)
            position += origin.events
        if position != commit.last + 1:
            raise Broken(f"{key}: the commit at {commit.first} has events of no message")
    lost = [m.id for m in sent if m.id not in firsts]
    if lost:
        raise Broken(f"{key}: {lost} were queued and are not in the log")
    order = list(dict.fromkeys(m.id for m in sent))
    recorded = sorted(firsts, key=firsts.__getitem__)
    if order != recorded:
        raise Broken(f"{key}: queued in the order {order}, recorded as {recorded}")
    never = cloud.rejected & set(firsts)
    if never:
        raise Broken(f"{key}: {sorted(never)} were rejected, and are in the log")


def _unstamped(event: AnyEvent) -> AnyEvent:
    return replace(event, tick=0, at_us=0)


def _time_goes_on(
    cloud: "Cloud", key: str, commits: Sequence[Commit], events: Sequence[AnyEvent]
) -> None:
    opened = events[0]
    if not isinstance(opened, WorldOpened):
        raise Broken(f"{key} begins with {opened}")
    before: AnyEvent = opened
    for position, event in enumerate(events):
        granted, passed_us = event.tick - before.tick, event.at_us - before.at_us
        if not 0 <= granted <= opened.limits.max_idle_ticks or passed_us < granted * opened.tick_us:
            raise Broken(f"{key}: time goes from {before} to {event} at {position}")
        if event.at_us > cloud.latest_us:
            raise Broken(
                f"{key}: position {position} is at {event.at_us}, later than any clock said"
            )
        if isinstance(event, KeyframeRecorded) and granted:
            raise Broken(f"{key}: a keyframe's record at {position} moves the clock")
        before = event
    for commit in commits:
        last = events[commit.last]
        if (commit.tick, commit.at_us) != (last.tick, last.at_us):
            raise Broken(
                f"{key}: the commit at {commit.first} says another time than its last event"
            )


def _every_command_is_in_effect_once(key: str, plain: Plain) -> None:
    applied: dict[tuple[str, str, int], int] = {}
    first: dict[tuple[str, str, int], int] = {}
    for position, event in enumerate(plain.events):
        if not isinstance(event, CommandSubmitted):
            continue
        name = (event.player, event.session, event.seq)
        outcome = plain.outcomes[position]
        if outcome.code == "unknown_session":
            continue
        earlier = first.setdefault(name, position)
        if earlier != position and outcome.code not in ("duplicate", "stale"):
            raise Broken(f"{key}: {name} of {earlier} has the outcome {outcome} at {position} too")
        if outcome.code is None:
            applied[name] = applied.get(name, 0) + 1
    twice = [name for name, times in applied.items() if times > 1]
    if twice:
        raise Broken(f"{key}: {twice} are in effect more than once")
