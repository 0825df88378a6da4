"""Tokens that the server verifies itself: what is taken, what is not, and who is let in as whom."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from typing import Any

import jwt
import pytest

from lqe.handlers.http.claims import TokenGuard
from lqe.handlers.http.messages import Request
from lqe.handlers.http.ports import WorldState
from lqe.handlers.http.problems import Declined
from lqe.handlers.http.roles import Role
from lqe.handlers.http.table import ROUTES
from lqe.handlers.http.tenants import OpenGuard
from lqe.local.tokens import LEEWAY_S, MAX_TOKEN_BYTES, JwtGuard, OpenOrTokenGuard, Tokens
from tests.handlers.http.asking import Served, json_of, told
from tests.local.tokens import AUDIENCE, Published, claims, jwk, private, public_pem, signed

GUARDED = [route for route in ROUTES if route.guarded]
W1 = WorldState(world="w1", position=7, tick=2_100, scenario="d1", players=2)
NOW_S = int(time.time())


def part(value: Any) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def by_hand(header: dict[str, Any], signature: bytes = b"", body: Any = None) -> str:
    """Return a token as somebody makes it who has no library that would refuse to."""
    return f"{part(header)}.{part(claims() if body is None else body)}.{part(signature)}"


def hmac_of_the_public_key() -> str:
    """Return a token whose secret everybody knows, in the hope that it is taken for a secret."""
    header = {"alg": "HS256", "kid": "RS256"}
    first = by_hand(header).rpartition(".")[0]
    digest = hmac.new(public_pem(), first.encode(), hashlib.sha256).digest()
    return f"{first}.{part(digest)}"


def with_another_body() -> str:
    head, _, signature = signed().split(".")
    return f"{head}.{part(claims(tenant='globex'))}.{signature}"


def with_another_header() -> str:
    _, body, signature = signed().split(".")
    return f"{part({'alg': 'none', 'kid': 'RS256'})}.{body}.{signature}"


@pytest.fixture
def tokens() -> Tokens:
    algorithms = ("RS256", "ES256", "EdDSA")
    weak = jwk(kid="weak", bits=1024)
    stronger = jwk("RS512", kid="RS512")
    encrypts = jwk(kid="enc") | {"use": "enc"}
    shared = {"kty": "oct", "k": part(b"x" * 32), "kid": "oct", "alg": "HS256"}
    named = [jwk(each) for each in algorithms]
    return Tokens(Published(*named, weak, stronger, encrypts, shared), AUDIENCE)


@pytest.fixture
def served(tokens: Tokens) -> Served:
    return Served(guard=JwtGuard(tokens, ["acme"]))


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_a_token_that_the_issuer_signed_says_who_asks(served: Served, algorithm: str) -> None:
    issued = json_of(served.ticket(key=signed(algorithm)))
    assert (issued["tenant"], issued["player"]) == ("acme", "ann")


FORGED = {
    "nothing signs it": by_hand({"alg": "none", "kid": "RS256"}),
    "nothing signs it, in other letters": by_hand({"alg": "nOnE", "kid": "RS256"}),
    "the public key is taken for a secret": hmac_of_the_public_key(),
    "a secret that is published": jwt.encode(claims(), "x" * 32, headers={"kid": "oct"}),
    "another body": with_another_body(),
    "another header": with_another_header(),
    "a key that nobody published": signed(kid="unknown"),
    "another's key under a known name": jwt.encode(
        claims(), private("RS256", 2049), "RS256", headers={"kid": "RS256"}
    ),
    "another algorithm of the same key": jwt.encode(
        claims(), private("RS256"), "PS256", headers={"kid": "RS256"}
    ),
    "an algorithm that is not taken": signed("RS512"),
    "a key for something else": signed(kid="enc"),
    "a key that is too short": signed(kid="weak", bits=1024),
    "no key is named": jwt.encode(claims(), private("RS256"), "RS256"),
    "the key's name is no text": by_hand({"alg": "RS256", "kid": ["RS256"]}),
    "what has to be understood is not": signed(headers={"crit": ["exp2"], "exp2": 1}),
    "the header is nested": f"{part(b'[' * 4_000)}.e30.e30",
    "the body is nested": f"{part({'alg': 'RS256', 'kid': 'RS256'})}.{part(b'[' * 4_000)}.e30",
    "the header is no JSON": f"{part(b'RS256')}.e30.e30",
    "the header is a list": f"{part([1])}.e30.e30",
    "no base64": "!.!.!",
    "nothing between the dots": "..",
    "one part": "e30",
    "four parts": f"{signed()}.e30",
    "letters that are no ASCII": "é.é.é",
    "a surrogate": "\udc80.e30.e30",
}


@pytest.mark.parametrize("how", FORGED)
def test_a_token_that_the_issuer_did_not_sign_so_lets_nobody_in(served: Served, how: str) -> None:
    answer = served.ticket(key=FORGED[how])
    assert told(answer) == (401, "wrong_token")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert served.failures == []


CLAIMED: dict[str, tuple[dict[str, Any], str]] = {
    "another issuer": ({"iss": "https://issuer.example/other"}, "another issuer"),
    "an issuer that begins alike": ({"iss": "https://issuer.example/pool/"}, "another issuer"),
    "no issuer": ({"iss": None}, "lacks"),
    "another audience": ({"aud": "another-game"}, "another audience"),
    "other audiences": ({"aud": ["a", "b"]}, "another audience"),
    "no audience": ({"aud": None, "client_id": AUDIENCE}, "lacks"),
    "expired": ({"exp": NOW_S - LEEWAY_S - 1}, "expired"),
    "no end": ({"exp": None}, "lacks"),
    "an end that is no number": ({"exp": "never"}, "no token"),
    "an end beyond all numbers": ({"exp": float("inf")}, "no token"),
    "not yet": ({"nbf": NOW_S + 86_400}, "not in force yet"),
    "of the future": ({"iat": NOW_S + 86_400}, "not in force yet"),
}


@pytest.mark.parametrize("how", CLAIMED)
def test_a_token_of_others_or_of_another_time_is_refused_and_says_why(
    served: Served, how: str
) -> None:
    others, reason = CLAIMED[how]
    answer = served.ticket(key=signed(**others))
    assert told(answer) == (401, "wrong_token")
    assert reason in json_of(answer)["reason"]


def test_clocks_may_differ_by_a_little(served: Served) -> None:
    now_s = int(time.time())
    assert served.ticket(key=signed(exp=now_s - LEEWAY_S + 10)).status == 201
    assert served.ticket(key=signed(nbf=now_s + LEEWAY_S - 10)).status == 201


@pytest.mark.parametrize(
    "exp",
    [NOW_S + 7_200, NOW_S + 7_200.5, str(NOW_S + 7_200), 10**30],
    ids=["a number", "a fraction", "text", "never"],
)
def test_a_ticket_ends_with_its_token(served: Served, exp: Any) -> None:
    ticket = json_of(served.ticket(key=signed(exp=exp)))["ticket"]
    grant = served.tickets.redeem(ticket, served.clock.us)
    assert grant is not None
    known_s = min(int(float(exp)), (1 << 53) // 1_000_000)
    assert grant.until_us == (known_s + LEEWAY_S) * 1_000_000


def test_one_of_several_audiences_is_enough(served: Served) -> None:
    assert served.ticket(key=signed(aud=["another-game", AUDIENCE])).status == 201


def test_a_token_that_is_too_long_is_not_looked_at(served: Served) -> None:
    answer = served.ticket(key=signed(padding="x" * MAX_TOKEN_BYTES))
    assert told(answer) == (401, "wrong_token")
    assert str(MAX_TOKEN_BYTES) in json_of(answer)["reason"]


def test_no_token_is_another_thing_than_a_wrong_one(served: Served) -> None:
    assert told(served.ticket()) == (401, "no_token")


def test_a_token_opens_its_own_tenant_whatever_is_named(served: Served) -> None:
    assert told(served.ticket(key=signed(), tenant="globex")) == (403, "wrong_tenant")
    for tenant in (None, "", "Acme", "acme#", 7, ["acme"]):
        assert told(served.ticket(key=signed(tenant=tenant))) == (403, "wrong_tenant")


def test_a_good_token_of_a_tenant_that_is_not_served_opens_nothing(served: Served) -> None:
    assert told(served.ticket(key=signed(tenant="globex"))) == (404, "no_tenant")


def test_a_player_enters_as_itself_alone(served: Served) -> None:
    assert told(served.ticket(key=signed(), player="bob")) == (403, "wrong_player")
    assert served.ticket(key=signed(roles=["author"]), player="bob").status == 201


@pytest.mark.parametrize("role", [*Role, "admin", ""])
def test_every_role_gets_the_same_answers_as_behind_api_gateway(tokens: Tokens, role: str) -> None:
    said = claims(roles=[role])
    here = Served(guard=JwtGuard(tokens, ["acme"]))
    there = Served(guard=TokenGuard())
    here.states["acme"] = there.states["acme"] = (W1,)
    for route in GUARDED:
        path = route.path.format(world="w1", tick="0")
        body = {"world": "w2"} | ({"player": "ann"} if route.name == "create_ticket" else {})
        asked: Any = (route.method, path, body if route.has_body else b"")
        ours, theirs = here.ask(*asked, key=signed(roles=[role])), there.ask(*asked, claims=said)
        assert (ours.status, code_in(ours.body)) == (theirs.status, code_in(theirs.body))


def code_in(body: bytes) -> Any:
    answer = json.loads(body)
    return answer.get("code") if isinstance(answer, dict) else None


def test_while_the_issuer_does_not_answer_a_new_key_is_unavailable_and_old_ones_serve() -> None:
    tokens = Tokens(Published(jwk(), problem="it does not answer"), AUDIENCE)
    served = Served(guard=JwtGuard(tokens, ["acme"]))
    assert served.ticket(key=signed()).status == 201
    assert told(served.ticket(key=signed(kid="new"))) == (503, "unavailable")
    assert served.failures == []


def test_while_the_issuer_is_asked_nobody_is_told_that_a_new_key_is_none() -> None:
    keys = Published(jwk())
    keys.is_asked = True
    served = Served(guard=JwtGuard(Tokens(keys, AUDIENCE), ["acme"]))
    answer = served.ticket(key=signed(kid="new"))
    assert told(answer) == (503, "unavailable")
    assert answer.headers["Retry-After"] == "1"


def test_keys_are_got_for_what_has_the_form_of_a_token_and_can_be_read() -> None:
    keys = Published(jwk())
    tokens = Tokens(keys, AUDIENCE)

    async def prepare() -> None:
        for sent in (signed(), "a key", FORGED["the header is nested"], signed(x="x" * 9_000)):
            headers = {"authorization": f"Bearer {sent}"}
            await tokens.prepare(Request(method="GET", path="/v1/worlds", headers=headers))
        await tokens.prepare(Request(method="GET", path="/v1/worlds"))

    asyncio.run(prepare())
    assert keys.asked == ["RS256"]


def test_in_development_who_shows_no_token_is_let_in_and_a_wrong_one_is_still_wrong(
    tokens: Tokens,
) -> None:
    guard = OpenOrTokenGuard(JwtGuard(tokens, ["local", "acme"]), OpenGuard(["local"]))
    served = Served(guard=guard)
    assert json_of(served.ticket())["tenant"] == "local"
    assert json_of(served.ticket(key="a key"))["tenant"] == "local"
    assert json_of(served.ticket(key=signed()))["tenant"] == "acme"
    assert told(served.ticket(tenant="acme")) == (404, "no_tenant")
    assert told(served.ticket(key=signed(exp=1))) == (401, "wrong_token")


def test_a_declined_token_is_said_in_the_same_words_wherever_it_was_forged(tokens: Tokens) -> None:
    reasons = set()
    for how in ("nothing signs it", "another body", "a key that nobody published"):
        with pytest.raises(Declined) as refused:
            tokens.claims(FORGED[how])
        reasons.add(refused.value.reason)
    assert len(reasons) == 1
