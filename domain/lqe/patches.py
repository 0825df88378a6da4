"""What changed between two JSON documents, as merge patches (RFC 7396)."""

from typing import Any, Final

import msgspec

Document = dict[str, Any]
# Of these, those that are equal and of one type are the same; Python calls 0, 0.0 and False equal.
_PLAIN: Final = frozenset({str, int, bool, type(None)})
_NOTHING: Final = object()
# The order of members says nothing.
_bytes = msgspec.msgpack.Encoder(order="deterministic").encode


def merge_patch(old: Document, new: Document) -> Document | None:
    """Return the patch that turns `old` into `new` as JSON text has them; empty if they are one.

    None if there is none: in such a patch no member can become null.
    """
    patch: Document = {}
    added = 0
    for key, value in new.items():
        before = old.get(key, _NOTHING)
        if before is _NOTHING:
            added += 1
        if is_same(before, value):
            continue
        if isinstance(before, dict) and isinstance(value, dict):
            inner = merge_patch(before, value)
            if inner is None:
                return None
            if inner:
                patch[key] = inner
        elif _has_null(value):
            return None
        else:
            patch[key] = value
    if len(new) - added < len(old):
        patch |= {key: None for key in old if key not in new}
    return patch


def apply_patch(target: Any, patch: Any) -> Any:
    """Return `target` with a JSON merge patch applied (RFC 7396, section 2)."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = apply_patch(result.get(key), value)
    return result


def is_same(before: Any, value: Any) -> bool:
    """Say whether two plain values are the same to whoever reads their bytes."""
    if before is value:
        return True
    if type(before) is not type(value) or before != value:
        return False
    return type(value) in _PLAIN or _bytes(before) == _bytes(value)


def _has_null(value: Any) -> bool:
    """Say whether a patch would take a value, or a member of it, for one to be taken away."""
    if isinstance(value, dict):
        return any(_has_null(each) for each in value.values())
    return value is None
