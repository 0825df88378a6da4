"""HTTP/1.1 as the standard says, out of whatever bytes come, in whatever pieces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lqe.handlers.http.messages import MAX_BODY_BYTES, Request, Response
from lqe.handlers.http.problems import Declined
from lqe.local.http_codec import MAX_HEAD_BYTES, MAX_HEADERS, HttpCodec, refusal

GET = b"GET /v1/health?a=1 HTTP/1.1\r\nHost: game.example\r\n\r\n"
POST = b"POST /v1/tickets HTTP/1.1\r\nHost: game.example\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = (
    b"POST /v1/tickets HTTP/1.1\r\nHost: game.example\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"
)
OK = Response(status=200, body=b'{"all":"well"}')


def asked(data: bytes) -> Request:
    """Return the one request that some bytes are."""
    codec = HttpCodec()
    codec.receive(data)
    request = codec.next_request()
    assert request is not None
    return request


def with_headers(*lines: str, version: str = "1.1", target: str = "/") -> bytes:
    return "\r\n".join((f"GET {target} HTTP/{version}", *lines, "", "")).encode()


def declined(data: bytes) -> Declined:
    codec = HttpCodec()
    codec.receive(data)
    with pytest.raises(Declined) as error:
        codec.next_request()
    return error.value


@given(st.lists(st.sampled_from([GET, POST, CHUNKED]), max_size=6), st.data())
def test_requests_come_out_one_by_one_however_they_were_cut(
    sent: list[bytes], data: st.DataObject
) -> None:
    codec, came = HttpCodec(), []
    stream = b"".join(sent)
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=8).map(sorted))
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        codec.receive(stream[start:end])
        while (request := codec.next_request()) is not None:
            came.append(request)
            assert codec.next_request() is None, "its answer comes first"
            assert codec.answer(OK).startswith(b"HTTP/1.1 200 OK\r\n")
            assert codec.stays_open
    assert [each.body for each in came] == [b"" if each is GET else b"hello" for each in sent]
    assert codec.held == 0


def test_what_follows_a_request_is_left_as_it_came() -> None:
    codec = HttpCodec()
    codec.receive(GET + b"\x81\x85 a frame")
    assert codec.next_request() is not None
    assert codec.rest() == b"\x81\x85 a frame"


def test_a_head_request_is_answered_with_the_length_and_without_the_body() -> None:
    codec = HttpCodec()
    codec.receive(GET.replace(b"GET", b"HEAD") + GET)
    request = codec.next_request()
    assert request is not None
    assert request.method == "GET"
    sent = codec.answer(OK)
    assert b"\r\nContent-Length: 14\r\n" in sent
    assert sent.endswith(b"\r\n\r\n")
    assert codec.stays_open
    assert codec.next_request() is not None


def test_a_whole_address_is_a_path_and_its_host_is_the_one_asked() -> None:
    request = asked(with_headers("Host: other.example", target="http://game.example:81/v1/a?b=c"))
    assert (request.path, request.query) == ("/v1/a", "b=c")
    assert request.headers["host"] == "game.example:81"
    assert asked(with_headers("Host: x", target="http://game.example")).path == "/"
    assert asked(with_headers("Host: x", target="*")).path == "*"


def test_headers_that_come_twice_are_a_list() -> None:
    request = asked(with_headers("Host: x", "Connection: keep-alive", "Connection: Upgrade"))
    assert request.headers["connection"] == "keep-alive, Upgrade"


def test_a_client_that_waits_with_its_body_is_told_to_go_on_once() -> None:
    codec = HttpCodec()
    head, body = POST[:-5], POST[-5:]
    codec.receive(head.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n"))
    assert codec.next_request() is None
    assert codec.interim().startswith(b"HTTP/1.1 100 ")
    assert codec.interim() == b""
    codec.receive(body)
    request = codec.next_request()
    assert request is not None
    assert request.body == b"hello"


@pytest.mark.parametrize("closing", [{"version": "1.0"}, {}])
def test_who_wants_no_more_after_it_is_taken_at_its_word(closing: dict[str, str]) -> None:
    codec = HttpCodec()
    codec.receive(with_headers("Host: x", *([] if closing else ["Connection: close"]), **closing))
    assert codec.next_request() is not None
    assert b"\r\nConnection: close\r\n" in codec.answer(OK)
    assert not codec.stays_open


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"\x16\x03\x01\x02", 400),
        (b"hello\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\n folded: b\r\n\r\n", 200),
        (b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
        (POST.replace(b"Host", b"Transfer-Encoding: chunked\r\nHost"), 400),
        (POST.replace(b"Content-Length: 5", b"Content-Length: 5\r\nContent-Length: 6"), 400),
        (POST.replace(b"Content-Length: 5", b"Content-Length: -5"), 400),
        (POST.replace(b"Content-Length: 5", b"Transfer-Encoding: gzip"), 400),
        (CHUNKED.replace(b"HTTP/1.1", b"HTTP/1.0"), 400),
        (CHUNKED.replace(b"3\r\n", b"x\r\n"), 400),
        (POST.replace(b"Length: 5", b"Length: %d" % (MAX_BODY_BYTES + 1)), 413),
    ],
)  # fmt: skip
def test_what_is_no_request_is_refused(data: bytes, status: int) -> None:
    if status == 200:
        assert asked(data).headers["host"] == "a folded: b"
    else:
        assert declined(data).status == status


def test_a_head_beyond_its_bounds_is_refused_before_it_is_parsed() -> None:
    long = with_headers("Host: x", "A: " + "b" * MAX_HEAD_BYTES)
    assert declined(long).status == 431
    assert declined(long[: MAX_HEAD_BYTES + 1]).status == 431, "its end need not have come"
    good = with_headers("Host: x", *["a:b"] * (MAX_HEADERS - 1))
    assert len(asked(good).headers) == 2
    assert declined(with_headers("Host: x", *["a:b"] * MAX_HEADERS)).status == 431


CHUNK = b"1000\r\n" + bytes(0x1000) + b"\r\n"
SMALL_CHUNK = b"1;" + b"x" * 4000 + b"\r\na\r\n"


@pytest.mark.parametrize("chunk", [CHUNK, SMALL_CHUNK], ids=["bytes", "sizes of chunks"])
def test_a_body_that_grows_beyond_its_bound_is_refused_on_the_way(chunk: bytes) -> None:
    codec, held = HttpCodec(), [0]
    codec.receive(CHUNKED.partition(b"3\r\n")[0])

    def go_on() -> None:
        for _ in range(100):
            codec.receive(chunk)
            assert codec.next_request() is None
            held.append(codec.held)

    with pytest.raises(Declined) as error:
        go_on()
    assert error.value.status == 413
    assert max(held) <= MAX_BODY_BYTES


def test_a_refusal_says_that_the_connection_ends() -> None:
    sent = refusal(Response(status=431, body=b"{}"))
    assert sent.startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")
    assert b"\r\nConnection: close\r\n" in sent
    assert sent.endswith(b"\r\n\r\n{}")
