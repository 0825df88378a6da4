"""An issuer's keys: asked for when they are needed, however many ask, and kept while it is away."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from lqe.errors import Unavailable
from lqe.local.issuer_keys import IssuerKeys, usable
from tests.local.tokens import ISSUER, jwk


class Issuer:
    """Publishes some keys; counts how often it is asked."""

    def __init__(self, *kids: str) -> None:
        self.kids = kids
        self.asked = 0
        self.down = False
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.now_s = 1_000.0
        self.keys = IssuerKeys(ISSUER, published=self.published, now_s=lambda: self.now_s)

    def published(self, issuer: str) -> list[dict[str, Any]]:
        assert issuer == ISSUER
        self.asked += 1
        assert self.may_answer.wait(20)
        if self.down:
            raise Unavailable("it does not answer")
        return [jwk(kid=kid) for kid in self.kids]


def scene(what: Callable[[Issuer], Any]) -> Issuer:
    issuer = Issuer("k1")
    asyncio.run(what(issuer))
    return issuer


def test_a_key_is_asked_for_once() -> None:
    async def go(issuer: Issuer) -> None:
        assert issuer.keys.get("k1") is None
        for _ in range(5):
            await issuer.keys.prepare("k1")
        assert issuer.keys.get("k1") is not None

    assert scene(go).asked == 1


def test_a_flood_of_unknown_keys_asks_the_issuer_once_in_ten_seconds() -> None:
    async def go(issuer: Issuer) -> None:
        for second in range(100):
            issuer.now_s = 1_000.0 + second
            await asyncio.gather(*(issuer.keys.prepare(f"{second}-{n}") for n in range(50)))
            assert second == 0 or issuer.keys.get("k1") is not None

    assert scene(go).asked == 10


def test_a_new_key_of_the_issuer_is_found_and_one_it_took_back_is_gone() -> None:
    async def go(issuer: Issuer) -> None:
        await issuer.keys.prepare("k1")
        issuer.kids = ("k2",)
        issuer.now_s += 11
        await issuer.keys.prepare("k2")
        assert issuer.keys.get("k2") is not None
        assert issuer.keys.get("k1") is None

    assert scene(go).asked == 2


def test_keys_are_renewed_every_hour_and_nobody_waits_for_that() -> None:
    async def go(issuer: Issuer) -> None:
        await issuer.keys.prepare("k1")
        issuer.now_s += 3_601
        issuer.may_answer.clear()
        await asyncio.wait_for(issuer.keys.prepare("k1"), 1)
        issuer.may_answer.set()
        assert issuer.keys._fetching is not None
        await issuer.keys._fetching
        await issuer.keys.prepare("k1")

    assert scene(go).asked == 2


def test_while_the_issuer_is_away_its_keys_serve_on_and_it_is_said() -> None:
    async def go(issuer: Issuer) -> None:
        await issuer.keys.prepare("k1")
        issuer.down = True
        issuer.now_s += 11
        await issuer.keys.prepare("k2")
        assert issuer.keys.get("k1") is not None
        assert "it does not answer" in issuer.keys.problem
        issuer.down = False
        issuer.now_s += 11
        await issuer.keys.prepare("k2")
        assert issuer.keys.problem == ""

    scene(go)


def test_who_waits_for_an_issuer_that_says_nothing_waits_for_a_bounded_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("lqe.local.issuer_keys._WAIT_S", 0.1)

    async def go(issuer: Issuer) -> None:
        issuer.may_answer.clear()
        await asyncio.wait_for(issuer.keys.prepare("k1"), 2)
        assert issuer.keys.get("k1") is None
        issuer.may_answer.set()

    scene(go)


def test_those_who_wait_for_an_issuer_do_not_pile_up() -> None:
    async def go(issuer: Issuer) -> None:
        issuer.may_answer.clear()
        asked = [asyncio.create_task(issuer.keys.prepare(f"none-{n}")) for n in range(500)]
        done, waiting = await asyncio.wait(asked, timeout=0.2)
        assert len(done) > 400
        assert waiting, "some wait"
        assert issuer.keys.is_asked
        issuer.may_answer.set()
        await asyncio.wait(asked)
        assert not issuer.keys.is_asked

    assert scene(go).asked == 1


@pytest.mark.parametrize(
    "useless",
    [
        {},
        {"kid": "a"},
        {"kid": 7, "kty": "RSA"},
        {"kid": "a", "kty": "RSA", "n": "!", "e": "AQAB"},
        {"kid": "a", "kty": "RSA", "n": 3, "e": 4},
        {"kid": "a", "kty": "oct", "k": "c2VjcmV0"},
        {"kid": "a", "kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"},
        {"kid": "a", "kty": "OKP", "crv": "X25519", "x": "AA"},
        {"kid": "a", "kty": "new", "alg": "XX1"},
        {"kid": "a", "kty": ["RSA"]},
        {"kid": "a", "kty": "RSA", "alg": ["RS256"]},
    ],
    ids=str,
)
def test_a_key_that_is_no_use_here_takes_no_other_with_it(useless: dict[str, Any]) -> None:
    assert list(usable([useless, jwk(kid="k1")])) == ["k1"]
