"""What the connections of a world have been shown, so that only what changed is sent."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from lqe.ports.push import Connection
from lqe.signals import EVERYONE, Signal
from lqe.wire import SentSignal

Document = dict[str, Any]


class Shared(msgspec.Struct, frozen=True):
    """The shared view as of a position: the same object for all that have been shown it."""

    position: int
    world: Document


class Sent(msgspec.Struct):
    """What one connection has been shown; its own part was looked at `own_us`."""

    shared: Shared
    you: Document
    own_us: int


def by_what_they_saw(
    connections: Iterable[Connection], sent: Mapping[str, Sent]
) -> list[tuple[Shared, list[Connection]]]:
    """Return the connections in groups, each with the shared view that all in it have."""
    groups: dict[int, tuple[Shared, list[Connection]]] = {}
    for connection in connections:
        shared = sent[connection.id].shared
        groups.setdefault(id(shared), (shared, []))[1].append(connection)
    return list(groups.values())


class Audience:
    """Who is connected to a world, and which of them are whose; made anew when that changes."""

    def __init__(self, connections: Sequence[Connection]) -> None:
        self.connections = connections
        self._sessions: dict[tuple[str, str], list[Connection]] = {}
        for connection in connections:
            key = (connection.player, connection.session)
            self._sessions.setdefault(key, []).append(connection)
        self._ending = [c for c in connections if c.until_us]
        self._first_us = min((c.until_us for c in self._ending), default=0)

    def of(self, player: str, session: str) -> Sequence[Connection]:
        """Return the connections of a session."""
        return self._sessions.get((player, session), ())

    def ended(self, now_us: int) -> Sequence[Connection]:
        """Return the connections that should be there no more."""
        if not self._ending or now_us < self._first_us:
            return ()
        return [c for c in self._ending if c.until_us <= now_us]


class Hearing:
    """Which of some signals a player hears: those to everyone, to them, and of what they see."""

    def __init__(self, signals: Sequence[Signal]) -> None:
        self._all: list[SentSignal] = []
        self._of_player: dict[str, list[SentSignal]] = {}
        self.of_entities: list[tuple[int, SentSignal]] = []
        for signal in signals:
            sent = SentSignal(signal.name, signal.tick, signal.data)
            kind, _, name = signal.audience.partition(":")
            if signal.audience == EVERYONE:
                self._all.append(sent)
            elif kind == "player":
                self._of_player.setdefault(name, []).append(sent)
            elif kind == "entity" and name.isdecimal():
                self.of_entities.append((int(name), sent))

    def by(self, player: str) -> list[SentSignal]:
        """Return what a player hears, whatever they see."""
        return [*self._all, *self._of_player.get(player, ())]
