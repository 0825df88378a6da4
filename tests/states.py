"""Step Functions, as far as the state machine of the ticks goes: what it does is asserted.

An execution goes on by `step`, so that a test can end it, or let others go on, between any two.
"""

# ruff: noqa: N803 - arguments are called as those of the clients of boto3

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from tests.adapters.cloud import lambda_event
from tests.simulation.aws.errors import refusal

MACHINE: Final = "arn:aws:states:us-east-1:123456789012:stateMachine:lqe-game-tick"
MOST_EVENTS: Final = 25_000
_ASL: Final = Path(__file__).parent.parent / "infra" / "sam" / "game_tick.asl.json"
_FUNCTIONS: Final = {"TickFunctionArn": "tick", "TickerFunctionArn": "ticker"}
_INVOKE: Final = "arn:aws:states:::lambda:invoke"
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,80}")
_FIELDS: Final = {
    "Task": {
        "Type", "Comment", "Resource", "Parameters", "OutputPath", "TimeoutSeconds", "Retry",
        "Next", "End",
    },
    "Choice": {"Type", "Comment", "Choices", "Default"},
    "Succeed": {"Type", "Comment"},
}  # fmt: skip
# Calls a function by its name; what it raises is why the function failed.
Invoke = Callable[[str, Any], Any]


def definition() -> Any:
    """Return the state machine as it is deployed here."""
    text = _ASL.read_text().replace("${Partition}", "aws")
    for variable, name in _FUNCTIONS.items():
        text = text.replace(f"${{{variable}}}", name)
    assert "${" not in text, "the template is told of every substitution"
    return json.loads(text)


class Execution:
    """One execution. `events` is how long its history is, `at` the state that it is in.

    `data` is what it has so far; it is `busy` while a function of it runs.
    """

    def __init__(self, asked: Any, invoke: Invoke) -> None:
        self.input = asked
        self.status = "RUNNING"
        self.events = 1
        self._machine = definition()
        self.at: str = self._machine["StartAt"]
        self._invoke = invoke
        self.data = asked
        self._tried = 0
        self.busy = False

    @property
    def states(self) -> Any:
        """The states of the machine, by their names."""
        return self._machine["States"]

    def abort(self) -> None:
        """End the execution from outside, wherever it is."""
        self.status = "ABORTED"

    def step(self) -> float:
        """Do the next thing; return how many seconds pass before the one after it."""
        assert self.status == "RUNNING"
        state = self.states[self.at]
        assert set(state) <= _FIELDS[state["Type"]], f"not understood: {state}"
        if state["Type"] == "Task":
            return self._attempt(state)
        self.events += 2
        if state["Type"] == "Succeed":
            self._end("SUCCEEDED")
        else:
            matching = (c["Next"] for c in state["Choices"] if self._holds(c))
            self.at = next(matching, state["Default"])
        return 0.0

    def _attempt(self, state: Any) -> float:
        assert state["Resource"] == _INVOKE
        asked = state["Parameters"]
        assert set(asked) == {"FunctionName", "Payload.$"}
        assert asked["Payload.$"] == "$"
        self.events += 3 if self._tried == 0 else 2
        self.busy = True
        try:
            answer = self._invoke(asked["FunctionName"], json.loads(json.dumps(self.data)))
        except Exception:  # noqa: BLE001 - whatever it is, the state machine tries again
            return self._failed(state)
        finally:
            self.busy = False
        if self.status != "RUNNING":
            return 0.0
        self.events += 2
        self._tried = 0
        assert state.get("OutputPath", "$.Payload") == "$.Payload"
        self.data = answer
        if state.get("End"):
            self._end("SUCCEEDED")
        else:
            self.at = state["Next"]
        return 0.0

    def _failed(self, state: Any) -> float:
        if self.status != "RUNNING":
            return 0.0
        self.events += 1
        (retry,) = state["Retry"]
        assert retry["ErrorEquals"] == ["States.ALL"]
        if self._tried == retry["MaxAttempts"]:
            self._end("FAILED")
            return 0.0
        self._tried += 1
        pause: float = retry["IntervalSeconds"] * retry["BackoffRate"] ** (self._tried - 1)
        return pause

    def _holds(self, choice: Mapping[str, Any]) -> bool:
        value = self.data[choice["Variable"].removeprefix("$.")]
        if "BooleanEquals" in choice:
            assert isinstance(value, bool)
            return bool(value is choice["BooleanEquals"])
        assert isinstance(value, int)
        return bool(value < choice["NumericLessThan"])

    def _end(self, status: str) -> None:
        self.events += 1
        self.status = status

    def ended(self) -> Any:
        """Return what the service says on its bus when the execution has ended."""
        said = lambda_event("states_execution_aborted")
        said["detail"] |= {"status": self.status, "input": json.dumps(self.input)}
        return said


class States:
    """The service. An execution that `started` hears of is to be led on by it."""

    def __init__(self, invoke: Invoke, started: Callable[[Execution], None]) -> None:
        self.executions: dict[str, Execution] = {}
        self._invoke = invoke
        self._started = started

    def start_execution(self, *, stateMachineArn: str, name: str, input: str) -> Any:  # noqa: A002
        """Start an execution; one that runs with the same input is the same one."""
        assert stateMachineArn == MACHINE
        assert _NAME.fullmatch(name), f"no name of an execution: {name!r}"
        asked, known = json.loads(input), self.executions.get(name)
        if known is not None and (known.status != "RUNNING" or known.input != asked):
            raise refusal("StartExecution", "ExecutionAlreadyExists")
        if known is None:
            self.executions[name] = Execution(asked, self._invoke)
            self._started(self.executions[name])
        return {"executionArn": f"{MACHINE.replace('stateMachine', 'execution')}:{name}"}

    def running(self, tenant: str, world: str) -> list[Execution]:
        """Return the executions of a world that have not ended."""
        return [
            e
            for e in self.executions.values()
            if e.status == "RUNNING" and (e.input["tenant"], e.input["world"]) == (tenant, world)
        ]
