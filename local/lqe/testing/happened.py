"""What came of a step, and the assertions about it: each fails saying what came instead."""

from typing import Any

import msgspec

from lqe.fold import Outcome


class Heard(msgspec.Struct, frozen=True):
    """A signal, and the players of the world who hear it."""

    name: str
    tick: int
    data: dict[str, Any]
    by: tuple[str, ...]

    def __str__(self) -> str:
        listeners = ", ".join(self.by) or "observers only"
        return f"{self.name} {self.data} at tick {self.tick}, heard by {listeners}"


class Happened(msgspec.Struct, kw_only=True):
    """What one step brought about.

    `outcome` is what the fold decided about a command or a join; `rejection` is why a command was
    not even recorded; `fault` is where the scenario itself failed.
    """

    what: str
    outcome: Outcome | None = None
    rejection: str | None = None
    fault: str | None = None
    signals: list[Heard] = []

    def then_applied(self) -> "Happened":
        """Expect that the command took effect."""
        self._decided("applied")
        assert self.outcome is not None
        if not self.outcome.applied:
            raise AssertionError(f"{self.what}: expected it applied, {self._refusal()}")
        return self

    def then_refused(self, code: str, reason: str | None = None) -> "Happened":
        """Expect that the game refused it by this code, with `reason` somewhere in its reason."""
        self._decided(f"refused as {code!r}")
        assert self.outcome is not None
        if self.outcome.code != code:
            came = "it was applied" if self.outcome.applied else self._refusal()
            raise AssertionError(f"{self.what}: expected it refused as {code!r}, {came}")
        if reason is not None and reason not in (self.outcome.reason or ""):
            raise AssertionError(
                f"{self.what}: expected {reason!r} in the reason of {code!r}, "
                f"it is {self.outcome.reason!r}"
            )
        return self

    def then_rejected(self, because: str = "") -> "Happened":
        """Expect that it was not recorded at all: no such command, or other fields or types."""
        if self.rejection is None:
            came = "it was recorded" if self.outcome is None else self._result()
            raise AssertionError(f"{self.what}: expected it rejected before the log, {came}")
        if because not in self.rejection:
            raise AssertionError(
                f"{self.what}: expected a rejection with {because!r}, it says: {self.rejection}"
            )
        return self

    def then_signal(
        self, name: str, who: str | None = None, data: dict[str, Any] | None = None
    ) -> "Happened":
        """Expect a signal, heard by player `who`, with at least the fields of `data`."""
        if not any(_fits(s, name, who, data or {}) for s in self.signals):
            raise AssertionError(
                f"{self.what}: expected the signal {_described(name, who, data)}, {self._heard()}"
            )
        return self

    def then_no_signal(self, name: str, who: str | None = None) -> "Happened":
        """Expect that there is no such signal, or none that player `who` hears."""
        if any(_fits(s, name, who, {}) for s in self.signals):
            raise AssertionError(
                f"{self.what}: expected no signal {_described(name, who, None)}, {self._heard()}"
            )
        return self

    def _decided(self, expected: str) -> None:
        if self.rejection is not None:
            raise AssertionError(
                f"{self.what}: expected it {expected}, it was rejected before the log: "
                f"{self.rejection}"
            )
        if self.outcome is None:
            raise AssertionError(f"{self.what} has no outcome; that is for commands and joins")

    def _result(self) -> str:
        assert self.outcome is not None
        return "it was applied" if self.outcome.applied else self._refusal()

    def _refusal(self) -> str:
        assert self.outcome is not None
        where = f"\n{self.fault}" if self.fault else ""
        return f"it was refused as {self.outcome.code!r}: {self.outcome.reason}{where}"

    def _heard(self) -> str:
        if not self.signals:
            return "there was no signal"
        return "there were:\n" + "\n".join(f"  {signal}" for signal in self.signals)


def _fits(signal: Heard, name: str, who: str | None, data: dict[str, Any]) -> bool:
    return (
        signal.name == name
        and (who is None or who in signal.by)
        and all(key in signal.data and signal.data[key] == value for key, value in data.items())
    )


def _described(name: str, who: str | None, data: dict[str, Any] | None) -> str:
    return f"{name!r}{f' with {data}' if data else ''}{f' heard by {who}' if who else ''}"
