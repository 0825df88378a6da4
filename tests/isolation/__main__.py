"""`python -m tests.isolation --attempts 100000 --seed 1`: as many attempts as one likes."""

import argparse
import sys
import time
from collections import Counter

from tests.isolation.judge import judged
from tests.isolation.layers import ONE_OFF, TWO_OFF

_SHOWN = 20


def main() -> int:
    """Make attempts under each setting of the layers, and say which succeeded."""
    parser = argparse.ArgumentParser(prog="python -m tests.isolation", description=__doc__)
    parser.add_argument("--attempts", type=int, default=100_000, help="in all settings together")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    settings = (frozenset[str](), *ONE_OFF, *TWO_OFF)
    begun = time.monotonic()
    # Some are left out where no layer is left that they would have to pass.
    verdict = judged(given.seed, given.attempts // len(settings), settings)
    made = Counter({entry: 0 for entry, _ in verdict.counted})
    for (entry, _), count in verdict.counted.items():
        made[entry] += count
    lines = [f"{made.total()} attempts in {time.monotonic() - begun:.0f} s: {dict(made)}"]
    for each in verdict.succeeded[:_SHOWN]:
        reached = [call.what for call in each.calls]
        lines.append(f"off {sorted(each.off)}, {each.attempt.entry}: {each.attempt.says}")
        lines.append(f"  {each.attempt.actor} reached {reached}")
    lines.append(f"{len(verdict.succeeded)} succeeded, {len(verdict.locked_out)} own calls refused")
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if verdict.succeeded or verdict.locked_out else 0


if __name__ == "__main__":
    raise SystemExit(main())
