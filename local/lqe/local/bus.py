"""The bus port in one process: observers are called in turn."""

from collections.abc import Callable, Sequence

from lqe.errors import Unavailable
from lqe.handlers.tell import Report
from lqe.ports.bus import Published

Observer = Callable[[Published], None]


class LocalBus:
    """Hands every signal to every observer."""

    def __init__(self, observers: Sequence[Observer] = (), report: Report | None = None) -> None:
        self._observers = tuple(observers)
        self._report = report

    def publish(self, signals: Sequence[Published]) -> None:
        """Call the observers, signal by signal; one that fails stops neither world nor others.

        Raises Unavailable if something did not answer an observer: publish the signals again.
        """
        for signal in signals:
            for observer in self._observers:
                try:
                    observer(signal)
                except Unavailable:
                    raise
                except Exception as error:
                    if self._report is None:
                        raise
                    self._report(signal.tenant, signal.world, error)
