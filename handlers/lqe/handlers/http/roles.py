"""Who may do what: the one place that says no to somebody who is known."""

from collections.abc import Set as AbstractSet
from enum import StrEnum
from http import HTTPStatus
from typing import Final

import msgspec

from .problems import Declined


class Role(StrEnum):
    """What somebody is to a tenant; a token may name several."""

    PLAYER = "player"
    AUTHOR = "author"
    OPERATOR = "operator"
    AUDITOR = "auditor"
    ANALYST = "analyst"


EVERY_ROLE: Final = frozenset(Role)
# A snapshot, or another's commands, show also what players may not see of each other.
READING: Final = EVERY_ROLE - {Role.PLAYER}
# Who may send anybody in: bots, and those who look after the games of others.
OPENING_WORLDS: Final = frozenset({Role.AUTHOR, Role.OPERATOR})
FOR_ANY_PLAYER: Final = frozenset({Role.AUTHOR, Role.OPERATOR})


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Whose request it is: a tenant's, in these roles; `player` is who asks, if that is known.

    `until_us` is when the token ends that says so; 0 is never.
    """

    tenant: str
    roles: AbstractSet[Role] = EVERY_ROLE
    player: str = ""
    until_us: int = 0


def check_role(who: Identity, allowed: AbstractSet[Role]) -> None:
    """Raise Declined unless one of somebody's roles is among those allowed."""
    if not who.roles & allowed:
        needed = ", ".join(sorted(allowed))
        has = ", ".join(sorted(who.roles)) or "none"
        reason = f"this needs one of the roles {needed}; this token has: {has}"
        raise Declined(HTTPStatus.FORBIDDEN, "wrong_role", reason)


def check_player(who: Identity, player: str, others: AbstractSet[Role]) -> None:
    """Raise Declined unless somebody is that player, or has a role in which others may be named."""
    if who.roles & others or (who.player and player == who.player):
        return
    own = f"of {who.player!r}" if who.player else "of nobody: it names no `sub`"
    reason = f"a player asks for its own id alone; this token is {own}"
    raise Declined(HTTPStatus.FORBIDDEN, "wrong_player", reason)
