"""A world goes on with its own code and pace, whatever the server was started with."""

from lqe.local.code_in_force import CodeInForce
from lqe.ports.cursors import Cursor
from lqe.ports.objects import source_name
from lqe.scenario import Scenario
from lqe.source import Source
from tests.recorded import TENANT, WORLD, Recorded


class Shelf:
    """A game of stones at 20 Hz that a world is played by, and a newer one at 2 Hz."""

    def __init__(self) -> None:
        self.game = Recorded()
        self.old = self.game.digest
        self.new = self._kept(b"clock_hz=20.0,", b"clock_hz=2.0,")
        self.paces: list[tuple[str, str, float]] = []
        self.in_force = CodeInForce(
            {TENANT: self.game.code},
            self.game.cursors,
            lambda: self.new,
            lambda *paced: self.paces.append(paced),
        )

    def _kept(self, old: bytes, new: bytes) -> str:
        source = Source.decode(self.game.stored.get(source_name(self.old)) or b"")
        files = {name: text.replace(old, new) for name, text in source.files.items()}
        return self.game.code.keep(Source(source.package, files))

    def folded_by(self, digest: str) -> None:
        cursors = self.game.cursors.tenant(TENANT)
        cursors.move(WORLD, Cursor(), Cursor(position=0, scenario=digest))

    def scenario(self) -> Scenario:
        return self.in_force.scenario(TENANT, WORLD)


def test_a_world_keeps_its_pace_when_the_server_starts_with_other_code() -> None:
    shelf = Shelf()
    shelf.folded_by(shelf.old)
    assert shelf.in_force.hz(TENANT, WORLD) == 20.0
    assert shelf.scenario() is shelf.game.code(shelf.old)


def test_a_new_world_begins_with_the_newest_code() -> None:
    assert Shelf().in_force.hz(TENANT, WORLD) == 2.0


def test_an_upgrade_changes_the_pace_of_a_world_that_runs() -> None:
    shelf = Shelf()
    shelf.folded_by(shelf.old)
    shelf.in_force.changed(TENANT, WORLD, shelf.new)
    assert shelf.paces == [(TENANT, WORLD, 2.0)]
    assert shelf.scenario().rules.clock_hz == 2.0


def test_a_world_whose_code_is_missing_lets_its_players_in() -> None:
    shelf = Shelf()
    shelf.folded_by("0" * 64)
    assert shelf.in_force.hz(TENANT, WORLD) == 2.0
