"""What an issuer answers over HTTP: its keys, or why there are none, within bounded time."""

import time
from collections.abc import Iterator

import pytest

from lqe.adapters import oidc
from lqe.adapters.oidc import check_issuer, published_keys
from lqe.errors import BadInput, Unavailable
from tests.issuer import DISCOVERY, KEYS, Site


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    yield made
    made.close()


def test_the_keys_are_those_that_the_issuer_publishes(site: Site) -> None:
    assert published_keys(site.url) == [{"kid": "k1"}]


def test_an_address_with_a_slash_at_its_end_is_another_issuer(site: Site) -> None:
    site.describes(issuer=f"{site.url}/")
    assert published_keys(f"{site.url}/") == [{"kid": "k1"}]
    with pytest.raises(Unavailable, match="expected"):
        published_keys(site.url)


def test_a_document_of_another_issuer_is_not_believed(site: Site) -> None:
    site.describes(issuer="https://issuer.example")
    with pytest.raises(Unavailable, match=r"issuer\.example"):
        published_keys(site.url)


def test_nobody_is_sent_on_to_another_address(site: Site) -> None:
    site.says("/moved", {"issuer": site.url, "jwks_uri": site.url + KEYS})
    site.answers[DISCOVERY] = (302, {"Location": f"{site.url}/moved"}, b"")
    with pytest.raises(Unavailable, match="302"):
        published_keys(site.url)


@pytest.mark.parametrize("address", ["http://keys.example/k", "file:///etc/passwd", "ftp://x", ""])
def test_keys_at_an_address_that_anybody_could_answer_for_are_not_asked_for(
    site: Site, address: str
) -> None:
    site.describes(jwks_uri=address)
    with pytest.raises(Unavailable, match="no good address"):
        published_keys(site.url)


@pytest.mark.parametrize("body", [b"", b"{}", b"[1]", b"<html>", b'{"keys": 3}', b"[" * 100_000])
@pytest.mark.parametrize("path", [DISCOVERY, KEYS])
def test_what_is_no_such_document_is_said_with_its_address(
    site: Site, path: str, body: bytes
) -> None:
    site.answers[path] = (200, {}, body)
    with pytest.raises(Unavailable, match=site.url + path):
        published_keys(site.url)


def test_what_is_not_there_is_unavailable(site: Site) -> None:
    del site.answers[KEYS]
    with pytest.raises(Unavailable, match="404"):
        published_keys(site.url)
    with pytest.raises(Unavailable, match="does not answer"):
        published_keys("http://127.0.0.1:1")


def test_an_answer_without_end_is_given_up(site: Site) -> None:
    site.says(KEYS, {"keys": [], "more": "x" * 300_000})
    with pytest.raises(Unavailable, match="more than"):
        published_keys(site.url)


def test_an_answer_that_drips_is_given_up(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oidc, "_ALL_S", 0.3)
    site.slowly = True
    began = time.monotonic()
    with pytest.raises(Unavailable, match="takes more than"):
        published_keys(site.url)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "good",
    ["https://issuer.example", "https://issuer.example:8443/a/b", "http://127.0.0.1:8765",
     "http://localhost:1", "http://[::1]:8765"],
)  # fmt: skip
def test_issuers_have_an_address_that_only_they_answer_for(good: str) -> None:
    assert check_issuer(good) == good


@pytest.mark.parametrize(
    "bad",
    ["", "issuer.example", "http://issuer.example", "http://127.0.0.1.issuer.example", "https://",
     "ftp://issuer.example", "https://issuer.example?x=1", "https://issuer.example#x",
     "https://ann@issuer.example", "https://issuer.example/a b", "https://issuer.example\n",
     "file:///etc/passwd", "http://[::1", "https://issuer.example/\u00e9"],
)  # fmt: skip
def test_what_is_no_such_address_is_refused(bad: str) -> None:
    with pytest.raises(BadInput, match="issuer"):
        check_issuer(bad)
