"""All bugs that the simulation has to find, by name."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from tests.simulation.planted.bug import Bug
from tests.simulation.planted.folding import FOLDING
from tests.simulation.planted.keeping import KEEPING
from tests.simulation.planted.running import RUNNING
from tests.simulation.planted.writing import WRITING
from tests.simulation.simulation import Run, Simulation

BUGS: Final[Mapping[str, Bug]] = MappingProxyType({**WRITING, **FOLDING, **KEEPING, **RUNNING})


def caught(bug: Bug, seeds: Iterable[int]) -> Run | None:
    """Return the first run that breaks with the bug in the code."""
    with bug.planted():
        return next((run for seed in seeds if (run := Simulation(seed).run()).broken), None)
