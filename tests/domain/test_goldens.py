"""Fixed scripts lead to the committed digests, in worlds of every rules version.

Make the files that are missing with `python -m tests.goldens`; see tests/goldens/__init__.py.
"""

from __future__ import annotations

import pytest

from tests.goldens import WANTED, Golden, made, path_of, stored
from tests.goldens.__main__ import main


@pytest.mark.parametrize(("script", "rules"), WANTED)
def test_a_script_leads_to_its_committed_keyframes(script: str, rules: int) -> None:
    expected, got = stored(script, rules), made(script, rules)
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


@pytest.mark.parametrize(("script", "rules"), WANTED)
def test_a_script_is_worth_keeping(script: str, rules: int) -> None:
    golden = stored(script, rules)
    assert len(golden.keyframes) >= 10
    assert len({mark.digest for mark in golden.keyframes}) == len(golden.keyframes)
    assert golden.rules_version == rules


def test_goldens_are_not_overwritten_by_accident(capsys: pytest.CaptureFixture[str]) -> None:
    paths = [path_of(*each) for each in WANTED]
    before = [path.read_bytes() for path in paths]
    assert main([]) == 1
    assert main(["--force"]) == 2
    assert [path.read_bytes() for path in paths] == before
    assert "raise RULES_VERSION" in capsys.readouterr().out
