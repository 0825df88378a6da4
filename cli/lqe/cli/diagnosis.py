"""What `doctor` found, for people and for programs, and which cause a difference comes from."""

from collections.abc import Iterator, Sequence
from types import MappingProxyType
from typing import Any, Final

import msgspec

from lqe.adapters.scenarios.causes import RULES, Cause, Function, Package

# Which functions of a scenario an event of a log calls.
_CALLED_BY: Final = MappingProxyType(
    {
        "command.submitted.v1": ("command", "turn"),
        "player.joined.v1": ("joined", "starting"),
        "player.left.v1": ("left",),
        "world.opened.v1": ("opening",),
    }
)


class Diagnosis(msgspec.Struct, kw_only=True):
    """Everything that was found. `difference` is where two runs part, `failure` why none could be.

    A scenario is healthy when its runs are the same and its text has no error; warnings may be.
    """

    package: str
    events: int = 0
    ticks: int = 0
    imports: list[str] = []
    causes: list[Cause] = []
    difference: dict[str, Any] | None = None
    failure: str | None = None

    @property
    def errors(self) -> list[Cause]:
        """The causes that are no part of any scenario."""
        return [c for c in self.causes if c.severity == "error"]

    @property
    def healthy(self) -> bool:
        """Whether nothing was found but warnings."""
        found = self.imports or self.errors or self.difference is not None
        return not found and self.failure is None

    def plain(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {
            "healthy": self.healthy,
            "events": self.events,
            "ticks": self.ticks,
            "imports": self.imports,
            "difference": self.difference,
            "causes": [_plain(c) for c in self.causes],
            "failure": self.failure,
        }

    def lines(self) -> Iterator[str]:
        """Yield what a person reads: causes first, then where runs part, then the verdict."""
        for cause in self.causes:
            rule = RULES[cause.rule]
            where = f", in {cause.function}" if cause.function else ""
            place = f"{self.package}/{cause.file}:{cause.line}"
            yield f"{cause.severity:<8} {cause.rule}: {place} {cause.what}{where}"
            yield f"         why: {rule.why}"
            yield f"         do:  {rule.remedy}"
        if self.failure is not None:
            yield f"no run: {self.failure}"
        if self.difference is not None:
            yield f"first difference, {self.difference['between']}: {self.difference['where']}"
            for likely in self.difference["causes"]:
                place = f"{self.package}/{likely['file']}:{likely['line']}"
                yield f"         probably from {place}: {likely['rule']}"
        yield self._verdict()

    def _verdict(self) -> str:
        warnings = len(self.causes) - len(self.errors)
        also = f"; {warnings} warnings" if warnings else ""
        if self.healthy:
            same = f"{self.events} events, {self.ticks} ticks, the same in every run"
            return f"healthy: {same}{also}"
        runs = "its runs differ" if self.difference is not None else "its runs were the same"
        if self.failure is not None:
            runs = "it could not be run"
        return f"not healthy: {runs}; {len(self.errors)} errors in its text{also}"


def _plain(cause: Cause) -> dict[str, Any]:
    rule = RULES[cause.rule]
    found: dict[str, Any] = msgspec.to_builtins(cause)
    return {"severity": rule.severity, **found, "why": rule.why, "remedy": rule.remedy}


def causes_of(package: Package, causes: Sequence[Cause], part: str) -> list[dict[str, Any]]:
    """Return the causes that a part of a tick runs into: a system, a scheduled call, an event.

    Where none can be seen to be reached from there, all errors are: one of them may be, unseen.
    """
    reached = package.reached(*_functions(package, part))
    names = {(f.module.file, f.name) for f in reached}
    likely = [c for c in causes if (c.file, c.function) in names]
    likely = likely or [c for c in causes if c.severity == "error"]
    return [{"file": c.file, "line": c.line, "rule": c.rule} for c in likely]


def _functions(package: Package, part: str) -> list[Function]:
    if part in _CALLED_BY:
        return package.registered(*_CALLED_BY[part])
    return [f for f in package.functions() if f.name == part]
