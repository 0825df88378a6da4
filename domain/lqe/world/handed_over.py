"""What a scenario's code hands over is looked at before anything is done with it.

What the state, its canonical bytes or a player's client cannot take would come out ticks later,
when nobody can say any more who did it, and nothing of it can be taken back.
"""

from collections.abc import Collection, Iterable
from operator import index
from typing import Any, SupportsIndex

import msgspec

from lqe.errors import ScenarioError
from lqe.signals import EVERYONE, OBSERVERS

_DIGITS = 19


def entity_id(value: Any) -> int:
    """Return an entity's id as a whole number of Python's; numpy's are taken as well."""
    if type(value) is int:
        return value
    if isinstance(value, bool) or not isinstance(value, SupportsIndex):
        raise TypeError(f"expected an entity's id, got {value!r:.80}")
    return index(value)


def text(value: Any, what: str) -> str:
    """Return what has to be text; a member of an enumeration of texts is the text that it is."""
    if not isinstance(value, str):
        raise TypeError(f"expected {what} as text, got {value!r:.80}")
    plain: str = str.__str__(value)
    try:
        plain.encode()
    except UnicodeEncodeError:
        raise ValueError(f"expected {what} in letters of Unicode, got {value!r:.80}") from None
    return plain


def tag_names(values: Iterable[Any]) -> tuple[str, ...]:
    """Return tags; a text in place of a list of them is not its letters."""
    if isinstance(values, str):
        raise TypeError(f"expected a tuple of tags, got the text {values!r:.80}")
    return tuple(text(value, "a tag") for value in values)


def call_name(value: Any, known: Collection[str]) -> str:
    """Return the name of a scheduled function that the scenario has."""
    if text(value, "the name of a scheduled function") not in known:
        there = ", ".join(sorted(known)) or "none"
        raise ScenarioError(f"no scheduled function is called {value!r:.80}; there are: {there}")
    return str(value)


def json_object(data: Any) -> dict[str, Any]:
    """Return plain data that players and observers hear: a JSON object with text for keys."""
    if not isinstance(data, dict) or not all(type(key) is str for key in data):
        raise TypeError(f"expected a dict with text for keys, got {data!r:.80}")
    msgspec.json.encode(data)
    return data


def audience(value: Any) -> str:
    """Return whom a signal is for: OBSERVERS, EVERYONE, `to_player` or `to_those_who_see`."""
    kind, _, name = text(value, "an audience").partition(":")
    is_entity = kind == "entity" and name.isdecimal() and name.isascii() and len(name) <= _DIGITS
    if value not in (OBSERVERS, EVERYONE) and not is_entity and not (kind == "player" and name):
        raise ValueError(
            "expected OBSERVERS, EVERYONE, to_player(…) or to_those_who_see(…) as an audience, "
            f"got {value!r:.80}"
        )
    return str(value)
