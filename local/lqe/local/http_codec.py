"""HTTP/1.1 of one connection, without its socket: requests out of bytes, bytes out of answers.

It holds a bounded amount, whatever comes, and hands requests out one at a time: a request, its
answer, then the next. A head is cut out before it is parsed, so that what follows it is left alone.
"""

import re
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import h11

from lqe.handlers.http.messages import MAX_BODY_BYTES, Request, Response, headers_of
from lqe.handlers.http.problems import Declined

MAX_HEAD_BYTES: Final = 16 * 1024
MAX_HEADERS: Final = 100
# A body in chunks has their sizes around it; whoever sends more of those than of a body is refused.
_MAX_CHUNKED_BYTES: Final = 2 * MAX_BODY_BYTES
_END_OF_HEAD: Final = re.compile(rb"\n\r?\n")
_LONGEST_END: Final = 3
_FIRST_PRINTABLE: Final = 0x21
_VERSIONS: Final = (b"1.0", b"1.1")


def _malformed(reason: str) -> Declined:
    return Declined(HTTPStatus.BAD_REQUEST, "malformed", f"expected an HTTP/1.1 request: {reason}")


def _head_too_large() -> Declined:
    reason = f"a request's head has at most {MAX_HEAD_BYTES} bytes and {MAX_HEADERS} headers"
    return Declined(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "too_large", reason)


def _body_too_large() -> Declined:
    reason = f"a body has at most {MAX_BODY_BYTES} bytes"
    return Declined(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", reason)


class HttpCodec:
    """The requests of one connection. After Declined was raised it can only refuse."""

    def __init__(self) -> None:
        self.stays_open = True
        self._unread = bytearray()
        self._searched = 0
        self._http: h11.Connection | None = None
        self._head: h11.Request | None = None
        self._owed: int | None = 0
        self._chunked_bytes = 0
        self._body = bytearray()

    @property
    def unread(self) -> int:
        """How many bytes came that no request was made of yet."""
        return len(self._unread)

    @property
    def held(self) -> int:
        """How many bytes are held of what came."""
        return len(self._unread) + len(self._body)

    def receive(self, data: bytes | memoryview) -> None:
        """Take in what came."""
        self._unread += data

    def next_request(self) -> Request | None:
        """Return a request if all of it is here; raise Declined if what came is none.

        The next one comes after this one's answer.
        """
        if self._http is None:
            head = self._cut_head()
            if head is None:
                return None
            self._begin(head)
        return self._read_body()

    def interim(self) -> bytes:
        """Return what a client waits for before it sends a body, b"" if none waits."""
        http = self._http
        if http is None or not http.they_are_waiting_for_100_continue:
            return b""
        return http.send(h11.InformationalResponse(status_code=100, headers=[]))

    def answer(self, response: Response) -> bytes:
        """Return the answer as bytes; with it the request is over."""
        http, head = self._http, self._head
        assert http is not None
        assert head is not None
        sent = _sent(http, response, with_body=head.method != b"HEAD")
        self.stays_open = http.our_state is h11.DONE and http.their_state is h11.DONE
        self._http = self._head = None
        self._body.clear()
        return sent

    def rest(self) -> bytes:
        """Return what came after the last request; it is another protocol's."""
        rest = bytes(self._unread)
        self._unread.clear()
        return rest

    def _cut_head(self) -> bytes | None:
        unread = self._unread
        if unread.startswith(b"\r\n"):
            del unread[:2]  # some clients send an empty line after a body
            self._searched = 0
        if unread and unread[0] < _FIRST_PRINTABLE and unread != b"\r":
            raise _malformed("these bytes are of another protocol (TLS begins so)")
        found = _END_OF_HEAD.search(unread, max(0, self._searched - _LONGEST_END))
        size = found.end() if found else len(unread)
        if size > MAX_HEAD_BYTES or unread.count(b"\n", 0, size) > MAX_HEADERS + 2:
            raise _head_too_large()
        self._searched = 0 if found else size
        if not found:
            return None
        head = bytes(unread[:size])
        del unread[:size]
        return head

    def _begin(self, head: bytes) -> None:
        """Read a head, and how its body comes."""
        http = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD_BYTES)
        http.receive_data(head)
        try:
            request = http.next_event()
        except h11.RemoteProtocolError as error:
            raise _malformed(str(error)) from None
        assert isinstance(request, h11.Request)
        if request.http_version not in _VERSIONS:
            reason = f"HTTP/1.1 is spoken here, not HTTP/{request.http_version.decode()}"
            raise Declined(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED, "malformed", reason)
        self._owed = _owed(request)
        self._http, self._head = http, request
        self._chunked_bytes = 0

    def _read_body(self) -> Request | None:
        http = self._http
        assert http is not None
        if http.their_state is h11.DONE:
            return None  # its answer is being made
        if self._owed is not None and len(self._unread) < self._owed:
            return None  # to read it bit by bit would cost many times as much
        self._feed(http)
        while True:
            try:
                event = http.next_event()
            except h11.RemoteProtocolError as error:
                raise _malformed(str(error)) from None
            if isinstance(event, h11.Data):
                self._body += event.data
                if len(self._body) > MAX_BODY_BYTES:
                    raise _body_too_large()
            elif isinstance(event, h11.EndOfMessage):
                if self._owed is None:
                    self._unread[:0] = http.trailing_data[0]
                return self._request()
            else:
                return None

    def _feed(self, http: h11.Connection) -> None:
        """Hand over what is of this request; of chunks nobody knows before they are read."""
        size = len(self._unread) if self._owed is None else self._owed
        if not size:
            return
        http.receive_data(bytes(self._unread[:size]))
        del self._unread[:size]
        self._chunked_bytes += size if self._owed is None else 0
        if self._chunked_bytes > _MAX_CHUNKED_BYTES:
            raise _body_too_large()

    def _request(self) -> Request:
        head = self._head
        assert head is not None
        headers: dict[str, str] = {}
        for raw_name, raw_value in head.headers:
            name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        method, target = head.method.decode("latin-1"), head.target.decode("latin-1")
        if not target.startswith("/"):
            target = _path_of(target, headers)
        path, _, query = target.partition("?")
        # What answers GET answers HEAD: only the body is left out, when it is written.
        return Request(
            method="GET" if method == "HEAD" else method,
            path=path,
            query=query,
            headers=headers,
            body=bytes(self._body),
        )


