"""What the push over API Gateway does."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from threading import Event, Lock, Semaphore
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.stub import Stubber

from lqe.adapters.apigateway import MAX_BYTES, ApiGatewayPush, Pushed, push_client
from lqe.closing import Close
from tests.adapters.cloud import failure

LONG_S = 30.0
GONE = failure("GoneException", 410)


class Posts:
    """A client that takes what is posted, or fails, or waits, by connection."""

    def __init__(self) -> None:
        self.got: dict[str, list[bytes | None]] = {}
        self.failures: dict[str, Exception] = {}
        self.waits: dict[str, Event] = {}
        self.began = Event()
        self.done = Semaphore(0)
        self.calls = 0
        self._lock = Lock()

    def post_to_connection(self, *, ConnectionId: str, Data: bytes) -> None:  # noqa: N803
        self._take(ConnectionId, Data)

    def delete_connection(self, *, ConnectionId: str) -> None:  # noqa: N803
        self._take(ConnectionId, None)

    def _take(self, connection: str, data: bytes | None) -> None:
        with self._lock:
            self.calls += 1
        self.began.set()
        if connection in self.waits:
            assert self.waits[connection].wait(LONG_S)
        if connection in self.failures:
            raise self.failures[connection]
        with self._lock:
            self.got.setdefault(connection, []).append(data)
        self.done.release()


class Inline(Executor):
    """Runs what is submitted at once, in the caller's thread."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


@pytest.fixture
def posts() -> Posts:
    return Posts()


@pytest.fixture
def forgotten() -> list[str]:
    return []


@pytest.fixture
def push(posts: Posts, forgotten: list[str]) -> ApiGatewayPush:
    return ApiGatewayPush(posts, gone=forgotten.append)


def test_each_connection_gets_its_messages_in_the_order_they_were_sent(
    push: ApiGatewayPush, posts: Posts
) -> None:
    for number in range(50):
        for connection in range(20):
            push.send(f"c{connection}", b"%d" % number)
    push.drain(LONG_S)
    assert posts.got == {f"c{c}": [b"%d" % n for n in range(50)] for c in range(20)}
    assert push.counts == Pushed(sent=1000)


def test_one_slow_connection_does_not_hold_up_the_others(
    push: ApiGatewayPush, posts: Posts
) -> None:
    posts.waits["slow"] = Event()
    for connection in ("slow", "a", "b"):
        push.send(connection, b"x")
    assert all(posts.done.acquire(timeout=LONG_S) for _ in "ab")
    assert posts.got == {"a": [b"x"], "b": [b"x"]}
    posts.waits["slow"].set()


def test_what_is_not_sent_within_the_budget_is_lost_and_never_starts_later(
    push: ApiGatewayPush, posts: Posts
) -> None:
    slow = posts.waits["c1"] = Event()
    for number in range(3):
        push.send("c1", b"%d" % number)
    assert posts.began.wait(LONG_S)
    push.drain(0)
    assert push.counts == Pushed(lost=3)
    push.send("c1", b"next batch")
    slow.set()
    push.drain(LONG_S)
    # The first was under way; its late end is nobody's, and what came after it kept its place.
    assert posts.got["c1"] == [b"0", b"next batch"]
    assert push.counts == Pushed(sent=1, lost=3)


def test_a_connection_that_is_gone_is_told_once_and_posted_to_once(
    push: ApiGatewayPush, posts: Posts, forgotten: list[str]
) -> None:
    posts.failures["c1"] = GONE
    for _ in range(3):
        push.send("c1", b"x")
    push.send("c2", b"x")
    push.drain(LONG_S)
    assert forgotten == ["c1"]
    assert posts.calls == 2
    assert push.counts == Pushed(sent=1, gone=3)
    push.drain(0)
    assert forgotten == ["c1"]


def test_who_hears_of_the_gone_may_fail(posts: Posts) -> None:
    def refuse(_: str) -> None:
        raise RuntimeError("the table does not answer")

    posts.failures = {"c1": GONE, "c2": GONE}
    push = ApiGatewayPush(posts, gone=refuse)
    push.send("c1", b"x")
    push.send("c2", b"x")
    push.drain(LONG_S)
    assert push.counts == Pushed(gone=2)


