"""The line that a person reads of a fault: whose it is, and whether anything stands still."""

from pathlib import Path

from lqe.adapters.cursors import DocumentCursors
from lqe.adapters.memory import MemoryDocuments
from lqe.cli.serving import told
from lqe.errors import Quarantine
from lqe.ports.cursors import Cursor
from lqe.stuck import Stuck

DATA = Path("my data")


def line(cursor: Cursor, error: BaseException, tenant: str = "acme", where: str = "w1") -> str:
    cursors = DocumentCursors(MemoryDocuments())
    cursors.tenant("acme").move("w1", Cursor(), cursor)
    return told(DATA, cursors, tenant, where, error)


def test_a_world_that_goes_on_is_not_said_to_stand_still() -> None:
    said = line(Cursor(position=1), Quarantine("its log was not read"))
    assert said == "world w1 of acme: its log was not read"


def test_a_world_in_quarantine_is_and_what_can_be_done_where_it_is_stuck() -> None:
    stands = Cursor(position=1, quarantine="out of time")
    said = "world w1 of acme stands still: out of time"
    assert line(stands, Quarantine("out of time")) == said
    stuck = Stuck(position=2, tick=3, part="event", where="command dig")
    stands = Cursor(position=1, quarantine="out of time", stuck=stuck)
    first, advice = line(stands, Quarantine("out of time")).splitlines()
    assert first == said
    assert "pass-over 'my data' --tenant acme --world w1" in advice


def test_a_fault_that_nobody_expected_says_its_kind_and_place() -> None:
    where = "a message of ann in world w1 of acme (socket c1)"
    nothing: dict[str, int] = {}
    try:
        nothing["x"]
    except KeyError as error:
        said = line(Cursor(), error, "", where)
    assert said.startswith(f"{where}: KeyError: 'x' (")
    assert f"{Path(__file__).name}:" in said
