"""What the orchestrator on Step Functions does; moto knows the names that were taken."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from lqe.adapters.memory import MemoryDocuments
from lqe.adapters.runs import HELD_US, DocumentRuns
from lqe.adapters.stepfunctions import MAX_NAME, StepFunctionsOrchestrator, execution_name
from lqe.errors import Misconfigured, Unavailable
from lqe.ports.runs import Runs
from tests.adapters.cloud import failure
from tests.recorded import SteppingClock
from tests.states import definition

WHERE = ("acme", "w1")


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def runs(clock: SteppingClock) -> Runs:
    return DocumentRuns(MemoryDocuments(), clock)


@pytest.fixture
def states(aws: Callable[[str], Any]) -> Any:
    return aws("stepfunctions")


@pytest.fixture
def machine(states: Any) -> str:
    role = "arn:aws:iam::123456789012:role/any"
    made = states.create_state_machine(
        name="lqe-game-tick", definition=json.dumps(definition()), roleArn=role
    )
    return str(made["stateMachineArn"])


@pytest.fixture
def orchestrator(states: Any, machine: str, runs: Runs) -> StepFunctionsOrchestrator:
    return StepFunctionsOrchestrator(lambda: (states, machine), runs)


def started(states: Any, machine: str) -> list[Any]:
    """Return the inputs of the executions there are."""
    found = states.list_executions(stateMachineArn=machine)["executions"]
    arns = [execution["executionArn"] for execution in found]
    return [json.loads(states.describe_execution(executionArn=arn)["input"]) for arn in arns]


def test_time_begins_with_one_execution_however_often_it_is_asked(
    orchestrator: StepFunctionsOrchestrator, states: Any, machine: str, clock: SteppingClock
) -> None:
    for _ in range(3):
        orchestrator.begin(*WHERE, 4.0)
        orchestrator.resume(*WHERE)
    epoch = clock.us // 1_000_000
    assert started(states, machine) == [{"tenant": "acme", "world": "w1", "epoch": epoch}]


def test_time_that_never_began_is_not_resumed(
    orchestrator: StepFunctionsOrchestrator, states: Any, machine: str
) -> None:
    orchestrator.resume(*WHERE)
    orchestrator.resume(*WHERE, 4.0)
    assert started(states, machine) == []


def test_time_is_resumed_when_its_run_is_over(
    orchestrator: StepFunctionsOrchestrator,
    states: Any,
    machine: str,
    runs: Runs,
    clock: SteppingClock,
) -> None:
    orchestrator.begin(*WHERE, 4.0)
    (first,) = started(states, machine)
    runs.hold(*WHERE, first["epoch"])
    orchestrator.resume(*WHERE)
    assert len(started(states, machine)) == 1
    clock.us += HELD_US
    orchestrator.resume(*WHERE)
    assert len(started(states, machine)) == 2


def test_one_execution_follows_on_another(
    orchestrator: StepFunctionsOrchestrator, states: Any, machine: str
) -> None:
    orchestrator.begin(*WHERE, 4.0)
    (first,) = started(states, machine)
    for _ in range(2):
        orchestrator.succeed(*WHERE, first["epoch"])
    epochs = sorted(each["epoch"] for each in started(states, machine))
    assert epochs == [first["epoch"], first["epoch"] + 1]


def test_an_execution_that_has_ended_already_is_as_good_as_started(
    orchestrator: StepFunctionsOrchestrator, states: Any, machine: str
) -> None:
    orchestrator.begin(*WHERE, 4.0)
    (execution,) = states.list_executions(stateMachineArn=machine)["executions"]
    states.stop_execution(executionArn=execution["executionArn"])
    orchestrator.resume(*WHERE)
    assert len(started(states, machine)) == 1


@pytest.mark.parametrize(
    ("code", "status", "means"),
    [("ThrottlingException", 400, Unavailable), ("AccessDeniedException", 400, Misconfigured)],
)
def test_what_could_not_be_started_is_said_and_started_when_asked_again(
    code: str, status: int, means: type[Exception], runs: Runs
) -> None:
    class Client:
        def __init__(self) -> None:
            self.answers: list[Exception] = [failure(code, status)]
            self.names: list[str] = []

        def start_execution(self, **asked: Any) -> None:
            if self.answers:
                raise self.answers.pop()
            self.names.append(asked["name"])

    client = Client()
    orchestrator = StepFunctionsOrchestrator(lambda: (client, "machine"), runs)
    with pytest.raises(means, match="starting time in acme#w1"):
        orchestrator.begin(*WHERE, 4.0)
    orchestrator.resume(*WHERE)
    assert len(client.names) == 1


def test_the_name_of_a_run_says_whose_it_is() -> None:
    assert execution_name("acme", "w1", 1_700_000_000) == "acme_w1_1700000000"


def test_no_two_runs_have_one_name_and_none_is_too_long() -> None:
    names = ["a", "a-b", "b", "a" * 39, "a" * 40, "a" * 24, "a" * 63, "a" * 64, "b" * 64]
    runs = [(t, w, e) for t in names if len(t) <= 40 for w in names for e in (1, 1_700_000_000)]
    made = {execution_name(*run) for run in runs}
    assert len(made) == len(runs)
    assert max(map(len, made)) <= MAX_NAME
