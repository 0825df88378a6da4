"""`python -m tests.torture CAMPAIGN`: run a campaign in its long form; `--help` says with what."""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from tests.torture import kill
from tests.torture.figures import Figures, say, told


def main(arguments: list[str]) -> int:
    """Run what is asked for; return 1 if anything was wrong."""
    parser = argparse.ArgumentParser("python -m tests.torture", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    campaigns = parser.add_subparsers(required=True, dest="campaign")
    killing = campaigns.add_parser("kill", help="kill -9 of server and workers under load")
    killing.add_argument("--times", type=int, default=100)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="lqe-torture-") as folder:
        figures = _run(asked, Path(folder))
    say(f"{asked.campaign}:\n{told(figures)}")
    for what in figures.wrong:
        say(f"WRONG: {what}")
    return 1 if figures.wrong else 0


def _run(asked: argparse.Namespace, folder: Path) -> Figures:
    if asked.campaign == "kill":
        return asyncio.run(kill.campaign(folder, times=asked.times, seed=asked.seed, say=say))
    raise NotImplementedError(asked.campaign)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
