"""`ledgerquest doctor`: does a scenario compute the same in every process?"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import click
import msgspec

from lqe.adapters.scenarios import find_source
from lqe.adapters.scenarios.allowed import forbidden_imports
from lqe.adapters.scenarios.causes import Package, find_causes
from lqe.replay.trace import Trace, compare_traces, first_bad_keyframe
from lqe.source import Source

from .diagnosis import Diagnosis, causes_of
from .trace import Job, Result

_SEEDS = ("1", "2")


@click.command()
@click.argument("scenario")
@click.option("--players", default=4, show_default=True, type=click.IntRange(1, 200))
@click.option("--ticks", default=600, show_default=True, type=click.IntRange(1, 1_000_000))
@click.option("--interval", default=50, show_default=True, type=click.IntRange(1, 1_000_000),
              help="Ticks between keyframes in these runs.")  # fmt: skip
@click.option("--seed", default=1, show_default=True, help="The script's chance.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as one JSON object.")
def doctor(
    scenario: str, players: int, ticks: int, interval: int, seed: int, *, as_json: bool
) -> None:
    r"""Say whether SCENARIO computes the same in every process, and if not, where and why.

    Reads its code for what differs from run to run, then lets its bots play, in processes with
    different hash seeds and starting cold at every keyframe, and names the first difference: tick,
    system, entity, component.

    \b
    exit code 0  healthy: the same in every run, and no error in its code; warnings may be
              1  not healthy
    """
    source = find_source(scenario)
    found = _read(source)
    found.ticks = ticks
    job = Job(
        source=source, what="script", players=players, ticks=ticks, seed=seed, interval=interval
    )
    try:
        _say(as_json, f"making a script of {players} players and {ticks} ticks")
        events = _run(job, _SEEDS[0]).events
        found.events = len(events)
        base = Job(source=source, what="run", events=events)
        found.difference = _compare(base, as_json=as_json)
    except click.ClickException as error:
        found.failure = error.message
    if found.difference is not None:
        part = found.difference.get("system", "")
        package = Package(source.files)
        found.difference["causes"] = causes_of(package, found.causes, part)
    if as_json:
        click.echo(json.dumps(found.plain()))
    else:
        for line in found.lines():
            click.echo(line)
    sys.exit(0 if found.healthy else 1)


def _read(source: Source) -> Diagnosis:
    """Return what the text of a scenario shows."""
    try:
        return Diagnosis(
            package=source.package,
            imports=[str(found) for found in forbidden_imports(source.files)],
            causes=find_causes(source.files),
        )
    except SyntaxError as error:
        place = f"{source.package}/{error.filename}:{error.lineno}"
        raise click.ClickException(f"{place} is no Python: {error.msg}") from None


def _compare(base: Job, *, as_json: bool) -> dict[str, Any] | None:
    """Return the first difference between runs, explained as far as it can be, or None."""
    plain, other = (_traced(base, s) for s in _SEEDS)
    cold_job = msgspec.structs.replace(base, restore=True)
    pairs = [
        ("two processes with different hash seeds", base, _SEEDS[1], other),
        ("one that went on and one that started cold at each keyframe", cold_job, _SEEDS[0], None),
    ]
    for between, job, seed, known in pairs:
        _say(as_json, f"comparing {between}")
        theirs = known or _traced(job, seed)
        keyframe = first_bad_keyframe(plain, theirs)
        if keyframe is None:
            continue
        _say(as_json, f"they differ by tick {keyframe}; tracing every system")
        first = compare_traces(_traced(base, _SEEDS[0], steps=True), _traced(job, seed, steps=True))
        found: dict[str, Any] = {"between": between, "keyframe": keyframe}
        if first is None:
            found["where"] = f"by the keyframe at tick {keyframe}"
        else:
            found |= msgspec.to_builtins(first) | {"where": str(first)}
        return found
    return None


def _traced(job: Job, hash_seed: str, *, steps: bool = False) -> Trace:
    trace = _run(msgspec.structs.replace(job, steps=steps), hash_seed).trace
    assert trace is not None
    return trace


def _run(job: Job, hash_seed: str) -> Result:
    """Do a job in a fresh process with the given hash seed."""
    with tempfile.TemporaryDirectory() as folder:
        job_file, result_file = Path(folder, "job"), Path(folder, "result")
        job_file.write_bytes(msgspec.msgpack.encode(job))
        done = subprocess.run(  # noqa: S603 - this interpreter, our own module
            [sys.executable, "-m", "lqe.cli.trace", str(job_file), str(result_file)],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            last = done.stderr.strip().splitlines()[-1:] or ["no message"]
            raise click.ClickException(f"the scenario fails in a run: {last[0]}")
        return msgspec.msgpack.decode(result_file.read_bytes(), type=Result)


def _say(as_json: bool, text: str) -> None:  # noqa: FBT001 - said once a step
    if not as_json:
        click.echo(f"… {text}", err=True)
