"""An issuer of tokens for one's own machine: its key lies in the data folder, for its owner alone.

Who can read the key can be anybody, so it is for games that are being written. Its tokens are
signed as Cognito signs its own (RS256: API Gateway takes no other kind), and say the same.
"""

import secrets
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any, Final

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from jwt import PyJWK
from jwt.algorithms import RSAAlgorithm

from lqe.adapters.oidc import DISCOVERY
from lqe.adapters.private import make_folder, new_file
from lqe.errors import BadInput
from lqe.handlers.http.messages import Request, Response
from lqe.handlers.http.roles import Role
from lqe.names import check_player, check_tenant

from .issuer_keys import usable

_FOLDER: Final = ".issuer"
_KEY, _ADDRESS = "key.pem", "address"
_JWKS: Final = "/.well-known/jwks.json"
_KEY_BITS: Final = 2048
_EXPONENT: Final = 65_537
_ID_BYTES: Final = 8
_NOBODY: Final = "developer"


class DevelopmentIssuer:
    """Signs tokens, and publishes its key at the address of the server that it is part of."""

    audience = "ledgerquest"
    problem = ""
    is_asked = False

    def __init__(self, data: Path) -> None:
        self._folder = data / _FOLDER
        self._key = _kept_key(self._folder)
        self.issuer = ""
        public = RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        # The modulus names its key: the same one after each start, another one for another key.
        self._kid = str(public["n"])[:16]
        self._published = {**public, "kid": self._kid, "use": "sig", "alg": "RS256"}
        self._keys = usable([self._published])

    @classmethod
    def of(cls, data: Path) -> "DevelopmentIssuer":
        """Return the issuer that a server over a folder was; raise BadInput if there was none."""
        address = data / _FOLDER / _ADDRESS
        if not address.is_file():
            raise BadInput(
                f"{data} has no issuer of tokens: start `ledgerquest dev` over it once, on this "
                "machine's own address"
            )
        found = cls(data)
        found.issuer = address.read_text()
        return found

    def listens_at(self, url: str) -> None:
        """Be the issuer of that address from now on, and let who signs tokens know."""
        self.issuer = url
        part = self._folder / f"{_ADDRESS}.{secrets.token_hex(_ID_BYTES)}"
        with new_file(part) as out:
            out.write(url.encode())
        part.replace(self._folder / _ADDRESS)

    async def prepare(self, kid: str) -> None:
        """All keys are here."""

    def get(self, kid: str) -> PyJWK | None:
        """Return the key if that is its id."""
        return self._keys.get(kid)

    def respond(self, request: Request) -> Response | None:
        """Return what an issuer publishes; None for any other request."""
        if request.method != "GET":
            return None
        documents: dict[str, Any] = {
            DISCOVERY: {
                "issuer": self.issuer,
                "jwks_uri": self.issuer + _JWKS,
                "response_types_supported": ["id_token"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
            },
            _JWKS: {"keys": [self._published]},
        }
        found = documents.get(request.path)
        return None if found is None else Response(status=200, body=msgspec.json.encode(found))

    def token(self, tenant: str, player: str, roles: Collection[Role], life_s: int) -> str:
        """Return a token; without a player it is of nobody who could play."""
        now_s = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": player or _NOBODY,
            "tenant": check_tenant(tenant),
            "roles": sorted(roles),
            "iat": now_s,
            "exp": now_s + life_s,
        }
        if player:
            claims["player"] = check_player(player)
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": self._kid})


def _kept_key(folder: Path) -> RSAPrivateKey:
    """Return the key in a folder, made at the first time; nobody but its owner may read it."""
    file = folder / _KEY
    if not file.exists():
        make_folder(folder)
        _make(file)
    try:
        key = load_pem_private_key(file.read_bytes(), password=None)
    except (ValueError, TypeError) as error:
        raise BadInput(f"{file} holds no key: delete it, and a new one is made") from error
    if not isinstance(key, RSAPrivateKey):
        raise BadInput(f"{file} holds a key that is not RSA: delete it, and a new one is made")
    return key


def _make(file: Path) -> None:
    made = generate_private_key(_EXPONENT, _KEY_BITS)
    pem = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    part = file.with_name(f"{file.name}.{secrets.token_hex(_ID_BYTES)}")
    with new_file(part) as out:
        out.write(pem)
    part.replace(file)
