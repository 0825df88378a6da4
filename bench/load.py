"""Thousands of players over WebSocket, held at a pace: what their receipts take, and what is lost.

Gatling (`load/`) plays against `ledgerquest serve` as it is shipped, on the same machine, so that a
figure includes what the client takes from the server.
"""

import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import Any, Final
from urllib.request import urlopen

import msgspec
from prometheus_client.parser import text_string_to_metric_families

from .measure import Result
from .processes import below, cpu_s

_ROOT: Final = Path(__file__).parents[1]
_SAMPLE: Final = _ROOT / "samples" / "sales_simulator"
_PLAYERS: Final = int(os.environ.get("LQE_LOAD_PLAYERS", "5000"))
_STEADY_S: Final = int(os.environ.get("LQE_LOAD_STEADY_S", "45"))
_FOLD_LAG_LIMIT_MS: Final = 200
# A few deltas are due just before or after the window; a rate that is really missed lacks more.
_ENOUGH: Final = 0.98
_LIMITS_MS: Final = {(1, 1): 30, (1, 4): 60, (2, 1): 40, (1, 10): 200}


class Sample(msgspec.Struct):
    """What the server and the machine had counted up to one moment."""

    at: float
    server_s: float
    workers_s: float
    gatling_s: float
    recorded: float
    deltas: float
    connections: float
    fold_lag: dict[float, float]

    @classmethod
    def take(cls, url: str, server: int, gatling: int) -> "Sample":
        counted: dict[str, float] = {}
        fold_lag: dict[float, float] = {}
        with urlopen(f"{url}/v1/metrics", timeout=10) as answer:
            text = answer.read().decode()
        for family in text_string_to_metric_families(text):
            for one in family.samples:
                if one.name == "lqe_fold_lag_seconds_bucket":
                    bound = float(one.labels["le"])
                    fold_lag[bound] = fold_lag.get(bound, 0.0) + one.value
                else:
                    counted[one.name] = counted.get(one.name, 0.0) + one.value
        return cls(
            at=monotonic(),
            server_s=cpu_s([server]),
            workers_s=cpu_s(below(server)),
            gatling_s=cpu_s([gatling, *below(gatling)]),
            recorded=counted["lqe_commands_recorded_total"],
            deltas=counted["lqe_deltas_sent_total"],
            connections=counted["lqe_connections"],
            fold_lag=fold_lag,
        )


def steady(commands: int, deltas: int) -> Result:
    """Return the 99th percentile of receipts; a lost command or a missing delta misses the goal."""
    with tempfile.TemporaryDirectory() as folder, _server(Path(folder), deltas) as (url, server):
        first, last, played = _play(url, server.pid, commands, deltas)
    seconds = last.at - first.at
    limit = _LIMITS_MS[commands, deltas]
    lag_ms = quantile_s(first.fold_lag, last.fold_lag, 0.99) * 1000
    deltas_a_second = (last.deltas - first.deltas) / seconds
    wrong = _wrong(played, deltas_a_second, commands, deltas)
    ratio = math.inf if wrong else max(played["p99_ms"] / limit, lag_ms / _FOLD_LAG_LIMIT_MS)
    players = f"{first.connections:,.0f} players, {played['commands_per_s']:,.0f} commands/s"
    note = [
        *wrong,
        f"fold lag p99 {lag_ms:,.0f} ms",
        f"{players}, {deltas_a_second:,.0f} deltas/s",
        f"p50 {played['p50_ms']:.1f}, max {played['max_ms']:.0f} ms",
        _shares(first, last, seconds),
    ]
    return Result(
        name=f"load-{commands}-{deltas}", unit="ms, p99", ours=played["p99_ms"], theirs=limit,
        against="the limit", ratio=round(ratio, 4), goal=1.0, better="lower", note="; ".join(note),
    )  # fmt: skip


LOADS: Final[dict[str, Callable[[], Result]]] = {
    f"load-{c}-{d}": partial(steady, c, d) for c, d in _LIMITS_MS
}


def _shares(first: Sample, last: Sample, seconds: float) -> str:
    """Return what each program took of one core."""
    took = {
        "server": last.server_s - first.server_s,
        "workers": last.workers_s - first.workers_s,
        "Gatling": last.gatling_s - first.gatling_s,
    }
    return "of a core: " + ", ".join(f"{who} {s / seconds:.0%}" for who, s in took.items())


