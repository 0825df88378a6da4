"""`python -m tests.simulation SEED [--trace]`, or `--seeds A..B [--jobs N]`: run the simulation."""

import argparse
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, nullcontext

from tests.simulation.bugs import BUGS
from tests.simulation.shrink import Shrinker, in_words
from tests.simulation.simulation import Run, Simulation

_EVERY_S = 10.0
_PART = 20


def main(arguments: list[str]) -> int:
    """Run what is asked for; return 1 if anything broke."""
    parser = argparse.ArgumentParser("python -m tests.simulation", description=__doc__)
    parser.add_argument("seed", type=int, nargs="?", help="the seed of one run")
    parser.add_argument("--seeds", help="A..B: all seeds from A up to, not including, B")
    parser.add_argument("--jobs", type=int, default=1, help="processes at once")
    parser.add_argument("--trace", action="store_true", help="print what happens, line by line")
    parser.add_argument("--bug", choices=sorted(BUGS), help="plant one of the known bugs")
    parser.add_argument("--whole", action="store_true", help="do not shrink a run that breaks")
    asked = parser.parse_args(arguments)
    if asked.seeds:
        return _many(asked)
    if asked.seed is None:
        parser.error("a seed, or --seeds A..B")
    with _bug(asked.bug):
        run = Simulation(asked.seed, show=_say if asked.trace else None).run()
        _say(f"seed {run.seed}: {run.lines} lines, digest {run.digest}, {run.events} events")
        if run.broken:
            _say(in_words(run if asked.whole else Shrinker(run).smallest()))
    return 1 if run.broken else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _bug(name: str | None) -> AbstractContextManager[object]:
    return BUGS[name].planted() if name else nullcontext()


def _many(asked: argparse.Namespace) -> int:
    first, _, last = asked.seeds.partition("..")
    begun = told = time.monotonic()
    done, broken = 0, 0
    for runs in _runs(int(first), int(last), asked.jobs, asked.bug):
        for run in runs:
            done += 1
            if run.broken:
                broken += 1
                planted = f" --bug {asked.bug}" if asked.bug else ""
                _say(f"{run.broken}\n  python -m tests.simulation {run.seed}{planted}")
        if time.monotonic() - told > _EVERY_S:
            told = time.monotonic()
            _say(f"{done} seeds, {done / (told - begun):.1f} a second, {broken} broken")
    rate = done / (time.monotonic() - begun)
    _say(f"{done} seeds, {rate:.1f} a second, {broken} broken")
    return 1 if broken else 0


def _runs(first: int, last: int, jobs: int, bug: str | None) -> Iterator[list[Run]]:
    parts = [(n, min(n + _PART, last), bug) for n in range(first, last, _PART)]
    if jobs == 1:
        yield from map(_part, parts)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(_part, parts)


def _part(part: tuple[int, int, str | None]) -> list[Run]:
    first, last, bug = part
    with _bug(bug):
        return [Simulation(seed).run() for seed in range(first, last)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
