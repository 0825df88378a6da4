"""Whose pages may play, and by which names a server is reached."""

import pytest

from lqe.errors import BadInput
from lqe.handlers.http.messages import Request, Response
from lqe.handlers.http.problems import Declined
from lqe.local.origin_policy import OriginPolicy
from lqe.local.settings import Settings

VITE = "http://localhost:5173"


def policy(*, is_open: bool = True) -> OriginPolicy:
    return OriginPolicy([VITE], ["game.example", "Box"], is_open=is_open)


def request(method: str = "POST", **headers: str) -> Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request(method=method, path="/v1/tickets", headers={"host": "127.0.0.1:8765"} | named)


def code(asked: Request, *, acts: bool = True, is_open: bool = True) -> str:
    """Return why a request is declined, "" if it is not."""
    try:
        policy(is_open=is_open).check(asked, acts=acts)
    except Declined as error:
        return error.code
    return ""


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.0.0.1:8765", "[::1]:8765", "192.168.1.7", "localhost", "LOCALHOST:81",
     "game.localhost", "game.example:8765", "game.example.", "box", ""],
)  # fmt: skip
def test_a_server_is_called_by_address_or_by_a_name_that_it_has(host: str) -> None:
    assert code(request(host=host)) == ""


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8765", "127.0.0.1.evil.example", "localhost.evil", "[x]"]
)
def test_a_name_that_may_be_anybodys_is_not_answered_where_everybody_may_play(host: str) -> None:
    assert code(request("GET", host=host), acts=False) == "unknown_host"
    assert code(request("GET", host=host), acts=False, is_open=False) == "", "others show a token"


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "", "http://127.0.0.1", "http://127.0.0.1:81",
     "https://localhost:5173", "file://127.0.0.1:8765", "http://127.0.0.1:8765.evil.example"],
)  # fmt: skip
def test_a_foreign_page_does_nothing_here(origin: str) -> None:
    assert code(request(origin=origin)) == "foreign_origin"
    assert code(request(origin=origin), is_open=False) == "foreign_origin"
    assert code(request("GET", origin=origin), acts=False) == "", "it cannot read the answer"


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://127.0.0.1:8765", "127.0.0.1:8765"),
        ("http://[::1]:8765", "[::1]:8765"),
        ("https://game.example", "game.example"),
        ("https://game.example", "game.example:443"),
        ("http://game.example", "Game.Example:80"),
        (VITE, "127.0.0.1:8765"),
    ],
)
def test_its_own_pages_play_and_those_that_were_named(origin: str, host: str) -> None:
    assert code(request(origin=origin, host=host)) == ""


def test_a_browser_that_asks_before_is_told_that_it_may() -> None:
    asked = request("OPTIONS", origin=VITE, access_control_request_method="POST")
    said = policy().preflight(asked)
    assert said is not None
    headers = policy().shared(asked, said).headers
    assert said.status == 204
    assert headers["Access-Control-Allow-Origin"] == VITE
    assert "POST" in headers["Access-Control-Allow-Methods"]
    assert "Content-Type" in headers["Access-Control-Allow-Headers"]
    assert policy().preflight(request("OPTIONS", origin=VITE)) is None


def test_answers_are_read_by_pages_that_were_named_alone() -> None:
    answer = Response(status=201, body=b"{}", headers={"Retry-After": "1"})
    shared = policy().shared(request(origin=VITE), answer)
    assert shared.headers["Access-Control-Allow-Origin"] == VITE
    assert shared.headers["Vary"] == "Origin"
    assert shared.headers["Retry-After"] == "1"
    assert policy().shared(request(origin="http://evil.example"), answer) == answer
    assert policy().shared(request(), answer) == answer


@pytest.mark.parametrize(
    "origin", ["*", "null", "localhost:5173", "http://", f"{VITE}/", "HTTP://a.example",
               "ftp://a.example", "http://a@b.example", "http://a.example:x"],
)  # fmt: skip
def test_what_no_browser_sends_as_an_origin_is_not_taken_for_one(origin: str) -> None:
    with pytest.raises(BadInput, match="an origin is http:// or https://"):
        Settings(origins=(VITE, origin))


def test_a_server_is_open_where_nobody_has_to_show_who_he_is() -> None:
    assert Settings().is_open
    assert not Settings(keys={"acme": "k"}).is_open
    assert not Settings(issuer="https://issuer.example", audience="a").is_open
