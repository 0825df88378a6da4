"""Bugs between the log and what the fold lets out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from lqe.errors import Unavailable
from lqe.handlers import tell
from lqe.handlers.fold import effects
from lqe.handlers.fold import function as fold_function
from lqe.handlers.fold import handler as fold_handler
from lqe.handlers.fold.effects import Effects
from lqe.handlers.fold.handler import FoldHandler
from lqe.handlers.worlds import Warm, Worlds
from lqe.ports.cursors import Cursor
from lqe.usage import Usage
from tests.simulation.game import game
from tests.simulation.patches import Patch
from tests.simulation.planted.bug import NarrowKeys, collected


def the_stream_is_trusted() -> Iterable[Patch]:
    """Whatever comes is folded as the next position."""

    def as_it_comes(self: FoldHandler, warm: Warm, parts: Sequence[Any]) -> Iterator[Any]:
        for part in parts:
            for event in part.events:
                yield warm.fold.position + 1, event

    yield FoldHandler, "_in_order", as_it_comes


def what_is_delivered_again_is_folded_again() -> Iterable[Patch]:
    """Gaps are filled, but what is known already is taken for new."""

    def with_repeats(self: FoldHandler, warm: Warm, parts: Sequence[Any]) -> Iterator[Any]:
        for part in sorted(parts, key=lambda p: p.first):
            for record in self._worlds.log(warm).read(warm.fold.position + 1, part.first):
                yield record.position, self._codec.decode(record.data)
            for event in part.events:
                yield warm.fold.position + 1, event

    yield FoldHandler, "_in_order", with_repeats


def gaps_are_not_filled() -> Iterable[Patch]:
    """What does not follow on what is folded waits for another time, which never comes."""

    def without_gaps(self: FoldHandler, warm: Warm, parts: Sequence[Any]) -> Iterator[Any]:
        for part in sorted(parts, key=lambda p: p.first):
            for position, event in enumerate(part.events, part.first):
                if position == warm.fold.position + 1:
                    yield position, event

    yield FoldHandler, "_in_order", without_gaps


def the_last_record_of_a_batch_is_dropped() -> Iterable[Patch]:
    """A slice ends one too early."""
    respond = fold_function.respond

    def but_the_last(process: Any, fold: Any, event: Any) -> Any:
        return respond(process, fold, {"Records": event["Records"][:-1]})

    yield fold_function, "respond", but_the_last


def only_the_first_world_of_a_batch_is_folded() -> Iterable[Patch]:
    """A batch is taken to be of one world."""
    handle = FoldHandler.handle

    def first_world(self: FoldHandler, batch: Sequence[Any]) -> Any:
        mine = [a for a in batch if (a.tenant, a.world) == (batch[0].tenant, batch[0].world)]
        return handle(self, mine)

    yield FoldHandler, "handle", first_world


def the_cursor_moves_before_the_effects() -> Iterable[Patch]:
    """First it is written down what is out, then it is let out."""
    let_out, move = Effects.let_out, Effects._move

    def cursor_first(self: Effects, warm: Warm) -> None:
        if warm.fold.position > warm.cursor.position:
            before = warm.cursor
            move(self, warm)
            moved, warm.cursor = warm.cursor, before
            with_moved[id(warm)] = moved
            let_out(self, warm)

    with_moved: dict[int, Cursor] = {}

    def already_moved(self: Effects, warm: Warm) -> None:
        warm.cursor = with_moved.pop(id(warm))

    yield Effects, "let_out", cursor_first
    yield Effects, "_move", already_moved


def a_warm_fold_is_never_dropped() -> Iterable[Patch]:
    """A world stays in memory whatever became of its effects."""
    yield Worlds, "drop", lambda *_: None


def warm_worlds_are_known_by_world_alone() -> Iterable[Patch]:
    """One tenant's world is taken for another's of the same name."""
    init = Worlds.__init__

    def narrow(self: Worlds, *args: Any, **more: Any) -> None:
        init(self, *args, **more)
        self._warm = NarrowKeys()

    yield Worlds, "__init__", narrow


def the_cursor_that_was_lost_is_taken_for_moved() -> Iterable[Patch]:
    """The fold goes on after another one moved the cursor."""

    def hopeful(self: Effects, warm: Warm) -> None:
        newest = warm.newest
        new = replace(
            warm.cursor,
            position=warm.fold.position,
            tick=warm.fold.core.tick,
            snapshot=warm.cursor.snapshot if newest is None else newest.tick,
            digest=warm.cursor.digest if newest is None else newest.digest,
            scenario=warm.fold.digest_of_scenario,
            usage=warm.usage,
        )
        self._cursors.tenant(warm.tenant).move(warm.world, warm.cursor, new)
        warm.cursor = new

    yield Effects, "_move", hopeful


def a_cold_start_lets_its_tail_out_again() -> Iterable[Patch]:
    """Everything after the snapshot is taken for new."""
    load = Worlds._load

    def from_the_snapshot(self: Worlds, tenant: str, world: str, cursor: Cursor) -> Warm:
        return load(self, tenant, world, replace(cursor, position=-1))

    yield Worlds, "_load", from_the_snapshot


def use_is_counted_from_the_cold_start() -> Iterable[Patch]:
    """A process counts what it has seen itself."""
    load = Worlds._load

    def from_nothing(self: Worlds, tenant: str, world: str, cursor: Cursor) -> Warm:
        warm = load(self, tenant, world, cursor)
        warm.usage = Usage()
        return warm

    yield Worlds, "_load", from_nothing


def signals_are_numbered_within_a_batch() -> Iterable[Patch]:
    """The index of a signal goes on from one event to the next."""
    take_in = FoldHandler._take_in

    def numbered_on(self: FoldHandler, warm: Warm, event: Any, folded: Any, **more: Any) -> None:
        before = len(warm.signals)
        take_in(self, warm, event, folded, **more)
        new = [replace(s, index=before + n) for n, s in enumerate(warm.signals[before:])]
        warm.signals[before:] = new

    yield FoldHandler, "_take_in", numbered_on


def keyframes_are_not_attested() -> Iterable[Patch]:
    """Nobody tells the log which digests were reached."""
    yield effects, "_attestations", lambda _: []


def a_snapshot_that_could_not_be_stored_is_named() -> Iterable[Patch]:
    """The cursor names a snapshot that may not be there."""
    keep = Effects.keep

    def hopeful(self: Effects, warm: Warm, snapshot: Any) -> None:
        try:
            keep(self, warm, snapshot)
        except Unavailable:
            warm.unattested.append(snapshot.header)
            warm.newest = snapshot.header

    yield Effects, "keep", hopeful


def snapshots_are_named_by_position() -> Iterable[Patch]:
    """Two keyframes that one event passes have one name."""
    keep = Effects.keep

    def by_position(self: Effects, warm: Warm, snapshot: Any) -> None:
        moved = replace(snapshot.header, tick=max(0, snapshot.header.position))
        keep(self, warm, replace(snapshot, header=moved))

    yield Effects, "keep", by_position


def the_newest_code_folds_everything() -> Iterable[Patch]:
    """The code that is deployed is used, whatever the log names."""
    init = Worlds.__init__

    def newest(self: Worlds, *args: Any, **more: Any) -> None:
        init(self, *args, **more)
        self._code_of = lambda _tenant: lambda _digest: game().code(game().upgraded)

    yield Worlds, "__init__", newest


def transient_trouble_is_a_fault_of_the_world() -> Iterable[Patch]:
    """A world whose table is throttled is put into quarantine."""

    class Never(Exception):
        pass

    yield fold_handler, "Unavailable", Never


def patches_leave_out_what_changed_inside() -> Iterable[Patch]:
    """A delta says what is new, not what is different."""

    def what_is_new(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in new.items() if key not in old}

    yield tell, "merge_patch", what_is_new


def everybody_gets_the_first_ones_view() -> Iterable[Patch]:
    """What one player alone may see is sent to all."""
    private = tell._private

    def of_the_first(warm: Warm, world: Any, connection: Any) -> Any:
        first = min(warm.fold.core.players, default=connection.player)
        return private(warm, world, replace(connection, player=first))

    yield tell, "_private", of_the_first


FOLDING = collected(
    the_stream_is_trusted,
    what_is_delivered_again_is_folded_again,
    gaps_are_not_filled,
    the_last_record_of_a_batch_is_dropped,
    only_the_first_world_of_a_batch_is_folded,
    the_cursor_moves_before_the_effects,
    a_warm_fold_is_never_dropped,
    warm_worlds_are_known_by_world_alone,
    the_cursor_that_was_lost_is_taken_for_moved,
    a_cold_start_lets_its_tail_out_again,
    use_is_counted_from_the_cold_start,
    signals_are_numbered_within_a_batch,
    keyframes_are_not_attested,
    a_snapshot_that_could_not_be_stored_is_named,
    snapshots_are_named_by_position,
    the_newest_code_folds_everything,
    transient_trouble_is_a_fault_of_the_world,
    patches_leave_out_what_changed_inside,
    everybody_gets_the_first_ones_view,
)
