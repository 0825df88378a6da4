"""strace on a running server: what it asks of the system, and answers as of a bad disk."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

_PIDS = re.compile(r"^(\d+)\s+[\d:.]+\s+(.*)$")
_ATTACHES_WITHIN_S = 20.0


class Call(msgspec.Struct, frozen=True):
    """A system call that ended: its name, what it was about, and what it returned."""

    name: str
    about: str
    returned: str


def why_not() -> str:
    """Say why nothing can be traced here; empty if it can."""
    strace = shutil.which("strace")
    if strace is None:
        return "there is no strace on this machine"
    with subprocess.Popen(["sleep", "9"]) as sleeping:
        command = [strace, "-o", "/dev/null", "-p", str(sleeping.pid)]
        tried = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        try:
            tried.wait(0.3)
        except subprocess.TimeoutExpired:
            tried.send_signal(signal.SIGINT)
        _, said = tried.communicate()
        sleeping.kill()
    return "" if "attached" in said and "not permitted" not in said else f"no tracing here: {said}"


@asynccontextmanager
async def traced(pids: Iterable[int], to: Path, *options: str) -> AsyncIterator[None]:
    """Trace processes, all threads of them, until the block ends."""
    command = ["strace", "-f", "-y", "-tt", "-o", str(to), *options]
    command += [part for pid in pids for part in ("-p", str(pid))]
    tracer = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    assert tracer.stderr is not None
    attached = await asyncio.wait_for(tracer.stderr.readline(), _ATTACHES_WITHIN_S)
    assert b"attached" in attached, attached.decode()
    try:
        yield
    finally:
        os.kill(tracer.pid, signal.SIGINT)
        await asyncio.wait_for(tracer.communicate(), _ATTACHES_WITHIN_S)


def calls(lines: Iterable[str]) -> Iterator[Call]:
    """Yield the calls of a trace of many threads, each where it ended."""
    begun: dict[str, str] = {}
    for line in lines:
        found = _PIDS.match(line)
        if found is None:
            continue
        thread, text = found.groups()
        if text.endswith("<unfinished ...>"):
            begun[thread] = text.removesuffix("<unfinished ...>")
            continue
        resumed = re.match(r"<\.\.\. \w+ resumed>", text)
        if resumed is not None:
            text = begun.pop(thread, "") + text[resumed.end() :]
        whole = re.match(r"(\w+)\((.*)\)\s+=\s+(-?\d+)", text)
        if whole is not None:
            name, about, returned = whole.groups()
            yield Call(name, about, returned)
