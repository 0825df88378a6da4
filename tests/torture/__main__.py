"""`python -m tests.torture CAMPAIGN`: run a campaign in its long form; `--help` says with what."""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from tests.torture import clocks, disk, fair, kill, long, neighbours, noise, slow, soak, sync
from tests.torture.figures import Figures, say, told

Campaign = Callable[..., Coroutine[Any, Any, Figures]]
# Which campaign, what it is called with besides a folder, and what each is by default.
_CAMPAIGNS: tuple[tuple[str, Campaign, dict[str, float]], ...] = (
    ("kill", kill.campaign, {"times": 100, "players": 12, "seed": 1}),
    ("noise", noise.campaign, {"frames": 200_000, "quiet_s": 30.0, "seed": 1}),
    ("slow", slow.campaign, {"clients": 500, "seconds": 15.0}),
    ("disk", disk.campaign, {"seconds": 20.0}),
    ("fair", fair.campaign, {"seconds": 30.0}),
    ("clocks", clocks.campaign, {"times": 5, "seconds": 3.0}),
    ("neighbours", neighbours.campaign, {"seconds": 15.0}),
    ("soak", soak.campaign, {"minutes": 60.0, "players": 12, "seed": 1}),
    ("sync", sync.campaign, {"commands": 50}),
    ("long", long.campaign, {"players": 200, "minutes": 60.0, "every_s": 10.0}),
)


def main(arguments: list[str]) -> int:
    """Run what is asked for; return 1 if anything was wrong."""
    parser = argparse.ArgumentParser("python -m tests.torture", description=__doc__)
    names = parser.add_subparsers(required=True, dest="campaign")
    for name, campaign, defaults in _CAMPAIGNS:
        with_options = names.add_parser(name, help=(sys.modules[campaign.__module__].__doc__))
        with_options.set_defaults(run=campaign)
        for option, value in defaults.items():
            flag = f"--{option.replace('_', '-')}"
            with_options.add_argument(flag, type=type(value), default=value, help="%(default)s")
    asked = vars(parser.parse_args(arguments))
    name, campaign = asked.pop("campaign"), asked.pop("run")
    with tempfile.TemporaryDirectory(prefix="lqe-torture-") as folder:
        figures = asyncio.run(campaign(Path(folder), say=say, **asked))
    say(f"{name}:\n{told(figures)}")
    for what in figures.wrong:
        say(f"WRONG: {what}")
    return 1 if figures.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
