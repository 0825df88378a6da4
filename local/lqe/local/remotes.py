"""Who is at the other end: the one that is connected, or whom a proxy that is trusted names.

A proxy on this machine is trusted, and those that `--proxy` names. What others say of themselves in
`X-Forwarded-For` counts for nothing.
"""

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Final

from lqe.errors import BadInput

_ON_THIS_MACHINE: Final = ("127.0.0.0/8", "::1/128")
# Whoever has one address of IPv6 has as many as this leaves out.
_OF_ONE_BITS: Final = 64
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def check_proxy(text: str) -> _Network:
    """Return the addresses that a proxy may have; raise BadInput unless they are some."""
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        reason = f"a proxy is an address or a network such as 172.16.0.0/12, got {text!r:.100}"
        raise BadInput(f"{reason}: {error}") from None


class Remotes:
    """Says whose a request is, as one name for each that can be told apart."""

    def __init__(self, proxies: Iterable[str]) -> None:
        self._proxies = [check_proxy(each) for each in (*_ON_THIS_MACHINE, *proxies)]

    def is_proxy(self, address: str) -> bool:
        """Say whether an address is a proxy's, which speaks for many."""
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(found in network for network in self._proxies)

    def of(self, peer: str, headers: Mapping[str, str]) -> str:
        """Return whose a request is: the last whom it was passed on for and who is no proxy."""
        passed_on = headers.get("x-forwarded-for", "").split(",") if self.is_proxy(peer) else []
        remote = peer
        for text in reversed(passed_on):
            try:
                remote = str(ipaddress.ip_address(text.strip()))
            except ValueError:
                break  # nobody knows who said that
            if not self.is_proxy(remote):
                break
        return one_of(remote)


def one_of(address: str) -> str:
    """Return the name of whoever has an address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 4:  # noqa: PLR2004 - the version
        return address
    return str(ipaddress.ip_network((found, _OF_ONE_BITS), strict=False))
