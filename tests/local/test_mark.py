"""A mark says what a process was at, also when the process is gone."""

import subprocess
import sys

from lqe.local.mark import Mark, shared_file

DIES = """
import os, sys
from lqe.local.mark import Mark
mark = Mark(int(sys.argv[1]))
mark.at("acme", "w1", 6)
mark.at("acme", "w2", 7)
os.abort()
"""


def test_a_mark_that_was_never_set_is_idle() -> None:
    assert Mark(shared_file()).read().is_idle


def test_a_mark_says_the_world_and_the_position_and_moves_with_each() -> None:
    file = shared_file()
    ours, theirs = Mark(file), Mark(file)
    theirs.at("acme", "a-longer-name", 3)
    theirs.at("acme", "w1", 4)
    first = ours.read()
    assert (first.tenant, first.world, first.position) == ("acme", "w1", 4)
    theirs.at("acme", "w1", 4)
    assert ours.read() != first, "the same again is a move"
    again = ours.read()
    theirs.move()
    assert (ours.read() != again, ours.read().key) == (True, again.key)
    theirs.clear()
    assert ours.read().is_idle


def test_the_longest_names_fit() -> None:
    mark = Mark(shared_file())
    mark.at("t" * 40, "w" * 64, 1 << 62)
    read = mark.read()
    assert (read.key, read.position) == (("t" * 40, "w" * 64), 1 << 62)


def test_what_a_process_died_over_is_known_when_it_is_gone() -> None:
    file = shared_file()
    mark = Mark(file)
    ended = subprocess.run(
        [sys.executable, "-c", DIES, str(file)], pass_fds=[file], check=False, capture_output=True
    )
    assert ended.returncode < 0
    assert (mark.read().key, mark.read().position) == (("acme", "w2"), 7)
