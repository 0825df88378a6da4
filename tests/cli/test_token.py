"""Tokens as a developer uses them: a server, `ledgerquest token`, a ticket, a socket."""

import asyncio
import json
import re
import signal
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jwt
import pytest

from lqe.closing import LAPSED, Close
from lqe.handlers.http.roles import Role
from lqe.local.client import join
from lqe.local.development_issuer import DevelopmentIssuer
from lqe.local.tokens import LEEWAY_S
from tests.issuer import DISCOVERY, KEYS, Site
from tests.local.tokens import AUDIENCE, jwk, signed
from tests.recorded import STONES

KEY = Path(".issuer") / "key.pem"


@contextmanager
def running(command: str, data: Path, *options: str, says: str = "") -> Iterator[str]:
    """Run a server and give its address; `says` is what it has to complain about."""
    process = subprocess.Popen(
        [sys.executable, "-m", "lqe.cli", command, str(STONES), "--data", str(data), "--port", "0",
         *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        url = re.search(r"http://\S+", process.stdout.readline())
        assert url is not None
        yield url.group().replace("0.0.0.0", "127.0.0.1")
    finally:
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=30)
        assert re.fullmatch(says, errors.strip()), errors
        assert process.returncode == 0


def ledgerquest(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lqe.cli", *arguments], capture_output=True, text=True, check=False
    )


def token(data: Path, *options: str, roles: Sequence[str] = ("player",)) -> str:
    """Return a token, as the command prints it."""
    named = [option for role in roles for option in ("--role", role)]
    done = ledgerquest("token", "--data", str(data), *named, *options)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


def asked(url: str, sent: str = "", body: Mapping[str, str] | None = None) -> tuple[int, Any]:
    """Ask for something with a token; return the status and what is said."""
    headers = {"Authorization": f"Bearer {sent}"} if sent else {}
    data = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers)) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def test_a_token_gets_a_ticket_and_the_ticket_a_socket(tmp_path: Path) -> None:
    with running("dev", tmp_path, "--tenant", "acme") as url:
        ann = token(tmp_path, "--tenant", "acme", "--player", "ann")

        async def play() -> None:
            async with join(url, "w1", "ann", tenant="acme", key=ann) as player:
                assert player.view["you"]["coins"] >= 5.0

        asyncio.run(play())
        status, said = asked(f"{url}/v1/worlds", token(tmp_path, "--tenant", "acme"))
        assert (status, [w["world"] for w in said["worlds"]]) == (200, ["w1"])
        assert asked(f"{url}/v1/worlds")[1]["worlds"] == []  # those of nobody's token
        assert asked(f"{url}/v1/worlds?tenant=local", ann)[1]["code"] == "wrong_tenant"
        entered = {"world": "w1", "player": "bob"}
        assert asked(f"{url}/v1/tickets", ann, entered)[1]["code"] == "wrong_player"
        for size, refused in ((9_000, 401), (15_000, 401), (60_000, 431)):
            too_long = f"{'x' * size}.e30.e30"
            assert asked(f"{url}/v1/tickets", too_long, entered)[0] == refused
        author = token(tmp_path, "--tenant", "acme", roles=["author", "auditor"])
        assert asked(f"{url}/v1/tickets", author, entered)[0] == 201
        assert asked(f"{url}/v1/worlds/w1/release?tenant=", author, {})[1]["code"] == "wrong_role"


def test_a_socket_ends_with_its_token_and_goes_on_with_a_fresh_one(tmp_path: Path) -> None:
    with running("dev", tmp_path, "--tenant", "acme") as url:
        issuer = DevelopmentIssuer.of(tmp_path)
        lives_s = iter([5 - LEEWAY_S, 600])

        def fresh() -> str:
            return issuer.token("acme", "ann", [Role.PLAYER], next(lives_s))

        async def play() -> None:
            async with asyncio.timeout(60), join(url, "w1", "ann", tenant="acme", key=fresh) as ann:
                first, session = ann.websocket, ann.session
                await first.wait_closed()
                assert (first.close_code, first.close_reason) == (Close.TOKEN_ENDED, LAPSED)
                await ann.order(("throw", {"x": 1.0}))
                for _ in range(600):
                    await asyncio.sleep(0 if ann.applied else 0.05)
                assert (ann.applied, ann.session, ann.over) == (1, session, "")

        asyncio.run(play())


def test_a_server_that_names_the_issuer_takes_its_tokens_and_another_does_not(
    tmp_path: Path,
) -> None:
    entered = {"world": "w1", "player": "ann"}
    with running("dev", tmp_path / "dev", "--tenant", "acme") as issuer:
        ann = token(tmp_path / "dev", "--tenant", "acme", "--player", "ann")
        trusting = ("--tenant", "acme", "--issuer", issuer, "--audience")
        with running("serve", tmp_path / "a", *trusting, "ledgerquest") as url:
            assert asked(f"{url}/v1/tickets", ann, entered)[1]["code"] == "no_world"
            author = token(tmp_path / "dev", "--tenant", "acme", roles=["author"])
            assert asked(f"{url}/v1/tickets", author, entered)[0] == 201
            assert asked(f"{url}/v1/tickets", ann, entered)[0] == 201
            assert asked(f"{url}/v1/tickets", "", entered)[1]["code"] == "no_token"
            assert asked(f"{url}/.well-known/jwks.json")[0] == 404
            described = asked(f"{url}/v1/openapi.json")[1]["components"]["securitySchemes"]
            assert [each["bearerFormat"] for each in described.values()] == ["JWT"]
        with running("serve", tmp_path / "b", *trusting, "another-game") as url:
            assert asked(f"{url}/v1/tickets", ann, entered)[1]["code"] == "wrong_token"
        with running("serve", tmp_path / "c") as url:  # it looks at no token at all
            assert asked(f"{url}/v1/tickets", ann, entered | {"tenant": "acme"})[0] == 404


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    yield made
    made.close()


