"""`python -m bench [NAME…] [--json]`: without a name all but the loads run."""

import argparse
import sys
from collections.abc import Callable

import msgspec

from .cost import cost
from .entities import ecs, ecs_bulk
from .functions import imports, package, warm_fold
from .load import LOADS
from .lobby import first_command
from .logs import append, codec
from .measure import Result
from .poison import poison
from .replays import replay_bare, replay_sample
from .started import first_frame
from .ticks import refold, tick_200, tick_200_unread, tick_1000, tick_gas

BENCHMARKS: dict[str, Callable[[], Result]] = {
    "tick-200": tick_200,
    "tick-1000": tick_1000,
    "tick-200-unread": tick_200_unread,
    "tick-gas": tick_gas,
    "ecs": ecs,
    "ecs-bulk": ecs_bulk,
    "replay-bare": replay_bare,
    "replay-sample": replay_sample,
    "append": append,
    "codec": codec,
    "refold": refold,
    "warm-fold": warm_fold,
    "imports": imports,
    "package": package,
    "pool-world": first_command,
    "pool-process": first_frame,
    "cost": cost,
    "poison": poison,
}
# Minutes each, and they want the whole machine: only run when they are named.
GROUPS: dict[str, dict[str, Callable[[], Result]]] = {"load": LOADS}
_HEAD = ("name", "unit", "ours", "theirs", "against", "ratio", "goal")


def main() -> int:
    """Run the named benchmarks; exit with 1 if a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    named = BENCHMARKS | LOADS
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=", ".join([*named, *GROUPS]) + " (all of load-…)"
    )
    parser.add_argument("--json", action="store_true", help="one object a line")
    chosen = parser.parse_args()
    names = [one for name in chosen.names for one in GROUPS.get(name, (name,))]
    unknown = [n for n in names if n not in named]
    if unknown:
        there = ", ".join([*named, *GROUPS])
        parser.error(f"no benchmark {', '.join(unknown)}; there are: {there}")
    if not chosen.json:
        print(_row(*_HEAD))
    missed = 0
    for name in names or BENCHMARKS:
        result = named[name]()
        missed += not result.reached
        if chosen.json:
            print(msgspec.json.encode(result).decode(), flush=True)
        else:
            print(_line(result), flush=True)
    return 1 if missed else 0


def _row(*cells: str) -> str:
    widths = (16, 17, 12, 12, 26, 8, 8)
    return "".join(c.ljust(w) for c, w in zip(cells, widths, strict=True)).rstrip()


def _line(result: Result) -> str:
    sign = "≤" if result.better == "lower" else "≥"
    row = _row(
        result.name,
        result.unit,
        f"{result.ours:,.1f}",
        f"{result.theirs:,.1f}",
        result.against,
        f"{result.ratio:.3f}",
        f"{sign} {result.goal:.3g}",
    )
    mark = "" if result.reached else "  MISSED"
    return row + mark + (f"  ({result.note})" if result.note else "")


if __name__ == "__main__":
    sys.exit(main())
