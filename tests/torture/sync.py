"""Sync before receipt: what the system was asked for, in order, as strace saw it."""

import asyncio
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.torture.figures import Figures, keep_quiet
from tests.torture.frames import frame
from tests.torture.player import Player
from tests.torture.process import ServerProcess
from tests.torture.tracing import Call, calls, traced

_SYNCS = ("fsync", "fdatasync")
_READS = ("read", "recvfrom", "recvmsg", "recv")
_CALLS = ",".join((*_SYNCS, *_READS, "sendto", "send", "write", "writev", "sendmsg"))
_WAL = "log.sqlite-wal"
_PAUSE_S = 0.12


class Synced(Figures, kw_only=True):
    """The figures of a campaign."""

    receipts: int = 0
    syncs: int = 0


def check(trace: Sequence[Call]) -> Synced:
    """Find for each receipt the command that came in, and a sync of the log that ended between."""
    found = Synced()
    came: dict[int, int] = {}
    synced = -1
    for number, call in enumerate(trace):
        if call.name in _SYNCS and _WAL in call.about and call.returned == "0":
            synced = number
            found.syncs += 1
        elif call.name in _READS:
            for seq in re.findall(r'\\"seq\\":(\d+),\\"name', call.about):
                came.setdefault(int(seq), number)
        else:
            receipt = re.search(r'\\"receipt\\",\\"commands\\":\[\[(\d+),', call.about)
            if receipt is not None:
                found.receipts += 1
                seq = int(receipt.group(1))
                if seq not in came:
                    found.wrong.append(f"a receipt of {seq}, which never came in")
                elif synced < came[seq]:
                    found.wrong.append(f"the receipt of {seq} went out before a sync")
    return found


async def campaign(
    folder: Path, *, commands: int, say: Callable[[str], None] = keep_quiet
) -> Synced:
    """Play a few commands, one at a time, with every call of the server written down."""
    server = ServerProcess(folder / "data")
    server.start()
    trace = folder / "trace"
    try:
        player = Player("w1", "ann")
        link = await player.connect(server.url)
        async with traced([server.pid], trace, "-s", "400", "-e", f"trace={_CALLS}"):
            for seq in range(1, commands + 1):
                order = b'{"type":"commands","commands":[{"seq":%d,"name":"add","args":%b}]}'
                data = frame(order % (seq, b'{"points":1}'))
                assert link.transport is not None
                link.transport.underlying_transport.write(data)
                await asyncio.sleep(_PAUSE_S)
            await asyncio.sleep(1.0)
        player.leave()
    finally:
        await asyncio.to_thread(server.stop)
    say("reading the trace")
    found = check(list(calls(trace.read_text(errors="replace").splitlines())))
    if found.receipts < commands:
        found.wrong.append(f"{found.receipts} receipts in the trace, for {commands} commands")
    return found
