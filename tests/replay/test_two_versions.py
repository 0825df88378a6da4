"""A world whose scenario was changed in the middle replays with the code of each range."""

import shutil
from pathlib import Path

import msgspec

from lqe.adapters.scenarios import read_source
from lqe.events import CommandSubmitted, ScenarioUpgraded
from lqe.replay import Verdict
from tests.recorded import START_US, STONES, Recorded

MIGRATE = '''

@scenario.migrate
def migrate(state: dict[str, object], from_digest: str) -> dict[str, object]:
    """Rename the purse; every wallet gets a colour."""
    components = state["entities"]["components"]
    components["wallet"] = [[e, purse | {"colour": "red"}] for e, purse in components.pop("purse")]
    return state
'''


def second_version(folder: Path) -> Path:
    """Return a copy of the game with its component renamed, and a field added."""
    copy = folder / "stones"
    shutil.copytree(STONES, copy)
    main = copy / "__init__.py"
    text = main.read_text().replace("Purse", "Wallet")
    text = text.replace("    coins: float", "    colour: str = 'blue'\n    coins: float")
    main.write_text(text + MIGRATE)
    return copy


def test_each_range_replays_with_its_own_code_in_one_process(tmp_path: Path) -> None:
    game = Recorded().play(ticks=200)
    new = game.code.keep(read_source(second_version(tmp_path)))
    game.send(ScenarioUpgraded(scenario=new))
    for number, tick in enumerate(range(210, 420, 10), 1000):
        game.clock.us = START_US + tick * 16_000
        args = msgspec.msgpack.encode({"dx": 1.0, "dy": 2.0})
        game.send(
            CommandSubmitted(player="bot-1", session="s-bot-1", seq=number, name="push", args=args)
        )
    report = game.verify()
    assert report.verdict is Verdict.VERIFIED
    assert report.scenarios == [game.digest, new]
    assert report.attested == report.keyframes
    before, after = game.snapshot(200), game.snapshot(400)
    assert before.header.scenario == game.digest
    assert after.header.scenario == new
    components = after.plain()["entities"]["components"]
    assert "purse" not in components
    assert {row["colour"] for _, row in components["wallet"]} == {"red"}
