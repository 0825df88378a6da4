"""Two states laid side by side: which entities and components differ, and how."""

from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np

from lqe.patches import is_same

_MOST = 120
Flat = dict[tuple[str, str], Any]


class Difference(msgspec.Struct, frozen=True):
    """One place where two states differ. `entity` is None outside the entities."""

    entity: int | None
    component: str
    ours: Any
    theirs: Any

    def __str__(self) -> str:
        place = f"entity {self.entity}: {self.component}" if self.entity else self.component
        return f"{place}: {_short(self.ours)} here, {_short(self.theirs)} there"


def _short(value: Any) -> str:
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= _MOST else text[: _MOST - 1] + "…"


def flatten(document: dict[str, Any]) -> Flat:
    """Return {(entity or "", component or section): value} of a plain state document."""
    flat: Flat = {}
    entities = document["entities"]
    for name, rows in entities["components"].items():
        for entity, value in _rows(rows):
            flat[str(entity), name] = value
    for tag, members in entities["tags"].items():
        for entity in members:
            flat[str(entity), f"tag {tag}"] = True
    flat["", "next id"] = entities["next_id"]
    flat["", "entities"] = entities["alive"]
    for section, value in document.items():
        if section == "players":
            for player in value:
                flat["", f"player {player['name']}"] = player
        elif section in ("contacts", "impulses"):
            flat["", section] = _arrays(value)
        elif section != "entities":
            flat["", section] = value
    return flat


def _rows(rows: Any) -> Iterator[tuple[int, Any]]:
    if isinstance(rows, list):
        yield from ((entity, value) for entity, value in rows)
        return
    ids = np.frombuffer(rows[""], "<i8").tolist()
    fields = {n: _numbers(d, len(ids)) for n, d in rows.items() if n}
    for place, entity in enumerate(ids):
        yield entity, {name: values[place] for name, values in fields.items()}


def _numbers(data: bytes, count: int) -> list[Any]:
    if count and len(data) == count:
        return np.frombuffer(data, "|b1").tolist()  # type: ignore[no-any-return]
    return np.frombuffer(data, "<f8").tolist()  # type: ignore[no-any-return]


def _arrays(section: dict[str, bytes]) -> dict[str, Any]:
    return {name: data.hex() for name, data in section.items()}


def _apart(ours: Any, theirs: Any) -> tuple[Any, Any]:
    """Return what two values differ in: of two maps, the fields that are not the same."""
    if not (isinstance(ours, dict) and isinstance(theirs, dict)):
        return ours, theirs
    fields = sorted(
        k for k in ours.keys() | theirs.keys() if not is_same(ours.get(k), theirs.get(k))
    )
    return {k: ours.get(k) for k in fields}, {k: theirs.get(k) for k in fields}


def differences(ours: dict[str, Any], theirs: dict[str, Any]) -> list[Difference]:
    """Return every difference between two plain state documents, entities first, in id order."""
    a, b = flatten(ours), flatten(theirs)
    found = [
        Difference(int(key[0]) if key[0] else None, key[1], *_apart(a.get(key), b.get(key)))
        for key in a.keys() | b.keys()
        if not is_same(a.get(key), b.get(key))
    ]
    return sorted(found, key=lambda d: (d.entity is None, d.entity or 0, d.component))
