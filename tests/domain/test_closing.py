"""Close codes are what their document says, and clients go by them."""

import re

import pytest

from lqe.closing import Close, comes_back
from tests.tidy.tree import ROOT

ROW = re.compile(r"^\| (\d{4}) \| .* \| (yes|no|—)", re.MULTILINE)


def test_the_document_lists_every_code_and_says_whether_to_come_back() -> None:
    listed = dict(ROW.findall((ROOT / "docs/protocol.md").read_text(encoding="utf-8")))
    assert {int(code) for code in listed} == set(Close)
    says = {int(code): word == "yes" for code, word in listed.items() if word != "—"}
    assert says == {code: comes_back(code) for code in Close if code is not Close.DONE}


@pytest.mark.parametrize(
    ("codes", "rule"),
    [
        ((1000, 1005, 1006, 1011, 1013, 3000, 4100, 4199), "come back"),
        ((1003, 1007, 1010, 4000, 4099), "stay away"),
    ],
)
def test_codes_that_nobody_thought_of_have_a_rule(codes: tuple[int, ...], rule: str) -> None:
    assert {comes_back(code) for code in codes} == {rule == "come back"}
