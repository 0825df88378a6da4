"""The bounds that a world is opened with, and those of the engine itself."""

import msgspec

MAX_EVENT_BYTES = 60 * 1024
MAX_FRAME_COMMANDS = 64
MAX_ARGS_DEPTH = 32
# A view or a delta: whoever has the sockets keeps it for every client that is slow to read.
MAX_SHOWN_BYTES = 16 * 1024 * 1024
SEQ_WINDOW = 64
SESSIONS_KEPT = 8


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one world may grow to. Part of its `world opened` event, so a replay has the same."""

    max_entities: int = 10_000
    max_players: int = 64
    max_scheduled: int = 10_000
    max_signals_per_tick: int = 1_000
    max_idle_ticks: int = 625
