"""Where a server listens: several addresses, one port."""

import asyncio
import errno
import socket

import pytest
import uvloop

from lqe.errors import Misconfigured
from lqe.local.listening import Listening, listen

HAS_IPV6 = socket.has_ipv6


def listened(hosts: list[str], port: int = 0) -> list[tuple[str, int]]:
    """Return where hosts are listened at, having been connected to at each."""

    async def run() -> list[tuple[str, int]]:
        listening = await listen(asyncio.Protocol, hosts, port)
        found = [each.getsockname()[:2] for each in listening.sockets]
        for host, at in found:
            _, writer = await asyncio.open_connection(host, at)
            writer.close()
            await writer.wait_closed()
        await asyncio.sleep(0.01)
        listening.close()
        return found

    return uvloop.run(run())


def test_all_hosts_have_one_port() -> None:
    found = listened(["127.0.0.1", "127.0.0.2"])
    assert [host for host, _ in found] == ["127.0.0.1", "127.0.0.2"]
    assert len({port for _, port in found}) == 1


@pytest.mark.skipif(not HAS_IPV6, reason="this machine has no IPv6")
def test_both_families_are_listened_at_together() -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no address of IPv6")
    found = listened(["0.0.0.0", "::"])
    assert [host for host, _ in found] == ["0.0.0.0", "::"]
    assert len({port for _, port in found}) == 1


def test_a_name_is_all_its_addresses_that_are_here() -> None:
    assert "127.0.0.1" in [host for host, _ in listened(["localhost", "127.0.0.1"])]


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"cannot listen at 127.0.0.1 port {port}: ") as error:
            listened(["127.0.0.2", "127.0.0.1"], port)
        assert error.value.errno == errno.EADDRINUSE


def test_an_address_of_another_machine_is_named() -> None:
    with pytest.raises(OSError, match=r"cannot listen at 192\.0\.2\.1 port 0: "):
        listened(["192.0.2.1"])
    with pytest.raises(Misconfigured, match=r"'nowhere\.invalid' is no address of this machine"):
        listened(["nowhere.invalid"])


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_it_is_called_as_clients_on_this_machine_call_it(host: str) -> None:
    class Server:
        def __init__(self) -> None:
            self.sockets = [self]

        def getsockname(self) -> tuple[str, int]:
            return host, 81

    url = Listening([Server()]).url  # type: ignore[list-item] # all that is asked of one
    assert url == ("http://[::1]:81" if ":" in host else "http://127.0.0.1:81")
