"""Kill: the server and its workers end at random instants, under load, again and again.

What was acknowledged is in the log, nothing takes effect twice, and a replay shows what was shown.
A world that was answered with 201 is there.
"""

import asyncio
import contextlib
import os
import random
import signal
from collections.abc import Callable, Collection
from http import HTTPStatus
from pathlib import Path

import msgspec
from picows import WSError

from lqe.adapters.sqlite import SQLiteLogs
from tests.torture.asking import ask
from tests.torture.figures import Figures, keep_quiet, percentile_ms
from tests.torture.judge import Judged, judge
from tests.torture.player import Player
from tests.torture.process import ServerProcess, gone_within

_GONE_WITHIN_S = 2.0
_SETTLES_WITHIN_S = 20.0
_PLAYS_WITHIN_S = 30.0
_RATE = 12.0
_OPENED_A_SECOND = 4.0


class Killed(Figures, kw_only=True):
    """The figures of a campaign."""

    server_kills: int = 0
    kills_while_starting: int = 0
    worker_kills: int = 0
    outlived: int = 0
    asked_while_a_worker_was_gone: int = 0
    reconnections: int = 0
    gaps: int = 0
    worlds_answered: int = 0
    worlds_lost: int = 0
    outcomes_never_told: int = 0
    receipts_p99_ms: float = 0.0
    receipts_slowest_ms: float = 0.0
    outcomes_slowest_ms: float = 0.0
    judged: Judged = msgspec.field(default_factory=Judged)


class Campaign:
    """Players who go on through everything, and a server that is ended and started again."""

    def __init__(
        self, server: ServerProcess, seed: int, players: int, say: Callable[[str], None]
    ) -> None:
        self.server = server
        self.chance = random.Random(seed)
        self.players = [Player(f"w{n % 4}", f"p{n}", seed=seed) for n in range(players)]
        self.figures = Killed()
        self.say = say
        self.playing = True
        self.calm = False
        self.playing_now = 0
        self.opened: list[str] = []

    async def open_worlds(self) -> None:
        """Open worlds over HTTP, one after the other, and note those that were answered."""
        number = 0
        while self.playing:
            number += 1
            name = f"opened-{number}"
            body = msgspec.json.encode({"tenant": "local", "world": name})
            with contextlib.suppress(OSError, TimeoutError, ValueError):
                status, _ = await ask(self.server.url, "POST", "/v1/worlds", body)
                if status == HTTPStatus.CREATED:
                    self.opened.append(name)
            await asyncio.sleep(self.chance.expovariate(_OPENED_A_SECOND))

    async def play(self, player: Player) -> None:
        """Play through whatever happens, reconnecting as clients do."""
        while self.playing:
            try:
                link = await player.connect(self.server.url)
            except (OSError, TimeoutError, WSError):
                await asyncio.sleep(0.05)
                continue
            except Exception as error:
                if "picows" not in type(error).__module__:
                    raise
                await asyncio.sleep(0.05)
                continue
            player.send_again()
            self.playing_now += 1
            while self.playing and not link.ended.is_set():
                await asyncio.sleep(self.chance.expovariate(_RATE))
                if not self.calm:
                    player.order(*[_order(self.chance)] * self.chance.choice((1, 1, 1, 3)))
                if self.chance.random() < 0.05:
                    player.send_again()  # an impatient client: the first may be recorded already
            self.playing_now -= 1
        player.leave()

    async def until_they_play(self) -> None:
        """Wait until everybody is connected and has a view."""
        for _ in range(int(_PLAYS_WITHIN_S / 0.05)):
            if self.playing_now == len(self.players):
                return
            await asyncio.sleep(0.05)
        self.figures.wrong.append(f"{self.playing_now} of {len(self.players)} play")

    async def kill_server(self) -> None:
        """Kill the server, look whether anything of it stays, and start it again."""
        workers = self.server.workers()
        self.server.kill()
        self.figures.server_kills += 1
        left = await asyncio.to_thread(gone_within, workers, _GONE_WITHIN_S)
        if left:
            self.figures.outlived += len(left)
            self.figures.wrong.append(f"workers {left} outlived their server")
        while self.chance.random() < 0.15:
            self.server.spawn()
            await asyncio.sleep(self.chance.uniform(0.0, 1.5))
            self.server.kill()
            self.figures.kills_while_starting += 1
        await asyncio.to_thread(self.server.start)

    async def kill_worker(self) -> None:
        """Kill a worker alone; meanwhile the server answers, and takes commands."""
        workers = self.server.workers()
        if not workers:
            return
        os.kill(self.chance.choice(workers), signal.SIGKILL)
        self.figures.worker_kills += 1
        await asyncio.sleep(self.chance.uniform(0.0, 0.6))
        status, _ = await ask(self.server.url, "GET", "/v1/health")
        self.figures.asked_while_a_worker_was_gone += status in (200, 503)

    async def outcomes_come(self) -> None:
        """Let everybody be silent for a while: by then each receipt was followed by its outcome."""
        self.calm = True
        for _ in range(int(_SETTLES_WITHIN_S / 0.1)):
            await asyncio.sleep(0.1)
            links = [p.link for p in self.players if p.link is not None]
            waiting = sum(len(p.pending) for p in self.players)
            if not waiting and all(link.transport and not link.unheard for link in links):
                break
        missing = sum(len(link.unheard) for link in links)
        self.figures.outcomes_never_told += missing
        for link in links:
            link.unheard.clear()
        lost = sum(len(p.pending) for p in self.players)
        if lost:
            self.figures.wrong.append(f"{lost} commands were never acknowledged")
        self.calm = False


