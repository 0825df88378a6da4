"""Players and their sessions: who is here, and which commands were seen already."""

from bisect import bisect_left, insort

import msgspec

from lqe.limits import SEQ_WINDOW, SESSIONS_KEPT


class Session(msgspec.Struct):
    """A session's numbering: the highest `seq` seen, and the positions of the latest ones.

    `seen` is sorted, and `connection` is the one that the session entered by last.
    """

    name: str
    highest: int = 0
    seen: list[tuple[int, int]] = []
    connected: bool = True
    connection: str = ""

    def place(self, seq: int) -> int | None:
        """Return the position at which `seq` was recorded, if it is among the latest."""
        place = bisect_left(self.seen, (seq,))
        if place == len(self.seen) or self.seen[place][0] != seq:
            return None
        return self.seen[place][1]

    def is_stale(self, seq: int) -> bool:
        """Say whether `seq` lies below the window in which repeats can be told from new ones."""
        return seq <= self.highest - SEQ_WINDOW

    def note(self, seq: int, position: int) -> None:
        """Remember a command's position."""
        self.highest = max(self.highest, seq)
        insort(self.seen, (seq, position))
        del self.seen[: bisect_left(self.seen, (self.highest - SEQ_WINDOW + 1,))]


class Player(msgspec.Struct, omit_defaults=True):
    """A player, with the latest sessions in the order of their joining.

    `left` is the tick at which the last of them went, in a world where that is counted.
    """

    name: str
    sessions: list[Session] = []
    left: int | None = None

    @property
    def present(self) -> bool:
        """Whether any session is connected."""
        return any(s.connected for s in self.sessions)

    def session(self, name: str) -> Session | None:
        """Return the session of that name, if it is one of the latest."""
        return next((s for s in self.sessions if s.name == name), None)

    def enter(self, name: str, connection: str) -> None:
        """Connect a session, new or old, by a connection; the oldest of too many is forgotten."""
        session = self.session(name)
        if session is None:
            session = Session(name)
            self.sessions = [*self.sessions, session][-SESSIONS_KEPT:]
        session.connected, session.connection = True, connection
        self.left = None
