"""Where a server listens: several addresses, of IPv4 and IPv6 together, on one port."""

import asyncio
import errno
import os
import socket
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from lqe.errors import Misconfigured

_BACKLOG: Final = 4096
_TRIES: Final = 10
# What a name says of a machine that lacks it: `localhost` is both, and some have no IPv6.
_NOT_HERE: Final = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
_Address = tuple[socket.AddressFamily, str]


class Listening:
    """A server on its sockets."""

    def __init__(self, servers: Sequence[asyncio.Server]) -> None:
        self._servers = servers
        self.sockets = [each for server in servers for each in server.sockets]

    @property
    def url(self) -> str:
        """Where it listens, as clients on this machine call it."""
        host, port = self.sockets[0].getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def close(self) -> None:
        """Listen no more; connections that are open stay."""
        for server in self._servers:
            server.close()


async def listen(
    protocol: Callable[[], asyncio.BaseProtocol], hosts: Sequence[str], port: int
) -> Listening:
    """Listen at all the addresses that some hosts have; port 0 takes one that is free at all."""
    loop = asyncio.get_running_loop()
    found: dict[_Address, str] = {}
    for host in hosts:
        for address in await _addresses(host):
            found.setdefault(address, host)
    for _ in range(_TRIES):
        try:
            sockets = _bound(found, port)
        except OSError as error:
            if port == 0 and error.errno == errno.EADDRINUSE:
                continue  # the port that was free at the first address is not at another one
            raise
        return Listening(
            [await loop.create_server(protocol, sock=each, backlog=_BACKLOG) for each in sockets]
        )
    raise Misconfigured(f"no port is free at {', '.join(hosts)}: name one with --port")


async def _addresses(host: str) -> list[_Address]:
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        reason = f"{host!r} is no address of this machine: {error.strerror}"
        raise Misconfigured(reason) from error
    return [(family, str(address[0])) for family, _, _, _, address in found]


def _bound(found: Mapping[_Address, str], port: int) -> list[socket.socket]:
    """Return a socket for each address, all of one port; raise OSError, and keep none."""
    bound: list[socket.socket] = []
    reached: set[str] = set()
    missing: dict[str, OSError] = {}
    try:
        for address, host in found.items():
            try:
                bound.append(_bind(address, port))
            except OSError as error:
                if error.errno not in _NOT_HERE:
                    raise _cannot(host, port, error) from error
                missing[host] = error
            else:
                port = bound[-1].getsockname()[1]
                reached.add(host)
        for host, why in missing.items():
            if host not in reached:
                raise _cannot(host, port, why) from why
    except OSError:
        for each in bound:
            each.close()
        raise
    return bound


def _cannot(host: str, port: int, error: OSError) -> OSError:
    said = os.strerror(error.errno or 0)
    return OSError(error.errno, f"cannot listen at {host} port {port}: {said}")


def _bind(address: _Address, port: int) -> socket.socket:
    family, host = address
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            # Each family is asked for by name: `::` alone would take IPv4's requests too, or not.
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind((host, port))
    except OSError:
        made.close()
        raise
    return made