@pytest.mark.parametrize(
    "error",
    [
        failure("LimitExceededException", 429),
        failure("ForbiddenException", 403),
        ReadTimeoutError(endpoint_url="x"),
        RuntimeError("a fault of the client"),
    ],
)
def test_a_failure_loses_one_message_and_is_not_repeated(
    push: ApiGatewayPush, posts: Posts, error: Exception
) -> None:
    posts.failures["c1"] = error
    push.send("c1", b"x")
    push.send("c2", b"x")
    push.drain(LONG_S)
    assert posts.calls == 2
    assert push.counts == Pushed(sent=1, lost=1)


def test_a_message_that_no_frame_can_carry_is_lost(push: ApiGatewayPush, posts: Posts) -> None:
    push.send("c1", bytes(MAX_BYTES + 1))
    push.send("c1", bytes(MAX_BYTES))
    push.drain(LONG_S)
    assert [len(data or b"") for data in posts.got["c1"]] == [MAX_BYTES]
    assert push.counts == Pushed(sent=1, lost=1)


def test_a_connection_is_closed_after_what_was_sent_to_it(
    push: ApiGatewayPush, posts: Posts
) -> None:
    push.send("c1", b"last")
    push.close("c1", Close.TAKEN_OVER, "a newer connection")
    push.drain(LONG_S)
    why = b'{"type":"closing","code":4001,"reason":"a newer connection"}'
    assert posts.got["c1"] == [b"last", why, None]
    assert push.counts == Pushed(sent=2)


def test_threads_start_with_the_first_message(posts: Posts) -> None:
    made: list[Executor] = []

    def make() -> Executor:
        made.append(Inline())
        return made[-1]

    push = ApiGatewayPush(posts, threads=make)
    push.drain()
    assert made == []
    push.send("c1", b"1")
    push.send("c1", b"2")
    assert len(made) == 1
    assert posts.got["c1"] == [b"1", b"2"]
    push.drain(0)
    assert push.counts == Pushed(sent=2)


def test_a_process_that_starts_no_more_threads_loses_messages_and_goes_on(posts: Posts) -> None:
    class Ended(Inline):
        def submit(self, *_: Any, **__: Any) -> Future[Any]:
            raise RuntimeError("cannot schedule new futures after shutdown")

    push = ApiGatewayPush(posts, threads=Ended)
    push.send("c1", b"1")
    push.drain(0)
    assert push.counts == Pushed(lost=1)


@pytest.fixture
def client() -> Any:
    return push_client(
        "http://127.0.0.1:9",
        region_name="us-east-1",
        aws_access_key_id="none",
        aws_secret_access_key="none",
    )


def test_the_service_is_asked_by_its_own_names(client: Any, forgotten: list[str]) -> None:
    stub = Stubber(client)
    stub.add_response("post_to_connection", {}, {"ConnectionId": "c1=", "Data": b"x"})
    why = b'{"type":"closing","code":4001,"reason":"why"}'
    stub.add_response("post_to_connection", {}, {"ConnectionId": "c1=", "Data": why})
    stub.add_client_error("delete_connection", "GoneException", http_status_code=410)
    push = ApiGatewayPush(client, gone=forgotten.append, threads=Inline)
    with stub:
        push.send("c1=", b"x")
        push.close("c1=", Close.TAKEN_OVER, "why")
        push.drain(0)
        stub.assert_no_pending_responses()
    assert push.counts == Pushed(sent=2, gone=1)
    assert forgotten == ["c1="]


def test_the_client_never_repeats_a_post(client: Any) -> None:
    tries: list[object] = []
    client.meta.events.register("before-send.*", lambda **asked: tries.append(asked["request"]))
    push = ApiGatewayPush(client, threads=Inline)
    push.send("c1", b"x")
    push.drain(0)
    assert len(tries) == 1
    assert push.counts == Pushed(lost=1)
