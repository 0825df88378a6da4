"""One traced run of a script, in a process of its own: what `doctor` starts with other hash seeds.

python -m lqe.cli.trace JOB RESULT
"""

import sys
from pathlib import Path
from typing import Literal

import msgspec

from lqe.adapters.memory import MemoryObjects
from lqe.adapters.scenarios import ScenarioCode, fresh_code
from lqe.codec import Codec
from lqe.replay.script import make_script
from lqe.replay.trace import Trace, trace_run
from lqe.source import Source


class Job(msgspec.Struct, kw_only=True):
    """What to do: make a script, or run one and trace it."""

    source: Source
    what: Literal["script", "run"]
    events: list[bytes] = []
    players: int = 0
    ticks: int = 0
    seed: int = 0
    interval: int = 0
    steps: bool = False
    restore: bool = False


class Result(msgspec.Struct, kw_only=True):
    """What came of it."""

    events: list[bytes] = []
    trace: Trace | None = None


def run(job: Job) -> Result:
    """Do a job in this process."""
    code = ScenarioCode(MemoryObjects().tenant("doctor"), unchecked=True)
    digest = code.keep(job.source)
    codec = Codec()
    if job.what == "script":
        events = make_script(
            code,
            digest,
            players=job.players,
            ticks=job.ticks,
            seed=job.seed,
            interval=job.interval,
        )
        return Result(events=[codec.encode(e) for e in events])
    decoded = [codec.decode(e) for e in job.events]
    if not job.restore:
        return Result(trace=trace_run(code, decoded, steps=job.steps))
    with fresh_code(job.source, unchecked=True) as anew:
        return Result(trace=trace_run(anew, decoded, steps=job.steps, restore=True))


if __name__ == "__main__":
    job_file, result_file = map(Path, sys.argv[1:])
    done = run(msgspec.msgpack.decode(job_file.read_bytes(), type=Job))
    result_file.write_bytes(msgspec.msgpack.encode(done))
