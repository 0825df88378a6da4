"""What changed between two JSON documents, as merge patches (RFC 7396)."""

from typing import Any, Final

import msgspec

Document = dict[str, Any]
_NOTHING: Final = object()
_bytes = msgspec.msgpack.Encoder().encode
# The order of members says nothing.
_sorted = msgspec.msgpack.Encoder(order="deterministic").encode


def merge_patch(old: Document, new: Document) -> Document | None:
    """Return the patch that turns `old` into `new` as JSON text has them; empty if they are one.

    None if there is none: in such a patch no member can become null.
    """
    patch: Document = {}
    for key in _changed(old, new):
        before, value = old.get(key), new[key]
        if isinstance(before, dict) and isinstance(value, dict):
            inner = merge_patch(before, value)
            if inner is None:
                return None
            patch[key] = inner
        elif _has_null(value):
            return None
        else:
            patch[key] = value
    if old.keys() - new.keys():
        patch |= {key: None for key in old if key not in new}
    return patch


def _changed(old: Document, new: Document) -> list[str]:
    """Return the members of `new` that `old` lacks or has otherwise.

    As a rule what Python calls equal is the same: that is looked at for all members at once.
    """
    equal = {key: value for key, value in new.items() if old.get(key, _NOTHING) == value}
    if _alike([old[key] for key in equal], list(equal.values())):
        return [key for key in new if key not in equal]
    return [key for key in new if key not in equal or not is_same(old[key], new[key])]


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
    return _alike(before, value)


def _alike(before: Any, value: Any) -> bool:
    return _bytes(before) == _bytes(value) or _sorted(before) == _sorted(value)


def _has_null(value: Any) -> bool:
    """Say whether a patch would take a value, or a member of it, for one to be taken away."""
    if isinstance(value, dict):
        return any(_has_null(each) for each in value.values())
    return value is None
