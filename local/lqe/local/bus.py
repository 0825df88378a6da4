"""The bus port in one process: observers are called in turn."""

from collections.abc import Callable, Sequence

from lqe.ports.bus import Published

Observer = Callable[[Published], None]


class LocalBus:
    """Hands every signal to every observer."""

    def __init__(self, observers: Sequence[Observer] = ()) -> None:
        self._observers = tuple(observers)

    def publish(self, signals: Sequence[Published]) -> None:
        """Call the observers, signal by signal."""
        for signal in signals:
            for observer in self._observers:
                observer(signal)
