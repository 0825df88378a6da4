"""Bad input gets a clear answer, leaves nothing behind, and no other player notices."""

import asyncio
import random
from pathlib import Path

from tests.torture import noise
from tests.torture.garbage import BLAMES, violations
from tests.torture.process import GAMES, ServerProcess
from tests.torture.raw import Raw


def test_each_breach_of_the_protocol_ends_the_connection_with_a_code_that_says_so(
    tmp_path: Path,
) -> None:
    server = ServerProcess(tmp_path / "data", GAMES / "board")
    server.start()

    async def breach() -> dict[str, int | None]:
        codes = {}
        for number, (name, data) in enumerate(violations(random.Random(1)).items()):
            raw = await Raw.open(server.url, "w1", f"p{number}")
            await raw.hear("view")
            await raw.send(data)
            codes[name] = await raw.end()
            raw.abort()
        return codes

    try:
        codes = asyncio.run(breach())
    finally:
        server.stop()
    assert {name: code for name, code in codes.items() if code not in BLAMES} == {}
    assert len(codes) > 10
    assert server.errors() == ""


def test_noise_of_every_kind_disturbs_nobody(tmp_path: Path) -> None:
    found = asyncio.run(noise.campaign(tmp_path, frames=2_500, quiet_s=3.0))
    assert found.wrong == []
    assert found.made.frames >= 2_500
    assert found.receipts > 100