def refusal(response: Response) -> bytes:
    """Return the bytes that refuse what cannot be read as a request; the connection ends."""
    closing = Response(
        status=response.status,
        body=response.body,
        content_type=response.content_type,
        headers={**response.headers, "Connection": "close"},
    )
    return _sent(h11.Connection(h11.SERVER), closing, with_body=True)


def _owed(request: h11.Request) -> int | None:
    """Return how many bytes the body has, None if it comes in chunks; raise Declined."""
    lengths = [value for name, value in request.headers if name == b"content-length"]
    encoded = any(name == b"transfer-encoding" for name, _ in request.headers)
    if encoded and lengths:
        raise _malformed("Content-Length and Transfer-Encoding exclude each other")
    if encoded and request.http_version != b"1.1":
        raise _malformed("HTTP/1.0 knows no Transfer-Encoding")
    if encoded:
        return None
    owed = int(lengths[0]) if lengths else 0
    if owed > MAX_BODY_BYTES:
        raise _body_too_large()
    return owed


def _path_of(target: str, headers: dict[str, str]) -> str:
    """Return path and query of a whole address; the host that it names is the one asked."""
    try:
        address = urlsplit(target)
    except ValueError:
        raise _malformed("its target is no address") from None
    if address.scheme not in ("http", "https") or not address.netloc:
        return target
    headers["host"] = address.netloc
    return (address.path or "/") + (f"?{address.query}" if address.query else "")


def _sent(http: h11.Connection, response: Response, *, with_body: bool) -> bytes:
    headers = headers_of(response)
    if response.status != HTTPStatus.NO_CONTENT:
        headers["Content-Length"] = str(len(response.body))
    reason = HTTPStatus(response.status).phrase
    head = h11.Response(
        status_code=response.status, headers=list(headers.items()), reason=reason.encode()
    )
    sent = http.send(head)
    if with_body and response.body:
        sent += http.send(h11.Data(data=response.body))
    return sent + http.send(h11.EndOfMessage())
