"""Figures of a running server, as Prometheus reads them."""

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

_LAGS_S = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2, 5, 15)
_WAITS_S = (0.001, 0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.06, 0.1, 0.2, 0.5, 1, 5)


class _Sum(Collector):
    """A sum that somebody else keeps, and that never falls."""

    def __init__(self, name: str, help_text: str, read: Callable[[], float]) -> None:
        self._name = name
        self._help_text = help_text
        self._read = read

    def collect(self) -> Iterator[CounterMetricFamily]:
        """Read it."""
        yield CounterMetricFamily(self._name, self._help_text, value=self._read())


class Metrics:
    """What a server counts. Each name says its unit."""

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        self.recorded = Counter(
            "lqe_commands_recorded", "Commands that are durable", registry=registry
        )
        self.rejected = Counter(
            "lqe_frames_rejected", "Frames of which nothing was recorded", ["code"],
            registry=registry,
        )  # fmt: skip
        self.folded = Counter("lqe_events_folded", "Events that workers folded", registry=registry)
        self.commit = Histogram(
            "lqe_commit_seconds", "From a group's first message taken to the group durable",
            registry=registry, buckets=_WAITS_S,
        )  # fmt: skip
        self.lag = Histogram(
            "lqe_fold_lag_seconds", "From durable to folded", registry=registry, buckets=_LAGS_S
        )
        self.faults = Counter(
            "lqe_faults", "Errors that the server did not expect", registry=registry
        )
        self.requests = Counter("lqe_http_requests", "HTTP requests", ["status"], registry=registry)

    def gauge(self, name: str, help_text: str, read: Callable[[], float]) -> None:
        """Show a figure that is read when it is asked for."""
        Gauge(name, help_text, registry=self._registry).set_function(read)

    def counter(self, name: str, help_text: str, read: Callable[[], float]) -> None:
        """Show a sum that somebody else keeps, read when it is asked for."""
        self._registry.register(_Sum(name, help_text, read))

    def page(self) -> bytes:
        """Return all figures in Prometheus' text format."""
        return generate_latest(self._registry)
