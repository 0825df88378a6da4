"""Generated input: messages of which none may be recorded, broken frames, and HTTP that is none."""

import random
from collections.abc import Iterator

import msgspec

from tests.torture.frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, frame

# Close codes that say what the client did wrong.
BLAMES = (1002, 1003, 1007, 1008, 1009)
_RIGHT = b'{"type":"commands","commands":[{"seq":1,"name":"write","args":{"text":"x"}}]}'
_ODD: tuple[object, ...] = (
    None, True, -1, 0, 2**53, 2**63, 2**64, 2**70, -(2**70),
    1.5, 1e308, "", "x" * 9000, "\0",
    "\u202e", [], [[]], {}, {"text": "x"}, {"": ""}, [1] * 5000, {"a": {"b": {}}},
)  # fmt: skip
_BYTES = (
    b"", b" ", b"null", b"[]", b"0",
    b'"commands"', b"{", b"}", b"\xff\xfe", b"\xed\xa0\x80", b"\xc0\xaf",
    b'{"type":NaN}', b'{"type":"commands","commands":NaN}',
    b'{"type":"commands","commands":Infinity}',
    b'{"type":"commands","commands":[{"seq":-Infinity,"name":"write"}]}',
    b'{"type":"commands","commands":[{"seq":1e999,"name":"write"}]}',
    b'{"type":"commands","type":"x"}', b'{"type":"view","type":"commands"}',
    b"\x00" * 500,
    b'{"type":"commands","commands":[{"seq":1,"name":"write","args":{"text":"\\ud800"}}]}',
    b'{"type":"commands","commands":[{"seq":1,"name":"write","args":{"text":"a\xff"}}]}',
    b'{"type":"view","x":1}', b'{"type":"heartbeat","at":0}', b'{"type":"receipt","commands":[]}',
)  # fmt: skip


def message(chance: random.Random) -> bytes:
    """Return a message that has to be rejected."""
    kinds = (_odd_bytes, _any_bytes, _deep_frame, _deep_args, _cut, _count, _wrong, _wrong)
    return chance.choice(kinds)(chance)


def _odd_bytes(chance: random.Random) -> bytes:
    return chance.choice(_BYTES)


def _any_bytes(chance: random.Random) -> bytes:
    return chance.randbytes(chance.choice((1, 7, 60, 800, 20_000)))


def _deep_frame(chance: random.Random) -> bytes:
    depth = chance.choice((20, 100, 900, 5_000, 15_000))
    return b'{"type":"commands","commands":' + b"[" * depth + b"]" * depth + b"}"


def _deep_args(chance: random.Random) -> bytes:
    depth = chance.choice((40, 100, 900, 2_000))
    args = b'{"text":' * depth + b"1" + b"}" * depth
    return b'{"type":"commands","commands":[{"seq":1,"name":"write","args":%b}]}' % args


def _cut(chance: random.Random) -> bytes:
    return _RIGHT[: chance.randrange(1, len(_RIGHT))]


def _count(chance: random.Random) -> bytes:
    command = {"seq": 1, "name": "write", "args": {"text": "x"}}
    commands = [command] * chance.choice((0, 65, 300))
    return msgspec.json.encode({"type": "commands", "commands": commands})


def _wrong(chance: random.Random) -> bytes:
    """Return a right frame in which one thing is wrong."""
    command: dict[str, object] = {"seq": 1, "name": "write", "args": {"text": "x"}}
    document: dict[str, object] = {"type": "commands", "commands": [command]}
    odd = chance.choice(_ODD)
    match chance.randrange(8):
        case 0:
            document["type"] = odd if not isinstance(odd, str) else f"no-{odd[:9]}"
        case 1:
            document["commands"] = odd
        case 2:
            command["seq"] = odd if odd not in (True, 1.5) else "1"
            if isinstance(odd, int) and 0 < odd < 1 << 53:
                command["seq"] = 0
        case 3:
            command["name"] = odd if not isinstance(odd, str) else f"no-{odd}"
        case 4:
            command["args"] = odd if odd != {"text": "x"} else {"text": 1}
        case 5:
            command["args"] = {"text": odd if not isinstance(odd, str) else 7}
        case 6:
            command["args"] = {"text": "x", chance.choice(("y", "", "__class__", "text ")): odd}
            command["unknown"] = odd
        case _:
            command["not_after"] = chance.choice(("1", 2**70, -1, 1.5, [], {}))
    return msgspec.json.encode(document)


