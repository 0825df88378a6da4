"""The connections of a WebSocket API: a message comes to its socket, or the socket is gone."""

# ruff: noqa: N803 - arguments are called as those of the clients of boto3

from collections.abc import Callable
from typing import Any, Final

from tests.simulation.aws.errors import refusal

MAX_BYTES: Final = 128 * 1024


class Sockets:
    """Open sockets by connection: who hears what comes, and who hears of the end."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[Callable[[bytes], None], Callable[[], None]]] = {}

    def open(
        self, connection: str, heard: Callable[[bytes], None], ended: Callable[[], None]
    ) -> None:
        """Let messages to a connection be heard."""
        self._open[connection] = (heard, ended)

    def drop(self, connection: str) -> None:
        """Let a socket be gone, from the client's side."""
        self._open.pop(connection, None)

    def post_to_connection(self, *, ConnectionId: str, Data: bytes) -> Any:
        """Send to a socket that is there."""
        if ConnectionId not in self._open:
            raise refusal("PostToConnection", "GoneException", 410)
        if len(Data) > MAX_BYTES:
            raise refusal("PostToConnection", "PayloadTooLargeException", 413)
        self._open[ConnectionId][0](Data)
        return {}

    def delete_connection(self, *, ConnectionId: str) -> Any:
        """End a socket that is there."""
        if ConnectionId not in self._open:
            raise refusal("DeleteConnection", "GoneException", 410)
        _, ended = self._open.pop(ConnectionId)
        ended()
        return {}
