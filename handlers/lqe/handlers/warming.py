"""Warm-ups: events that nobody waits for, by which a process gets ready for a world."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from lqe.errors import BadInput
from lqe.names import check_tenant, check_world

if TYPE_CHECKING:
    from lqe.handlers.process import Process

H = TypeVar("H")
GetReady = Callable[["Process", H, "WarmUp"], None]
# No event of a service has this at its top, and none of its parts that players write is there.
_MARK = "warm_up"


class WarmUp(msgspec.Struct, frozen=True):
    """The world that a process is to get ready for."""

    tenant: str
    world: str

    def encode(self) -> bytes:
        """Return the event that a function is invoked with."""
        return msgspec.json.encode({_MARK: self})


def warm_up_in(event: Mapping[str, Any]) -> WarmUp | None:
    """Return the warm-up that an event is; None if it is any other event."""
    if _MARK not in event:
        return None
    try:
        asked = msgspec.convert(event[_MARK], WarmUp)
    except msgspec.ValidationError as error:
        raise BadInput(f"expected a warm-up with a tenant and a world: {error}") from None
    check_tenant(asked.tenant)
    check_world(asked.world)
    return asked


def meet(process: "Process", _handler: object, asked: WarmUp) -> None:
    """Let a process reach a world's documents: as its tenant, over a connection that stays."""
    process.cursors.tenant(asked.tenant).get(asked.world)


def warmed(
    process: "Process", handler: H, event: Mapping[str, Any], get_ready: GetReady[H] = meet
) -> bool:
    """Let a process get ready, acting for the tenant, if an event is a warm-up; say whether it is.

    `get_ready` does what the first other event of that world would have had to wait for.
    """
    asked = warm_up_in(event)
    if asked is None:
        return False
    with process.acting.tenant(asked.tenant):
        get_ready(process, handler, asked)
    return True
