"""Warm-ups: events that nobody waits for, by which a process gets ready for a world."""

from collections.abc import Mapping
from typing import Any

import msgspec

from lqe.errors import BadInput
from lqe.names import check_tenant, check_world

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
