"""The queue before the log: order, also of what comes back because a disk failed."""

import pytest

from lqe.errors import Overloaded
from lqe.events import AnyEvent, CommandSubmitted, PlayerJoined, PlayerLeft
from lqe.local.intake import QueueIntake
from lqe.ports.intake import Message

JOINED = PlayerJoined(player="ann", session="s", connection="c")
LEFT = PlayerLeft(player="ann", session="s", connection="c")


PUSHED = CommandSubmitted(player="ann", session="s", seq=1, name="push", args=b"")


def message(name: str, event: AnyEvent = JOINED, tenant: str = "acme") -> Message:
    return Message(id=name, tenant=tenant, world="w1", connection="c", events=(event,))


def test_what_could_not_be_stored_comes_again_before_what_was_sent_meanwhile() -> None:
    intake = QueueIntake()
    intake.send([message("join")])
    taken, _ = intake.take()
    intake.send([message("leave", LEFT)])
    intake.put_back(taken)
    assert len(intake) == 2
    taken, going = intake.take()
    assert [m.id for m in taken] == ["join", "leave"]
    assert going


def test_what_comes_again_waits_for_nothing_new() -> None:
    intake = QueueIntake()
    intake.put_back([message("join")])
    assert [m.id for m in intake.take()[0]] == ["join"]
    assert len(intake) == 0


def test_what_comes_again_at_the_end_is_not_forgotten() -> None:
    intake = QueueIntake()
    intake.put_back([message("join")])
    intake.end()
    taken, going = intake.take()
    assert ([m.id for m in taken], going) == (["join"], False)


def test_a_tenant_that_fills_its_part_is_told_so_and_no_other_waits() -> None:
    intake = QueueIntake(most=10, most_of_one=4)
    for number in range(4):
        intake.send([message(f"{number}", PUSHED)])
    with pytest.raises(Overloaded, match="4 messages of acme wait to be stored already"):
        intake.send([message("more", PUSHED)])
    intake.send([message("join")])  # what is no command is always taken
    for number in range(4):
        intake.send([message(f"{number}", PUSHED, tenant="globex")])
    intake.take()
    intake.send([message("again", PUSHED)])


def test_when_the_queue_is_full_nobody_s_commands_are_taken() -> None:
    intake = QueueIntake(most=2)
    for number in range(2):
        intake.send([message(f"{number}", PUSHED)])
    with pytest.raises(Overloaded, match="2 messages wait to be stored already"):
        intake.send([message("more", PUSHED, tenant="globex")])
