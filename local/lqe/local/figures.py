"""Which figures of a running server's parts can be read."""

from collections.abc import Callable

from .clock_watch import ClockWatch
from .intake import QueueIntake
from .metrics import Metrics
from .sockets import Sockets
from .workers import Workers


def show_figures(
    metrics: Metrics,
    sockets: Sockets,
    intake: QueueIntake,
    workers: Workers,
    watch: ClockWatch,
    standing: Callable[[], int],
) -> None:
    """Let every figure be read when it is asked for."""
    metrics.gauge("lqe_connections", "Open sockets", lambda: len(sockets))
    metrics.counter("lqe_deltas_sent", "Deltas sent to clients", lambda: sockets.deltas)
    metrics.gauge(
        "lqe_connections_behind",
        "Open sockets whose client does not keep up",
        lambda: sum(1 for s in sockets.all() if s.behind),
    )
    metrics.gauge("lqe_intake_waiting", "Messages not stored yet", lambda: len(intake))
    metrics.gauge("lqe_workers", "Worker processes", lambda: len(workers.processes))
    metrics.counter(
        "lqe_worker_restarts", "Workers in place of one that died", lambda: workers.restarts
    )
    metrics.gauge(
        "lqe_clock_apart_seconds",
        "How far the system's clock is ahead of the server's own, which nobody can set",
        lambda: watch.apart_s,
    )
    metrics.counter("lqe_clock_leaps", "Leaps of the system's clock", lambda: watch.leaps)
    metrics.gauge("lqe_worlds_standing_still", "Worlds in quarantine", standing)