def _order(chance: random.Random) -> tuple[str, dict[str, int]]:
    if chance.random() < 0.7:
        return ("add", {"points": chance.randint(1, 9)})
    return ("ring", {"after": chance.randint(1, 20)})


async def campaign(
    folder: Path,
    *,
    times: int,
    seed: int = 1,
    players: int = 12,
    say: Callable[[str], None] = keep_quiet,
) -> Killed:
    """Kill the server `times`, and workers between; return what was found."""
    server = ServerProcess(folder / "data", options=["--workers", "2"])
    it = Campaign(server, seed, players, say)
    it.server.start()
    playing = [asyncio.create_task(it.play(player)) for player in it.players]
    playing.append(asyncio.create_task(it.open_worlds()))
    try:
        for number in range(times):
            if it.chance.random() < 0.85:
                await it.until_they_play()
            await asyncio.sleep(it.chance.uniform(0.1, 1.6))
            for _ in range(it.chance.choice((0, 1, 1, 2)) if number % 2 else 0):
                await it.kill_worker()
            await it.kill_server()
            if number % 10 == 9:
                say(f"{number + 1} of {times}")
        await _settle_and_look(it, max(1, times // 5))
    finally:
        it.playing = False
        await asyncio.gather(*playing)
        it.server.end()
    figures = sum_up(it)
    if it.server.complaints():
        figures.wrong.append(f"on stderr: {it.server.complaints()[-2000:]}")
    return figures


async def _settle_and_look(it: Campaign, rounds: int) -> None:
    """Kill workers alone, and see each time that nothing is lost; then stop in order."""
    for _ in range(rounds):
        await it.until_they_play()
        await asyncio.sleep(it.chance.uniform(0.2, 1.2))
        await it.kill_worker()
        await asyncio.sleep(it.chance.uniform(0.0, 1.0))
        await it.outcomes_come()
    await it.outcomes_come()
    for player in it.players:
        player.look()
    it.playing = False
    workers = it.server.workers()
    status = await asyncio.to_thread(it.server.stop)
    if status != 0 or gone_within(workers, _GONE_WITHIN_S):
        it.figures.wrong.append(f"the stop ended with {status}; workers were {workers}")


def sum_up(it: Campaign, *, allowed: Collection[str] = ("too_fast",)) -> Killed:
    """Judge the logs, and return all that was seen; `allowed` are codes of rejections."""
    figures = it.figures
    figures.judged = judge(it.server.data, it.players)
    figures.wrong += figures.judged.wrong
    logs = SQLiteLogs(it.server.data)
    there = set(logs.tenant("local").worlds())
    logs.close()
    figures.worlds_answered = len(it.opened)
    figures.worlds_lost = len(set(it.opened) - there)
    if figures.worlds_lost:
        figures.wrong.append(f"answered with 201 and not there: {sorted(set(it.opened) - there)}")
    figures.reconnections = sum(p.connections - 1 for p in it.players)
    figures.gaps = sum(p.gaps for p in it.players)
    latencies = [s for p in it.players for s in p.latencies_s]
    outcomes = [s for p in it.players for s in p.outcomes_s]
    figures.receipts_p99_ms = percentile_ms(latencies, 99)
    figures.receipts_slowest_ms = percentile_ms(latencies, 100)
    figures.outcomes_slowest_ms = percentile_ms(outcomes, 100)
    if figures.outcomes_never_told:
        figures.wrong.append(f"{figures.outcomes_never_told} outcomes were never told")
    if figures.asked_while_a_worker_was_gone < figures.worker_kills:
        figures.wrong.append("the server did not answer while a worker was gone")
    rejected = {r.code for p in it.players for r in p.rejections}
    if rejected - {*allowed}:
        figures.wrong.append(f"rejected as {rejected}")
    return figures
