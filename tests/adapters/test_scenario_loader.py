"""Scenarios are loaded from their bytes, and only from what they may use."""

import sys
from pathlib import Path

import pytest

from lqe.adapters.memory import MemoryObjects
from lqe.adapters.scenarios import (
    ScenarioCode,
    find_source,
    fresh_code,
    load_source,
    module_of,
    read_source,
)
from lqe.errors import ScenarioError
from lqe.ports.objects import source_name
from lqe.source import Source

GOOD = b"from lqe.scenario import Scenario\nscenario = Scenario('one')\n"


def source(code: bytes = GOOD, **others: bytes) -> Source:
    files = {"__init__.py": code} | {f"{name}.py": text for name, text in others.items()}
    return Source(package="game", files=files)


def test_a_scenario_is_loaded_from_its_source() -> None:
    assert load_source(source()).title == "one"


def test_a_scenario_imports_its_own_modules_relatively() -> None:
    main = (
        b"from lqe.scenario import Scenario\nfrom .words import title\nfrom .more.deep import x\n"
        b"scenario = Scenario(title + x)\n"
    )
    files = {"__init__.py": main, "words.py": b"title = 'two'\n", "more/__init__.py": b""}
    made = Source(package="game", files=files | {"more/deep.py": b"x = '!'\n"})
    assert load_source(made).title == "two!"


def test_two_versions_live_in_one_process() -> None:
    old, new = source(), source(GOOD.replace(b"one", b"two"))
    assert old.digest != new.digest
    assert (load_source(old).title, load_source(new).title) == ("one", "two")
    assert load_source(old).title == "one"


def test_any_change_of_any_file_is_another_digest() -> None:
    base = source(words=b"a = 1\n")
    assert base.digest != source(words=b"a = 2\n").digest
    assert base.digest != source(other=b"a = 1\n").digest


def test_assets_are_part_of_the_scenario() -> None:
    files = {"__init__.py": GOOD, "assets/map.json": b"{}"}
    assert load_source(Source(package="game", files=files)).assets == {"map.json": b"{}"}


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("import random", "__init__.py:3 imports random: use world.random"),
        ("from time import monotonic", "imports time.monotonic: use world.tick"),
        ("import os.path", "imports os.path"),
        ("def f():\n    import socket", "__init__.py:4 imports socket"),
        ("import lqe.adapters", "imports lqe.adapters"),
        ("from lqe import world", "imports lqe.world"),
        ("import msgspec, uuid", "imports uuid"),
    ],
)
def test_what_is_off_the_list_is_refused_by_name_and_line(line: str, named: str) -> None:
    with pytest.raises(ScenarioError, match=named):
        load_source(source(GOOD + line.encode() + b"\n"))


@pytest.mark.parametrize("line", ["open('x')", "eval('1')", "exec('1')", "input()", "globals()"])
def test_some_built_in_names_are_not_there(line: str) -> None:
    with pytest.raises(ScenarioError, match="NameError"):
        load_source(source(GOOD + line.encode() + b"\n"))


def test_sum_adds_from_left_to_right_on_every_python() -> None:
    code = (
        b"from lqe.scenario import Scenario\n"
        b"scenario = Scenario(repr(sum([1e16, 1.0, -1e16])) + repr(sum([], 5)))\n"
    )
    assert load_source(source(code)).title == "0.05"


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (b"x = 1\n", "must define `scenario"),
        (b"scenario = 3\n", "got int"),
        (b"x = = 1\n", "__init__.py:1"),
        (b"1 / 0\n", "ZeroDivisionError"),
    ],
    ids=["nothing", "a number", "no Python", "an error"],
)
def test_what_is_no_scenario_is_refused_with_the_reason(code: bytes, why: str) -> None:
    with pytest.raises(ScenarioError, match=why):
        load_source(source(code))


def test_a_failed_load_leaves_nothing_behind() -> None:
    broken = source(b"from .half import y\n", half=b"x = 1\n")
    with pytest.raises(ScenarioError):
        load_source(broken)
    assert not [n for n in sys.modules if broken.digest[:20] in n]


def test_a_package_must_have_an_init() -> None:
    with pytest.raises(ScenarioError, match="no __init__"):
        Source(package="game", files={"a.py": b""})


def test_caches_tests_and_hidden_files_are_no_part_of_a_scenario(tmp_path: Path) -> None:
    for name in ("__init__.py", "__pycache__/a.pyc", "tests/test_a.py", ".hidden", "assets/m.json"):
        file = tmp_path / "game" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(GOOD if name == "__init__.py" else b"")
    assert sorted(read_source(tmp_path / "game").files) == ["__init__.py", "assets/m.json"]


def test_a_name_that_is_neither_folder_nor_installed_is_refused() -> None:
    with pytest.raises(ScenarioError, match="neither a folder nor an installed scenario"):
        find_source("no-such-scenario")


def test_code_is_found_again_by_its_digest_alone() -> None:
    objects = MemoryObjects().tenant("acme")
    digest = ScenarioCode(objects).keep(source())
    assert ScenarioCode(objects)(digest).title == "one"


def test_code_whose_rules_no_world_could_run_by_is_not_taken_up_and_replays_where_it_was() -> None:
    made = source(GOOD.replace(b"'one'", b"'one', rules=Rules(tick_us=0)").replace(
        b"import Scenario", b"import Rules, Scenario"
    ))  # fmt: skip
    objects = MemoryObjects().tenant("acme")
    refusal = r"rules.tick_us must be a whole number from 1 to 3,600,000,000, got 0"
    with pytest.raises(ScenarioError, match=refusal):
        load_source(made)
    with pytest.raises(ScenarioError, match=refusal):
        ScenarioCode(objects).keep(made)
    assert objects.get(source_name(made.digest)) is None
    objects.put(source_name(made.digest), made.encode())  # as an older engine did
    assert ScenarioCode(objects)(made.digest).rules.tick_us == 0


def test_code_that_is_not_kept_is_missed_by_name() -> None:
    with pytest.raises(ScenarioError, match="not kept with the log"):
        ScenarioCode(MemoryObjects().tenant("acme"))("0" * 64)


def test_code_that_was_changed_after_it_was_kept_is_noticed() -> None:
    objects = MemoryObjects().tenant("acme")
    objects.put(source_name("0" * 64), source().encode())
    with pytest.raises(ScenarioError, match="it was changed"):
        ScenarioCode(objects)("0" * 64)


def test_code_loaded_afresh_shares_nothing_and_is_forgotten_after() -> None:
    text = "from lqe.scenario import Scenario\nKEPT = []\nscenario = Scenario('x')\n"
    source = Source(package="kept", files={"__init__.py": text.encode()})
    before = (set(sys.modules), list(sys.meta_path))
    with fresh_code(source) as code:
        first, second = code(source.digest), code(source.digest)
        assert first is not second
        assert len(set(sys.modules) - before[0]) == 2
        with pytest.raises(ScenarioError, match="expected scenario"):
            code("0" * 64)
    assert (set(sys.modules), list(sys.meta_path)) == before
    load_source(source)
    assert module_of(source).KEPT == []
