"""The pool port on Lambda: functions are invoked ahead, so that a process of each is there."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from lqe.adapters.aws.errors import outside

# Those who give their first command in the same instant need a process each; later ones share.
MOST_PROCESSES: Final = 10


class FunctionPool:
    """Invokes functions with an event that they know as a warm-up, and waits for none of them.

    `each_player` is the function that every player's commands come to, those in `once` are called
    for the world. Invocations that overlap get a process each: where all are cold, they do; one
    that finds a warm process is over at once.
    """

    def __init__(
        self,
        client: Any,
        *,
        each_player: str,
        once: Sequence[str],
        event: Callable[[str, str], bytes],
    ) -> None:
        self._client = client
        self._each_player = each_player
        self._once = tuple(once)
        self._event = event

    def warm(self, tenant: str, world: str, players: int) -> None:
        """Invoke what a world begins with; nothing is returned, and nobody waits."""
        event = self._event(tenant, world)
        for name in (*[self._each_player] * min(players, MOST_PROCESSES), *self._once):
            with outside(f"starting {name} ahead"):
                self._client.invoke(FunctionName=name, InvocationType="Event", Payload=event)
