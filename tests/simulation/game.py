"""The game that is played in the simulation, in two versions, loaded once in a process."""

import functools
from pathlib import Path
from typing import Final

import msgspec

from lqe.adapters.memory import MemoryObjects
from lqe.adapters.scenarios import ScenarioCode, read_source
from lqe.profile import numeric_profile
from lqe.source import Source

TALLY: Final = Path(__file__).parent.parent / "games" / "tally"
_WORTH: Final = (b"WORTH = 1", b"WORTH = 2")


class Game(msgspec.Struct, frozen=True):
    """The code of both versions, their digests, and the numeric profile of this process."""

    code: ScenarioCode
    digest: str
    upgraded: str
    profile: str


@functools.cache
def game() -> Game:
    """Return the game, the same every time."""
    code = ScenarioCode(MemoryObjects().tenant("game"))
    source = read_source(TALLY)
    files = dict(source.files)
    assert files["__init__.py"].count(_WORTH[0]) == 1
    files["__init__.py"] = files["__init__.py"].replace(*_WORTH)
    upgraded = Source(package=source.package, files=files)
    return Game(code, code.keep(source), code.keep(upgraded), numeric_profile())
