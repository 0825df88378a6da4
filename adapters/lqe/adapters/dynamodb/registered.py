"""What a tenant's registry says, item by item, read without the library that it stands on."""

import msgspec

from lqe.errors import Misconfigured

from .inflate import inflated
from .table import Item

_events = msgspec.msgpack.Decoder(list[tuple[bytes, int, str, bytes]]).decode


def registered_in(tenant: str, item: Item) -> list[tuple[str, bytes]]:
    """Return the events of an item, each as its topic and its state in JSON."""
    try:
        events = _events(inflated(bytes(item["body"]["B"])))
    except (KeyError, ValueError, msgspec.DecodeError) as error:
        raise unreadable(tenant, repr(error)) from None
    return [(topic, state) for _, _, topic, state in events]


def unreadable(tenant: str, why: str) -> Misconfigured:
    """Return what is raised where a registry does not say what it has to."""
    return Misconfigured(
        f"the registry of {tenant} cannot be read: {why:.200}; bring its items back as they were"
    )