def _wrong(played: dict[str, Any], deltas_a_second: float, commands: int, deltas: int) -> list[str]:
    """Return in words what makes the time of a receipt worthless."""
    heard = played["deltas_per_s_each"]
    checks = {
        f"LOST {played['lost']:,} commands ({_counts(played['lost_by'])})": played["lost"] > 0,
        f"REJECTED {_counts(played['rejected_as'])}": played["rejected"] > 0,
        f"ONLY {played['commands_per_s']:,.0f} commands/s were sent": (
            played["commands_per_s"] < _ENOUGH * commands * (_PLAYERS - played["watchers"])
        ),
        f"ONLY {deltas_a_second:,.0f} deltas/s were sent": (
            deltas_a_second < _ENOUGH * deltas * _PLAYERS
        ),
        f"ONLY {heard:.2f} deltas/s a player arrived": heard < _ENOUGH * deltas,
        f"{played['gaps']:,} deltas did not fit": played["gaps"] > 0,
        f"{played['watchers_that_stood_still']} watched players never moved": (
            played["watchers_that_stood_still"] > 0
        ),
    }
    return [words for words, is_so in checks.items() if is_so]


def _counts(found: dict[str, int]) -> str:
    return ", ".join(f"{how}: {n:,}" for how, n in found.items())


def quantile_s(before: dict[float, float], after: dict[float, float], share: float) -> float:
    """Return the value below which `share` lies of what a Prometheus histogram took in between."""
    bounds = sorted(after)
    counts = [after[b] - before.get(b, 0.0) for b in bounds]
    if not bounds or counts[-1] <= 0:
        return math.inf  # nothing was folded
    wanted = share * counts[-1]
    low, seen = 0.0, 0.0
    for bound, count in zip(bounds, counts, strict=True):
        if count >= wanted:
            return (
                bound
                if math.isinf(bound)
                else low + (bound - low) * (wanted - seen) / (count - seen)
            )
        low, seen = bound, count
    return math.inf


@contextmanager
def _server(folder: Path, deltas: int) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run the sample, pushing `deltas` a second, until the block ends."""
    scenario = folder / "sales_simulator"
    shutil.copytree(_SAMPLE, scenario, ignore=shutil.ignore_patterns("__pycache__"))
    rules = scenario / "rules.py"
    text, changed = re.subn(r"push_hz=[0-9.]+", f"push_hz={float(deltas)}", rules.read_text())
    if changed != 1:
        raise ValueError(
            f"expected push_hz once in {_SAMPLE / 'rules.py'}, found it {changed} times"
        )
    rules.write_text(text)
    command = [
        sys.executable, "-m", "lqe.cli", "serve", str(scenario),
        "--data", str(folder / "data"), "--port", "0",
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            said = server.stdout.readline()
            url = re.search(r"http://[^\s/]+", said)
            if url is None:
                raise RuntimeError(f"expected a line with http://HOST:PORT first, got {said!r}")
            Thread(target=deque, args=(server.stdout, 0), daemon=True).start()
            yield url.group(), server
        finally:
            server.terminate()


def _play(
    url: str, server: int, commands: int, deltas: int
) -> tuple[Sample, Sample, dict[str, Any]]:
    """Return what was counted as the window opened and closed, and what Gatling found."""
    command = [
        "mvn", "-B", "-ntp", "-q", "-f", str(_ROOT / "load" / "pom.xml"), "gatling:test",
        "-Dgatling.simulationClass=lqe.load.SteadySimulation",
        "-Dgatling.noReports=true", "-Dgatling.data.writers.0=console", "-Dasserted=false",
        f"-Durl={url}", f"-Dusers={_PLAYERS}", f"-Drate={commands}", f"-Dsteady={_STEADY_S}",
    ]  # fmt: skip
    samples: list[Sample] = []
    played: dict[str, Any] = {}
    said: deque[str] = deque(maxlen=40)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as gatling:
        assert gatling.stdout is not None
        for line in gatling.stdout:
            said.append(line)
            if not line.startswith('{"load"'):
                continue
            found = msgspec.json.decode(line)
            if found["load"] == "steady":
                played = found
            else:
                samples.append(Sample.take(url, server, gatling.pid))
    if not played:
        raise RuntimeError("Gatling printed no figures; its last lines:\n" + "".join(said))
    return samples[0], samples[1], played
