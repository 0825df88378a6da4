"""What an upgrade would do is found out on a copy: the world itself never hears of it."""

import pytest
from msgspec.structs import replace

from lqe.adapters.budget import Unlimited
from lqe.events import ScenarioUpgraded
from lqe.handlers.upgrades import Rehearsal, rehearse
from lqe.handlers.worlds import Worlds
from lqe.source import Source
from tests.recorded import TENANT, WORLD, Recorded

REFUSING = b"""
@scenario.migrate
def migrate(state, before):
    raise ValueError("it does not fit")
"""


@pytest.fixture
def game() -> Recorded:
    return Recorded().play(players=2, ticks=30)


def changed(game: Recorded, more: bytes) -> str:
    """Keep the game's scenario with something added, and return its digest."""
    old = Source.decode(game.stored.get(f"scenarios/{game.digest}") or b"")
    files = {**old.files, "__init__.py": old.files["__init__.py"] + more}
    return game.code.keep(Source(old.package, files))


def rehearsed(game: Recorded, digest: str) -> Rehearsal:
    before = (game.cursors.tenant(TENANT).get(WORLD), list(game.records()))
    worlds = Worlds(
        game.logs, game.objects, game.cursors, lambda _: game.code, game.profile, Unlimited(),
        attests=False,
    )  # fmt: skip
    found = rehearse(worlds, TENANT, WORLD, digest)
    assert (game.cursors.tenant(TENANT).get(WORLD), list(game.records())) == before
    return found


def test_the_same_code_changes_nothing(game: Recorded) -> None:
    assert rehearsed(game, game.digest).verdict == "same"


def test_code_that_fits_would_be_in_force_at_the_next_keyframe(game: Recorded) -> None:
    found = rehearsed(game, changed(game, b"\n# more\n"))
    assert (found.verdict, found.runs) == ("upgrades", game.digest)


def test_an_upgrade_that_waits_is_not_asked_for_twice(game: Recorded) -> None:
    other = changed(game, b"\n# more\n")
    game.send(ScenarioUpgraded(scenario=other), "u1")
    found = rehearsed(game, other)
    assert (found.verdict, found.runs, found.waiting) == ("follows", game.digest, other)


def test_an_upgrade_that_waits_is_taken_back_by_the_code_that_runs(game: Recorded) -> None:
    other = changed(game, b"\n# more\n")
    game.send(ScenarioUpgraded(scenario=other), "u1")
    found = rehearsed(game, game.digest)
    assert (found.verdict, found.runs, found.waiting) == ("upgrades", game.digest, other)
    game.send(ScenarioUpgraded(scenario=game.digest), "u2")
    assert rehearsed(game, game.digest).verdict == "same"


def test_code_that_cannot_take_over_the_state_says_why(game: Recorded) -> None:
    found = rehearsed(game, changed(game, REFUSING))
    assert found.verdict == "refuses"
    assert "ValueError" in found.reason


def test_a_world_that_stands_still_says_why(game: Recorded) -> None:
    tenant = game.cursors.tenant(TENANT)
    old = tenant.get(WORLD)
    assert tenant.move(WORLD, old, replace(old, quarantine="it cannot be read"))
    found = rehearsed(game, game.digest)
    assert (found.verdict, found.reason) == ("stands", "it cannot be read")
