"""The code of the guide runs as it stands there, in one environment, from top to bottom."""

import re
from pathlib import Path

import pytest

from lqe.adapters.dynamodb.eventsourcing import Factory

GUIDE = Path(__file__).parents[3] / "docs" / "eventsourcing-on-dynamodb.md"
BLOCKS = re.findall(r"^```py\n(.*?)^```", GUIDE.read_text(), re.MULTILINE | re.DOTALL)


def test_the_code_of_the_guide_runs(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert len(BLOCKS) == 2
    (tmp_path / "guide_of_eventsourcing.py").write_text("\n".join(BLOCKS))
    monkeypatch.syspath_prepend(tmp_path)
    __import__("guide_of_eventsourcing")


def test_the_guide_names_every_variable_there_is() -> None:
    text = GUIDE.read_text()
    ours = [n for n, v in vars(Factory).items() if n.isupper() and isinstance(v, str)]
    assert ours
    assert [name for name in ours if f"`{name}`" not in text] == []
