"""Which files of a folder are a scenario's, and which come of running it."""

import os
from pathlib import Path

import pytest

from lqe.adapters.scenarios import read_source, source_files
from lqe.errors import ScenarioError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A game's folder, as an author leaves it."""
    game = tmp_path / "game"
    for name in ("__init__.py", "rooms/hall.py", "assets/map.json"):
        (game / name).parent.mkdir(parents=True, exist_ok=True)
        (game / name).write_text("x = 1\n")
    return game


def test_a_scenario_is_every_file_of_its_folder(folder: Path) -> None:
    assert sorted(read_source(folder).files) == ["__init__.py", "assets/map.json", "rooms/hall.py"]


@pytest.mark.parametrize(
    "name",
    [
        ".ledgerquest/local/log.sqlite",
        "__pycache__/x.pyc",
        "rooms/tests/test_hall.py",
        "server.log",
        "rooms/out.log",
    ],
)
def test_what_comes_of_running_it_is_no_part_of_it(folder: Path, name: str) -> None:
    before = read_source(folder).digest
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("came later")
    assert read_source(folder).digest == before


def test_a_data_folder_is_no_part_of_the_game_that_it_lies_in(folder: Path) -> None:
    before = read_source(folder).digest
    for name in ("data/server.lock", "data/local/log.sqlite", "data/local/objects/a.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    assert read_source(folder).digest == before


def test_what_a_process_prints_into_is_no_part_of_its_game(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = read_source(folder).digest
    with (folder / "printed.txt").open("w") as file:
        printed, fstat = os.fstat(file.fileno()), os.fstat
        monkeypatch.setattr(os, "fstat", lambda fd: printed if fd == 1 else fstat(fd))
        assert read_source(folder).digest == before
    monkeypatch.undo()
    assert "printed.txt" in read_source(folder).files


def test_a_link_to_a_folder_above_is_not_followed(folder: Path) -> None:
    (folder / "again").symlink_to(folder.parent)
    assert len(source_files(folder)) == 3


def test_a_file_whose_name_is_no_text_is_named(folder: Path) -> None:
    os.close(os.open(os.fsencode(folder) + b"/caf\xe9.txt", os.O_CREAT | os.O_WRONLY))
    with pytest.raises(ScenarioError, match=r"expected file names in UTF-8, got caf\\xe9\.txt"):
        read_source(folder)


def test_a_folder_of_large_files_is_refused_before_they_are_read(folder: Path) -> None:
    with (folder / "film.mp4").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(ScenarioError, match="a scenario has at most 16777216"):
        read_source(folder)
