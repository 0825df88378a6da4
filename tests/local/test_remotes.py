"""Who is at the other end, and what is believed of that."""

import pytest

from lqe.errors import BadInput
from lqe.local.remotes import Remotes
from lqe.local.settings import Settings

FAR, NEAR = "192.0.2.1", "198.51.100.9"


@pytest.mark.parametrize(
    ("peer", "passed_on_for", "remote"),
    [
        (FAR, "", FAR),
        (FAR, NEAR, FAR),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", FAR, FAR),
        ("::1", FAR, FAR),
        ("127.0.0.1", f"{NEAR}, {FAR}", FAR),
        ("127.0.0.1", f"{NEAR}, {FAR}, 172.17.0.2", FAR),
        ("172.17.0.2", FAR, FAR),
        ("127.0.0.1", "somebody", "127.0.0.1"),
        ("127.0.0.1", f"somebody, {FAR}", FAR),
        ("127.0.0.1", "127.0.0.1", "127.0.0.1"),
        ("", "", ""),
    ],
)
def test_proxies_that_are_trusted_say_whose_a_request_is(
    peer: str, passed_on_for: str, remote: str
) -> None:
    headers = {"x-forwarded-for": passed_on_for} if passed_on_for else {}
    assert Remotes(["172.16.0.0/12"]).of(peer, headers) == remote


def test_who_has_one_address_of_ipv6_has_its_network() -> None:
    remotes = Remotes([])
    assert remotes.of("2001:db8::1", {}) == remotes.of("2001:db8::ffff:2", {})
    assert remotes.of("2001:db8::1", {}) != remotes.of("2001:db8:0:1::1", {})


@pytest.mark.parametrize("proxy", ["", "nginx", "10.0.0.1/8", "10.0.0.0/33"])
def test_a_proxy_is_an_address_or_a_network(proxy: str) -> None:
    with pytest.raises(BadInput, match="a proxy is an address or a network"):
        Settings(proxies=(proxy,))
