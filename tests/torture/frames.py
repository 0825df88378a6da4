"""WebSocket frames by hand, right ones and wrong ones."""

from struct import pack

TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG = 1, 2, 0, 8, 9, 10
PLAIN = bytes(4)


def frame(
    payload: bytes,
    opcode: int = TEXT,
    *,
    fin: bool = True,
    rsv: int = 0,
    mask: bytes | None = PLAIN,
    length: int | None = None,
) -> bytes:
    """Return a client's frame; with the key PLAIN it reads as it is, with no key it is unmasked.

    `length` is what the header says, if that is not the truth.
    """
    size = len(payload) if length is None else length
    head = bytes([fin << 7 | rsv << 4 | opcode])
    masked = 0x80 if mask is not None else 0
    if size < 126:
        head += bytes([masked | size])
    elif size < 1 << 16:
        head += bytes([masked | 126]) + pack(">H", size)
    else:
        head += bytes([masked | 127]) + pack(">Q", size)
    if mask is None:
        return head + payload
    key = (mask * (len(payload) // 4 + 1))[: len(payload)]
    hidden = int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")
    return head + mask + hidden.to_bytes(len(payload), "big")
