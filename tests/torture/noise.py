"""Noise: bad input of every kind on many connections, while others play and notice nothing."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from lqe.adapters.sqlite import SQLiteLogs
from lqe.codec import Codec
from lqe.events import CommandSubmitted
from tests.torture.asking import figure
from tests.torture.figures import Figures, keep_quiet, percentile_ms
from tests.torture.frames import CLOSE, frame
from tests.torture.garbage import BLAMES, http, message, sent, violations
from tests.torture.judge import Judged, judge
from tests.torture.player import Player
from tests.torture.process import GAMES, ServerProcess
from tests.torture.raw import Ended, Raw

_BOTS = 40
_RATE = 30.0
_CODES = {"malformed", "invalid", "too_fast", "too_large"}
_ANSWERS_WITHIN_S = 12.0
_GROWS_MB = 40.0


class Made(msgspec.Struct):
    """What was sent and what came of it."""

    frames: int = 0
    messages: int = 0
    violations: int = 0
    requests: int = 0
    answers: dict[str, int] = {}
    wrong: list[str] = []


class Noise(Figures, kw_only=True):
    """The figures of a campaign."""

    made: Made = msgspec.field(default_factory=Made)
    faults: float = 0.0
    events_of_noise: int = 0
    rss_before_mb: float = 0.0
    rss_after_mb: float = 0.0
    quiet_p50_ms: float = 0.0
    quiet_p99_ms: float = 0.0
    noisy_p50_ms: float = 0.0
    noisy_p99_ms: float = 0.0
    receipts: int = 0
    judged: Judged = msgspec.field(default_factory=Judged)


class _Bot:
    """One source of noise, which knows what each thing that it sends has to come to."""

    def __init__(self, url: str, number: int, seed: int) -> None:
        self._url = url
        self._name = f"noise-{number}"
        self._world = f"w{number % 2}"
        self._chance = random.Random(f"{seed} {number}")
        self._answers: Counter[str] = Counter()
        self.made = Made()

    async def make(self, frames: int) -> Made:
        """Send so many frames."""
        while self.made.frames < frames:
            if self._chance.random() < 0.25:
                await self._request()
                continue
            try:
                await self._connected(
                    min(frames, self.made.frames + self._chance.randrange(20, 300))
                )
            except (Ended, TimeoutError, OSError) as error:
                self._wrong(f"unexpected {error!r}")
        self.made.answers = dict(self._answers)
        return self.made

    def _wrong(self, what: str) -> None:
        if len(self.made.wrong) < 5:
            self.made.wrong.append(f"{self._name}: {what}")

    async def _connected(self, until: int) -> None:
        raw = await Raw.open(self._url, self._world, self._name)
        try:
            while self.made.frames < until:
                await self._message(raw)
                await asyncio.sleep(self._chance.expovariate(_RATE))
            await self._last(raw)
        finally:
            raw.abort()

    async def _message(self, raw: Raw) -> None:
        data = message(self._chance)
        self.made.messages += 1
        for part in sent(data, self._chance):
            self.made.frames += 1
            await raw.send(part)
        answer = await raw.hear("rejected")
        self._answers[answer["code"]] += 1
        if answer["code"] not in _CODES or not answer["reason"]:
            self._wrong(f"{answer} to {data[:200]!r}")

    async def _last(self, raw: Raw) -> None:
        """End the connection, by breaking the protocol or by its rules."""
        self.made.frames += 1
        if self._chance.random() < 0.2:
            await raw.send(frame(b"\x03\xe8bye", CLOSE))
            if (code := await raw.end()) != 1000:
                self._wrong(f"closed with {code} when asked to close")
            return
        name, data = self._chance.choice(list(violations(self._chance).items()))
        self.made.violations += 1
        await raw.send(data)
        code = await raw.end()
        self._answers[f"{name}: {code}"] += 1
        if code not in BLAMES:
            self._wrong(f"{name}: closed with {code}")

    async def _request(self) -> None:
        """Send a request that is none; half a one is closed after a while, or we go first."""
        self.made.frames += 1
        self.made.requests += 1
        parts = urlsplit(self._url)
        data = http(self._chance)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        try:
            writer.write(data)
            async with asyncio.timeout(self._chance.choice((0.2, 0.2, 0.2, _ANSWERS_WITHIN_S))):
                answer = await reader.read(9000)
        except TimeoutError:
            self._answers["http: waits"] += 1
        except ConnectionError:
            self._answers["http: reset"] += 1
        else:
            status = answer.split(b" ", 2)[1].decode() if answer else "closed"
            self._answers[f"http: {status}"] += 1
            if status.startswith("5"):
                self._wrong(f"{answer[:200]!r} to {data[:200]!r}")
        finally:
            writer.transport.abort()


def make_noise(url: str, frames: int, seed: int) -> Made:
    """Send bad input from many connections, in a process of its own; return what came of it."""

    async def all_of_it() -> list[Made]:
        bots = [_Bot(url, number, seed) for number in range(_BOTS)]
        return await asyncio.gather(*(bot.make(frames // _BOTS) for bot in bots))

    whole, answers = Made(), Counter[str]()
    for made in asyncio.run(all_of_it()):
        whole.frames += made.frames
        whole.messages += made.messages
        whole.violations += made.violations
        whole.requests += made.requests
        whole.wrong += made.wrong
        answers.update(made.answers)
    whole.answers = dict(sorted(answers.items()))
    return whole


async def campaign(
    folder: Path,
    *,
    frames: int,
    seed: int = 1,
    quiet_s: float = 10.0,
    say: Callable[[str], None] = keep_quiet,
) -> Noise:
    """Let some play in peace, then beside the noise; compare, and look what the log holds."""
    found = Noise()
    server = ServerProcess(folder / "data", GAMES / "board", ["--player-rate", "60"])
    await asyncio.to_thread(server.start)
    players = [Player(f"w{n % 2}", f"p{n}", seed=seed) for n in range(6)]
    try:
        for player in players:
            await player.connect(server.url)
        # Connections of the noise are warm: what is compared is the same server.
        await _play(players, asyncio.ensure_future(asyncio.sleep(quiet_s)))
        quiet = _taken(players)
        found.quiet_p50_ms, found.quiet_p99_ms = (percentile_ms(quiet, p) for p in (50, 99))
        found.rss_before_mb = server.rss_mb()
        say("quiet")
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as other:
            noise = other.submit(make_noise, server.url, frames, seed)
            await _play(players, asyncio.wrap_future(noise))
            found.made = noise.result()
        noisy = _taken(players)
        found.noisy_p50_ms, found.noisy_p99_ms = (percentile_ms(noisy, p) for p in (50, 99))
        found.receipts = len(quiet) + len(noisy)
        found.rss_after_mb = server.rss_mb()
        found.faults = await figure(server.url, "lqe_faults_total")
        for player in players:
            player.look()
            player.leave()
        if await asyncio.to_thread(server.stop) != 0:
            found.wrong.append("the server did not stop well")
    finally:
        server.end()
    _look(found, server, players)
    return found


async def _play(players: list[Player], until: "asyncio.Future[Any]") -> None:
    """Send commands at a steady pace until something is over, and wait for their receipts."""
    number = 0
    while not until.done():
        players[number % len(players)].order(("write", {"text": f"{number}"}))
        number += 1
        await asyncio.sleep(0.02)
    for _ in range(100):
        if not any(p.pending for p in players):
            return
        await asyncio.sleep(0.05)


def _taken(players: list[Player]) -> list[float]:
    taken = [s for p in players for s in p.latencies_s]
    for player in players:
        player.latencies_s.clear()
    return taken


def _look(found: Noise, server: ServerProcess, players: list[Player]) -> None:
    logs, decode = SQLiteLogs(server.data), Codec().decode
    for world in ("w0", "w1"):
        events = (decode(r.data) for r in logs.tenant("local").world(world).read())
        found.events_of_noise += sum(
            isinstance(e, CommandSubmitted) and e.player.startswith("noise") for e in events
        )
    logs.close()
    found.judged = judge(server.data, players)
    found.wrong += [*found.judged.wrong, *found.made.wrong]
    if found.events_of_noise:
        found.wrong.append(f"{found.events_of_noise} events of bad frames are in the log")
    if found.faults or server.errors():
        found.wrong.append(f"{found.faults} faults; on stderr: {server.errors()[-2000:]}")
    if any(p.pending or p.rejections for p in players):
        found.wrong.append("players who did no wrong were not served")
    if found.rss_after_mb - found.rss_before_mb > _GROWS_MB:
        found.wrong.append(f"memory grew by {found.rss_after_mb - found.rss_before_mb:.0f} MB")
