"""Merge patches bring a document to what it became, as its JSON text has it."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lqe.patches import apply_patch, is_same, merge_patch
from lqe.replay.state import differences

NOBODY = {"components": {}, "tags": {}, "next_id": 1, "alive": []}
NAMES = ("a", "b", "__proto__", "constructor", "")
LEAVES = st.sampled_from([0, 1, -1, 0.0, -0.0, 1.0, True, False, "", "0", "a"])
KEYS = st.sampled_from(NAMES)


def _grown(inside: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    listed = st.lists(inside | st.none(), max_size=3)
    return listed | st.dictionaries(KEYS, inside, max_size=3)


VALUES = st.recursive(LEAVES, _grown, max_leaves=8)
DOCUMENTS = st.dictionaries(KEYS, VALUES, max_size=4)
NULLED = st.dictionaries(KEYS, VALUES | st.none() | st.dictionaries(KEYS, st.none()), max_size=4)


def text(document: Any) -> bytes:
    return msgspec.json.encode(document, order="sorted")


@given(DOCUMENTS, DOCUMENTS)
def test_a_patch_turns_one_document_into_the_other(old: Any, new: Any) -> None:
    patch = merge_patch(old, new)
    assert patch is not None
    sent = msgspec.json.decode(msgspec.json.encode(patch))
    assert text(apply_patch(old, sent)) == text(new)
    assert (patch == {}) == (text(old) == text(new))


@given(NULLED, NULLED)
def test_there_is_no_patch_where_it_could_not_say_that_a_member_is_null(old: Any, new: Any) -> None:
    patch = merge_patch(old, new)
    if patch is not None:
        assert text(apply_patch(old, patch)) == text(new)


@pytest.mark.parametrize(
    ("before", "after"),
    [(0, False), (1, True), (1, 1.0), (0.0, -0.0), ([0], [False]), ({"x": [1]}, {"x": [True]})],
)
def test_what_python_calls_equal_and_a_client_does_not_is_a_change(before: Any, after: Any) -> None:
    assert not is_same(before, after)
    assert text(merge_patch({"a": before}, {"a": after})) == text({"a": after})
    states = [{"entities": NOBODY, "clock": value} for value in (before, after)]
    assert [d.component for d in differences(*states)] == ["clock"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"a": 1}, {"a": None}),
        ({}, {"a": None}),
        ({}, {"a": {"b": None}}),
        ({"a": 1}, {"a": {"b": None}}),
    ],
)
def test_a_member_that_becomes_null_has_no_patch(old: Any, new: Any) -> None:
    assert merge_patch(old, new) is None


def test_a_null_that_stays_and_one_in_a_list_are_no_trouble() -> None:
    assert merge_patch({"a": None, "b": 1}, {"a": None, "b": 2}) == {"b": 2}
    assert merge_patch({"a": None}, {"a": 1}) == {"a": 1}
    assert merge_patch({"a": 1}, {"a": [None]}) == {"a": [None]}
