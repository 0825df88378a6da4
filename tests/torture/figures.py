"""Figures of a campaign, and what was wrong in it."""

import sys
from collections.abc import Sequence

import msgspec


class Figures(msgspec.Struct, kw_only=True):
    """What a campaign measured; `wrong` is empty if all is well."""

    wrong: list[str] = []


def percentile_ms(latencies_s: Sequence[float], percent: float) -> float:
    """Return a percentile in milliseconds; 0 of nothing."""
    if not latencies_s:
        return 0.0
    ordered = sorted(latencies_s)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] * 1000


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def keep_quiet(line: str) -> None:
    """Print nothing."""


def told(figures: msgspec.Struct) -> str:
    """Return figures as lines."""
    lines = []
    for name, value in msgspec.structs.asdict(figures).items():
        if name != "wrong":
            shown = f"{value:.2f}" if isinstance(value, float) else f"{value}"
            lines.append(f"  {name.replace('_', ' ')}: {shown}")
    return "\n".join(lines)