def sent(data: bytes, chance: random.Random) -> Iterator[bytes]:
    """Yield the frames of a message: whole or in parts, with control frames in between."""
    opcode = chance.choice((TEXT, TEXT, TEXT, BINARY))
    parts = [data]
    if chance.random() < 0.4:
        cuts = sorted(chance.randrange(len(data) + 1) for _ in range(chance.randrange(1, 8)))
        parts = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]
    for number, part in enumerate(parts):
        if chance.random() < 0.2:
            yield frame(chance.randbytes(chance.randrange(126)), chance.choice((PING, PONG)))
        yield frame(
            part, opcode if number == 0 else CONTINUATION,
            fin=number == len(parts) - 1, mask=chance.randbytes(4),
        )  # fmt: skip


def violations(chance: random.Random) -> dict[str, bytes]:
    """Return what the protocol forbids, by name."""
    text = _RIGHT
    return {
        "unmasked": frame(text, mask=None),
        "reserved bit": frame(text, rsv=chance.randrange(1, 8)),
        "reserved opcode": frame(text, chance.choice((3, 4, 5, 6, 7, 11, 12, 13, 14, 15))),
        "goes on from nothing": frame(text, CONTINUATION),
        "begins within another": frame(b'{"ty', fin=False) + frame(text),
        "control in parts": frame(b"x", PING, fin=False),
        "long control": frame(bytes(126), chance.choice((PING, PONG, CLOSE))),
        "too long": frame(bytes(100), length=chance.choice((32 * 1024 + 1, 1 << 20, 1 << 40))),
        "longer than there is": frame(bytes(100), length=1 << 63),
        "too long in parts": frame(bytes(30_000), fin=False) + frame(bytes(30_000), CONTINUATION),
        "close of one byte": frame(b"\x03", CLOSE),
        "close for no reason": frame(chance.choice((b"\x03\xec", b"\x00\x01", b"\x03\xed")), CLOSE),
        "close in no language": frame(b"\x03\xe8\xff\xfe", CLOSE),
    }


def http(chance: random.Random) -> bytes:
    """Return a request that is wrong, or is none."""
    line = chance.choice(
        (
            b"GET / HTTP/9.9", b"GET", b"\x16\x03\x01\x02\x00\x01\x00", b"GET /v1/socket HTTP/1.0",
            b"POST /v1/tickets HTTP/1.1", b"DELETE /v1/worlds HTTP/1.1",
            b"GET /../../etc/passwd HTTP/1.1",
            b"GET /v1/worlds/%2e%2e/snapshots/1 HTTP/1.1",
            b"GET /v1/worlds/w1/snapshots/-1 HTTP/1.1",
            b"GET /page/..%2fserver.py HTTP/1.1", b"OPTIONS * HTTP/1.1", b"GET http://x/ HTTP/1.1",
            b"GET /v1/socket?ticket=" + b"a" * 3000 + b" HTTP/1.1", b"HEAD /v1/health HTTP/1.1",
            b"GET /" + b"a" * 20_000 + b" HTTP/1.1", b"GET /v1/worlds?tenant=%ff HTTP/1.1",
        )
    )  # fmt: skip
    heads = chance.sample(
        (
            b"Host: 127.0.0.1",
            b"Host: x\r\nHost: y", b"Content-Length: -1", b"Content-Length: 99999999",
            b"Content-Length: 5\r\nContent-Length: 6", b"Transfer-Encoding: chunked", b"X: \x00",
            b" : ",
            b"Upgrade: websocket", b"Connection: Upgrade", b"Sec-WebSocket-Key: x",
            b"Origin: http://evil",
            b"Sec-WebSocket-Version: 12", b"Expect: 100-continue", b"X: " + b"y" * 17_000,
            b"Content-Length: 3",
            b"Authorization: Bearer \xff", b"Connection: close",
        ),
        chance.randrange(6),
    )  # fmt: skip
    body = chance.choice(
        (b"", b"{}", b"zz\r\n", b"ffffffffffffffff\r\n", b"5\r\nhello\r\n0\r\n\r\n")
    )
    whole = line + b"\r\n" + b"".join(h + b"\r\n" for h in heads) + b"\r\n" + body
    if chance.random() < 0.2:
        whole = whole[: chance.randrange(len(whole))]
    return whole if chance.random() < 0.95 else chance.randbytes(300)
