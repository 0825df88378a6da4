"""Whole numbers are whole however JSON has them: 3.0 and 3e0 are the number 3."""

from typing import Any, Final

# Beyond them no field takes a whole number, and a float says nothing about its last digits.
_LEAST: Final = -(2.0**63)
_MOST: Final = 2.0**63


def whole_numbers(value: Any) -> Any:
    """Return decoded JSON with every float that is a whole number as an integer.

    JSON has one kind of number, and JSON Schema calls 3.0 an integer. Where a type wants a float,
    it is made one again.
    """
    if isinstance(value, float):
        return int(value) if _LEAST <= value < _MOST and value.is_integer() else value
    if isinstance(value, dict):
        return {key: whole_numbers(each) for key, each in value.items()}
    if isinstance(value, list):
        return [whole_numbers(each) for each in value]
    return value
