"""Words of the tests of tokens: an issuer in this process, and what it signs."""

import time
import warnings
from collections.abc import Mapping
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import get_default_algorithms
from jwt.warnings import InsecureKeyLengthWarning

from lqe.local.issuer_keys import usable

ISSUER, AUDIENCE = "https://issuer.example/pool", "the-game"


@cache
def private(algorithm: str, bits: int = 2048) -> Any:
    """Return a private key that signs with an algorithm, the same one at each call."""
    if algorithm.startswith("ES"):
        return ec.generate_private_key(ec.SECP256R1())
    if algorithm == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(65_537, bits)


def jwk(algorithm: str = "RS256", *, kid: str | None = None, bits: int = 2048) -> dict[str, Any]:
    """Return the public half of a key as an issuer publishes it."""
    public = private(algorithm, bits).public_key()
    made: dict[str, Any] = get_default_algorithms()[algorithm].to_jwk(public, as_dict=True)
    return made | {"kid": kid or algorithm, "alg": algorithm, "use": "sig"}


def public_pem(algorithm: str = "RS256") -> bytes:
    """Return the public half of a key as text that everybody knows."""
    pem: bytes = (
        private(algorithm)
        .public_key()
        .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    return pem


def claims(**others: Any) -> dict[str, Any]:
    """Return what a good token of Ann's claims; None takes a claim away."""
    now_s = int(time.time())
    good = {
        "iss": ISSUER, "aud": AUDIENCE, "sub": "ann", "tenant": "acme", "player": "ann",
        "roles": ["player"], "iat": now_s, "exp": now_s + 60,
    }  # fmt: skip
    return {name: value for name, value in (good | others).items() if value is not None}


def signed(
    algorithm: str = "RS256",
    *,
    kid: str | None = None,
    bits: int = 2048,
    headers: Mapping[str, Any] | None = None,
    **others: Any,
) -> str:
    """Return a token that is signed with a key of `private`."""
    named = {"kid": kid or algorithm} | dict(headers or {})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InsecureKeyLengthWarning)  # some are meant to be weak
        return jwt.encode(claims(**others), private(algorithm, bits), algorithm, headers=named)


class Published:
    """An issuer's keys, all of them here."""

    def __init__(self, *keys: dict[str, Any], problem: str = "") -> None:
        self.issuer = ISSUER
        self.problem = problem
        self.is_asked = False
        self._keys = usable(keys)
        self.asked: list[str] = []

    async def prepare(self, kid: str) -> None:
        self.asked.append(kid)

    def get(self, kid: str) -> jwt.PyJWK | None:
        return self._keys.get(kid)
