"""Bugs between a player's frame and the log."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from lqe.adapters.dynamodb import log
from lqe.adapters.dynamodb.commits import commit_item, commit_of
from lqe.adapters.dynamodb.table import Table
from lqe.adapters.sqs import SqsIntake
from lqe.clock import Stamp
from lqe.errors import Conflict, LedgerQuestError, Refused, Unavailable
from lqe.fold import decide
from lqe.fold.outcomes import Code
from lqe.handlers.append import function as append_function
from lqe.handlers.append import handler as append_handler
from lqe.handlers.append import stamping
from lqe.handlers.append.handler import Append
from lqe.handlers.submit.handler import Submit
from lqe.ports.log import Commit
from lqe.wire import Frame, Rejected, decode_frame
from tests.simulation.patches import Patch
from tests.simulation.planted.bug import NarrowKeys, collected


def the_put_has_no_condition() -> Iterable[Patch]:
    """A commit is put over whatever is at its position."""
    yield log, "_FREE", ""


def a_commit_may_begin_inside_another() -> Iterable[Patch]:
    """A free key is taken for proof that the position is free, and a winner for one event long."""
    head_after = append_handler._head_after

    def store(tenant: Any, commit: Commit) -> LedgerQuestError | None:
        try:
            there = tenant._table.put(commit_item(tenant._tenant, commit), condition=log._FREE)
        except Unavailable as error:
            return error
        winner = commit if there is None else commit_of(there)
        return None if winner == commit else Conflict("taken", winner)

    def one_event_long(head: Any, winner: Commit) -> Any:
        return replace(head_after(head, winner), position=winner.first)

    yield log._Tenant, "_store", store
    yield append_handler, "_head_after", one_event_long


def receipts_go_out_before_the_commit() -> Iterable[Patch]:
    """A sender is answered with the positions that its commands are going to have."""
    store = Append._store

    def eager(self: Append, tenant: str, group: Any, handled: Any) -> None:
        for _, stamped in group:
            self._receipts(stamped.stored, stamped.commit().places())
        store(self, tenant, group, handled)

    yield Append, "_store", eager


def receipts_after_a_lost_race_name_one_position() -> Iterable[Patch]:
    """Messages that are found in the log are answered with where the first of them is."""
    settle = Append._settle

    def first_place(self: Append, world: Any, places: Mapping[str, int]) -> None:
        settle(self, world, dict.fromkeys(places, min(places.values(), default=0)))

    yield Append, "_settle", first_place


def nothing_known_twice() -> Iterable[Patch]:
    """Neither the appender looks for a message that comes again, nor the fold for a command."""
    yield log._World, "places", lambda *_: {}
    yield Append, "_settle", lambda *_: None
    yield from the_fold_forgets_what_it_saw()


def the_fold_forgets_what_it_saw() -> Iterable[Patch]:
    """A command that is recorded twice is in effect twice."""

    def known_session_alone(event: Any, session: Any, original: Any) -> Any:
        if session is None:
            return Refused(Code.UNKNOWN_SESSION, "join first")
        return None

    yield decide, "_seen_before", known_session_alone


def failed_messages_are_not_named() -> Iterable[Patch]:
    """The queue is told that all is well, whatever failed."""
    respond = append_function.respond

    def all_is_well(process: Any, append: Any, event: Any) -> Any:
        respond(process, append, event)
        return {"batchItemFailures": []}

    yield append_function, "respond", all_is_well


def what_is_unavailable_is_dropped() -> Iterable[Patch]:
    """Messages whose fate is unknown are taken for settled."""

    def swallow(append: Append, world: Any, handled: Any) -> None:
        world.messages = []

    yield Append, "_fail", swallow


def only_the_message_that_failed_comes_again() -> Iterable[Patch]:
    """Those of its world after it are stored before it."""

    def first_alone(append: Append, world: Any, handled: Any) -> None:
        handled.failed += world.messages[:1]
        world.messages = world.messages[1:]

    yield Append, "_fail", first_alone


def the_last_message_of_a_batch_is_dropped() -> Iterable[Patch]:
    """A slice ends one too early."""
    respond = append_function.respond

    def but_the_last(process: Any, append: Any, event: Any) -> Any:
        records = event["Records"]
        return respond(process, append, {"Records": records[: max(1, len(records) - 1)]})

    yield append_function, "respond", but_the_last


def messages_are_stored_in_another_order() -> Iterable[Patch]:
    """The newest message of a batch is stored first."""
    handle = Append.handle

    def newest_first(self: Append, messages: Sequence[Any]) -> Any:
        return handle(self, list(reversed(messages)))

    yield Append, "handle", newest_first


def a_frame_is_queued_in_parts() -> Iterable[Patch]:
    """Each command of a frame is a message of its own."""
    send = SqsIntake.send

    def apart(self: SqsIntake, messages: Sequence[Any]) -> None:
        parts = [
            replace(m, id=f"{m.id}/{n}", events=(event,)) if n else replace(m, events=(event,))
            for m in messages
            for n, event in enumerate(m.events)
        ]
        send(self, parts)

    yield SqsIntake, "send", apart


def a_bad_command_rejects_itself_alone() -> Iterable[Patch]:
    """The good commands of a frame are queued, and its sender is told that none is."""
    handle = Submit.handle

    def the_good_ones(self: Submit, connection: Any, data: bytes, message_id: str) -> Any:
        answer = handle(self, connection, data, message_id)
        if isinstance(answer, Rejected) and answer.code == "invalid":
            frame = decode_frame(data)
            assert isinstance(frame, Frame)
            good = [c for c in frame.commands if c.name in ("add", "give", "ring", "crack")]
            if good:
                handle(self, connection, msgspec.json.encode(Frame(good)), message_id)
        return answer

    yield Submit, "handle", the_good_ones


def time_follows_the_clock_back() -> Iterable[Patch]:
    """A clock that went back takes the world's tick with it."""

    def back(previous: Stamp, now_us: int, tick_us: int, most: int) -> Stamp:
        passed = min((now_us - previous.at_us) // tick_us, most)
        return Stamp(max(0, previous.tick + passed), previous.at_us + passed * tick_us)

    yield stamping, "next_stamp", back


def time_is_not_capped() -> Iterable[Patch]:
    """After a long silence the world catches up with every tick of it."""

    def uncapped(previous: Stamp, now_us: int, tick_us: int, most: int) -> Stamp:
        passed = min(max((now_us - previous.at_us) // tick_us, 0), 500)
        return Stamp(previous.tick + passed, previous.at_us + passed * tick_us)

    yield stamping, "next_stamp", uncapped


def bookkeeping_moves_the_clock() -> Iterable[Patch]:
    """A record of the engine itself is given the time that passed."""
    yield stamping, "BOOKKEEPING", ()


def heads_are_known_by_world_alone() -> Iterable[Patch]:
    """The appender takes the head of one tenant's world for that of another's."""
    init = Append.__init__

    def narrow(self: Append, *args: Any, **more: Any) -> None:
        init(self, *args, **more)
        self._heads = NarrowKeys()

    yield Append, "__init__", narrow


def an_unknown_result_is_taken_for_success() -> Iterable[Patch]:
    """A write that was not answered is taken for done."""
    write = Table._write

    def hopeful(self: Table, call: Any, subject: Any, more: Any) -> Any:
        try:
            return write(self, call, subject, more)
        except Unavailable:
            return None

    yield Table, "_write", hopeful


def failed_entries_of_the_queue_are_ignored() -> Iterable[Patch]:
    """A batch that was queued in part is taken for queued."""
    send = SqsIntake._send

    def hopeful(self: SqsIntake, batch: Any) -> dict[str, str]:
        send(self, batch)
        return {}

    yield SqsIntake, "_send", hopeful


WRITING = collected(
    the_put_has_no_condition,
    a_commit_may_begin_inside_another,
    receipts_go_out_before_the_commit,
    receipts_after_a_lost_race_name_one_position,
    nothing_known_twice,
    the_fold_forgets_what_it_saw,
    failed_messages_are_not_named,
    what_is_unavailable_is_dropped,
    only_the_message_that_failed_comes_again,
    the_last_message_of_a_batch_is_dropped,
    messages_are_stored_in_another_order,
    a_frame_is_queued_in_parts,
    a_bad_command_rejects_itself_alone,
    time_follows_the_clock_back,
    time_is_not_capped,
    bookkeeping_moves_the_clock,
    heads_are_known_by_world_alone,
    an_unknown_result_is_taken_for_success,
    failed_entries_of_the_queue_are_ignored,
)