def test_any_issuer_serves_and_a_flood_of_unknown_keys_does_not_reach_it(
    tmp_path: Path, site: Site
) -> None:
    site.says(KEYS, {"keys": [jwk("ES256")]})
    trusting = ("--tenant", "acme", "--issuer", site.url, "--audience", AUDIENCE)
    with running("serve", tmp_path, *trusting, "--players-open-worlds") as url:
        assert site.asked == [DISCOVERY, KEYS]  # before anybody came
        began_s = time.monotonic()
        good = signed("ES256", iss=site.url)
        wanted = {"world": "w1", "player": "ann"}
        for number in range(300):
            unknown = signed("ES256", kid=f"k{number}", iss=site.url)
            assert asked(f"{url}/v1/tickets", unknown, wanted)[1]["code"] == "wrong_token"
        assert asked(f"{url}/v1/tickets", good, wanted)[0] == 201
        times = 2 + (time.monotonic() - began_s) // 10  # at the start, and once in ten seconds
        assert len(site.asked) <= 2 * times


def test_an_issuer_that_does_not_answer_is_said_at_once_and_by_health(tmp_path: Path) -> None:
    away = ("--issuer", "http://127.0.0.1:1", "--audience", "x")
    with running("serve", tmp_path, *away, says="the issuer of tokens: .*") as url:
        status, said = asked(f"{url}/v1/health")
        assert (status, said["status"]) == (503, "degraded")
        assert "the issuer of tokens" in said["problems"][0]
        sent = jwt.encode({}, "x" * 32, headers={"kid": "k"})
        assert asked(f"{url}/v1/worlds", sent)[1]["code"] == "unavailable"


def test_the_key_is_its_owners_alone_and_the_same_one_after_each_start(tmp_path: Path) -> None:
    with running("dev", tmp_path) as url:
        (first,) = asked(f"{url}/.well-known/jwks.json")[1]["keys"]
        assert stat.S_IMODE((tmp_path / KEY).stat().st_mode) == 0o600
        assert not {"d", "p", "q"} & first.keys()
        before = token(tmp_path, "--player", "ann")
    with running("dev", tmp_path) as url:
        assert asked(f"{url}/.well-known/jwks.json")[1]["keys"] == [first]
        # Another port is another issuer: `iss` is its address.
        assert asked(f"{url}/v1/worlds", before)[1]["code"] == "wrong_token"
        assert asked(f"{url}/v1/worlds", token(tmp_path, "--player", "ann"))[0] == 200


def test_a_token_says_what_was_asked_for_and_ends(tmp_path: Path) -> None:
    with running("dev", tmp_path) as url:
        made = token(tmp_path, "--player", "ann", "--minutes", "5", roles=["player", "author"])
    said = jwt.decode(made, options={"verify_signature": False})
    assert (said["iss"], said["tenant"], said["player"]) == (url, "local", "ann")
    assert (said["roles"], said["exp"] - said["iat"]) == (["author", "player"], 300)
    for wrong in (("--minutes", "0"), ("--minutes", "100000"), ("--role", "admin")):
        assert ledgerquest("token", "--data", str(tmp_path), *wrong).returncode == 2
    named = ("token", "--data", str(tmp_path), "--role", "player", "--tenant", "Not One")
    assert "tenant" in ledgerquest(*named).stderr


def test_whom_the_network_can_reach_issues_no_tokens(tmp_path: Path) -> None:
    with running(
        "dev", tmp_path, "--host", "0.0.0.0", says="everybody who reaches .* may play"
    ) as url:
        assert asked(f"{url}/.well-known/openid-configuration")[0] == 404
    assert not (tmp_path / ".issuer").exists()
    done = ledgerquest("token", "--data", str(tmp_path), "--role", "player")
    assert done.returncode == 1
    assert "ledgerquest dev" in done.stderr
    reachable = ("dev", str(STONES), "--host", "127.0.0.1", "--host", "0.0.0.0", "--tenant", "acme")
    assert "needs tokens" in ledgerquest(*reachable).stderr


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--issuer", "https://issuer.example"], "audience"),
        (["--audience", "x"], "audience"),
        (["--issuer", "http://issuer.example", "--audience", "x"], "https://"),
        (["--issuer", "https://i.example", "--audience", "x", "--keys", "keys.json"], "not both"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    tmp_path: Path, options: list[str], says: str
) -> None:
    (tmp_path / "keys.json").write_text('{"acme": "k"}')
    named = [str(tmp_path / o) if o == "keys.json" else o for o in options]
    done = ledgerquest("serve", str(STONES), "--data", str(tmp_path / "d"), *named)
    assert done.returncode == 1
    assert says in done.stderr
