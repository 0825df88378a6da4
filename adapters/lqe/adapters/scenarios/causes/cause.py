"""The rules that a scenario keeps: each with its reason, and what to write instead."""

from types import MappingProxyType
from typing import Final, Literal

import msgspec

Severity = Literal["error", "warning"]


class Rule(msgspec.Struct, frozen=True):
    """One kind of cause: an error is no part of any scenario, a warning may be meant."""

    severity: Severity
    why: str
    remedy: str


RULES: Final = MappingProxyType(
    {
        "clock": Rule(
            "error",
            "every run, and every replay, reads another time",
            "use world.tick or world.seconds, which come from the log",
        ),
        "randomness": Rule(
            "error",
            "every run draws other numbers",
            "use world.random, whose numbers come from the world's seed",
        ),
        "environment": Rule(
            "error",
            "another machine or process has another one",
            "put numbers into the rules, and files into the assets folder",
        ),
        "io": Rule(
            "error",
            "what is outside of the log is not there in a replay",
            "read files with world.asset; tell the outside by world.signal",
        ),
        "print": Rule(
            "warning",
            "every replay prints it again, and so does every cold start",
            "use world.signal, or print in a test",
        ),
        "threads": Rule(
            "error",
            "what runs at the same time ends in any order",
            "systems run one after the other; world.after does something later",
        ),
        "import": Rule(
            "error",
            "a module may keep state, read the machine, or change with its version",
            "use what docs/write-a-game.md lists, or write the function into the package",
        ),
        "builtin": Rule(
            "error",
            "scenario code has not got this name, so it fails when it is called",
            "write what it is for in plain code",
        ),
        "set-order": Rule(
            "error",
            "the order of a set changes with the process's hash seed and with its past",
            "use sorted(…), or keep a dict or a list, whose order is that of insertion",
        ),
        "hash-or-id": Rule(
            "error",
            "hash() of text and id() of anything change with the process",
            "use entity ids, names, or a field of your own",
        ),
        "global-state": Rule(
            "error",
            "a cold start has not got it, and one process runs many worlds",
            'keep it in a component of an entity that world.one("tag") finds',
        ),
        "closure-state": Rule(
            "error",
            "what a closure keeps between calls is gone in a cold start",
            "keep it in a component",
        ),
        "class-state": Rule(
            "error",
            "all worlds of a process share a class, and a cold start has it as it was written",
            "keep it in a field of a component",
        ),
        "mutable-default": Rule(
            "error",
            "a default argument is made once for the whole process, so what is put in stays",
            "make it None, or (), and a new one in the function",
        ),
        "shared-default": Rule(
            "warning",
            "a default argument is made once for the whole process; whoever changes it changes all",
            "make it None, or ()",
        ),
        "cached-world": Rule(
            "error",
            "a cache keeps what one world was like, and is empty in a cold start",
            "compute it anew, or keep it in a component; cache only functions of plain values",
        ),
        "view-writes": Rule(
            "error",
            "views are called when somebody looks, and never in a replay",
            "change the world in a command, a system or a scheduled function",
        ),
        "catch-all": Rule(
            "error",
            "it also catches what a process raises when its time or its memory is over",
            "name the exceptions that the code itself raises",
        ),
        "float-function": Rule(
            "warning",
            "it is the C library's, and its last bit differs between processors and versions",
            "use + - * /, math.sqrt and comparisons, or a table of values",
        ),
        "numpy-function": Rule(
            "warning",
            "its last bit changes with the processor's features and with numpy's version",
            "use + - * / and np.sqrt on whole columns; add up in a loop, or with sum(x.tolist())",
        ),
        "unstable-sort": Rule(
            "warning",
            "equal keys come in an order that changes with the processor",
            'say kind="stable"',
        ),
    }
)  # fmt: skip


class Cause(msgspec.Struct, frozen=True):
    """One place where runs may part: `function` is the innermost one that it stands in."""

    file: str
    line: int
    rule: str
    what: str
    function: str = ""

    @property
    def severity(self) -> Severity:
        """Whether it is an error, or something that may be meant."""
        return RULES[self.rule].severity

    def __str__(self) -> str:
        rule = RULES[self.rule]
        return f"{self.file}:{self.line} {self.what}: {rule.why}; {rule.remedy}"
