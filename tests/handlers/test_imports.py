"""Each function imports what it is known to import, and nothing more."""

import json

import pytest

from tests.handlers.imported import FUNCTIONS, PINNED, imported_by

HOW = "if it is on purpose, run `python -m tests.handlers.imported` and say why in the commit"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_imports_what_is_written_down(function: str) -> None:
    pinned = json.loads(PINNED.read_text())[function]
    found = imported_by(function)
    more, less = set(found) - set(pinned), set(pinned) - set(found)
    assert (more, less) == (set(), set()), HOW


def test_a_function_that_does_not_fold_starts_without_the_physics() -> None:
    pinned = json.loads(PINNED.read_text())
    light = set(FUNCTIONS) - {"fold", "view", "submit"}
    assert {name for name in FUNCTIONS if "pymunk" not in pinned[name]} == light
    # Only who answers people reads and writes models of theirs.
    assert [name for name in FUNCTIONS if "pydantic" in pinned[name]] == ["http"]
