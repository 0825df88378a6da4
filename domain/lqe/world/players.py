"""Players and their sessions: who is here, and which commands were seen already."""

import msgspec

from lqe.limits import SEQ_WINDOW, SESSIONS_KEPT


class Session(msgspec.Struct):
    """A session's numbering: the highest `seq` seen, and the positions of the latest ones.

    `connection` is the one that it entered by last.
    """

    name: str
    highest: int = 0
    seen: list[tuple[int, int]] = []
    connected: bool = True
    connection: str = ""

    def place(self, seq: int) -> int | None:
        """Return the position at which `seq` was recorded, if it is among the latest."""
        return next((position for known, position in self.seen if known == seq), None)

    def is_stale(self, seq: int) -> bool:
        """Say whether `seq` lies below the window in which repeats can be told from new ones."""
        return seq <= self.highest - SEQ_WINDOW

    def note(self, seq: int, position: int) -> None:
        """Remember a command's position."""
        self.highest = max(self.highest, seq)
        floor = self.highest - SEQ_WINDOW
        self.seen = sorted([(s, p) for s, p in self.seen if s > floor] + [(seq, position)])


class Player(msgspec.Struct):
    """A player, with the latest sessions in the order of their joining."""

    name: str
    sessions: list[Session] = []

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
