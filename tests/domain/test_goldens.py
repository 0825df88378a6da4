"""Fixed scripts lead to the committed digests, for as long as the rules version is the same.

Make the files that are missing with `python -m tests.goldens`; see tests/goldens/__init__.py.
"""

from __future__ import annotations

import pytest

from tests.goldens import SCRIPTS, Golden, made, path_of, stored
from tests.goldens.__main__ import main


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_leads_to_its_committed_keyframes(script: str) -> None:
    expected, got = stored(script), made(script)
    difference = _difference(expected, got)
    if difference and expected.turning and expected.profile != got.profile:
        pytest.skip(
            f"inconclusive: {difference}, but this machine's numeric profile is {got.profile}, "
            f"the golden's is {expected.profile}, and bodies turn in this script"
        )
    assert difference is None


def _difference(expected: Golden, got: Golden) -> str | None:
    for a, b in zip(expected.keyframes, got.keyframes, strict=False):
        if a != b:
            return f"{got.script}: first differing keyframe is tick {a.tick}: {a} became {b}"
    if len(expected.keyframes) != len(got.keyframes):
        return f"{got.script}: {len(expected.keyframes)} keyframes became {len(got.keyframes)}"
    if expected.outcomes != got.outcomes:
        return f"{got.script}: outcomes {expected.outcomes} became {got.outcomes}"
    return None


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_is_worth_keeping(script: str) -> None:
    golden = stored(script)
    assert len(golden.keyframes) >= 10
    assert len({mark.digest for mark in golden.keyframes}) == len(golden.keyframes)
    assert golden.rules_version == int(path_of(script).stem.rpartition("-")[2])


def test_goldens_are_not_overwritten_by_accident(capsys: pytest.CaptureFixture[str]) -> None:
    before = {script: path_of(script).read_bytes() for script in SCRIPTS}
    assert main([]) == 1
    assert main(["--force"]) == 2
    assert {script: path_of(script).read_bytes() for script in SCRIPTS} == before
    assert "raise RULES_VERSION" in capsys.readouterr().out
