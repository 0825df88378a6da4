"""Why a socket is closed, and whether its client comes back by itself.

docs/protocol.md has both for those who write clients.
"""

from enum import IntEnum
from typing import Final


class Close(IntEnum):
    """The codes that the engine closes sockets with."""

    DONE = 1000
    SILENT = 1001
    BROKEN = 1002
    REFUSED = 1008
    TOO_LARGE = 1009
    STOPS = 1012
    TAKEN_OVER = 4001
    TENANT_DISABLED = 4002
    WORLD_OVER = 4003
    NOT_LET_IN = 4004
    TOKEN_ENDED = 4101
    NOT_NOW = 4102


# What is said with `TOKEN_ENDED`.
LAPSED: Final = "the token of this connection has ended: come back with a fresh one"
# By RFC 6455, a client that speaks the protocol wrongly, and would again.
_FOR_GOOD: Final = frozenset({1002, 1003, 1007, 1008, 1009, 1010})
_ENGINES_FOR_GOOD: Final = range(4000, 4100)


def comes_back(code: int) -> bool:
    """Say whether a client comes back by itself, after a pause, when its socket was closed so.

    It holds for codes that nobody has thought of yet: 40xx are for good, 41xx are not. Who gets
    1000 without having closed met a proxy that did.
    """
    return code not in _FOR_GOOD and code not in _ENGINES_FOR_GOOD
