"""The queue before the log: order, also of what comes back because a disk failed."""

from lqe.events import PlayerJoined, PlayerLeft
from lqe.local.intake import QueueIntake
from lqe.ports.intake import Message

JOINED = PlayerJoined(player="ann", session="s", connection="c")
LEFT = PlayerLeft(player="ann", session="s", connection="c")


def message(name: str, event: PlayerJoined | PlayerLeft = JOINED) -> Message:
    return Message(id=name, tenant="acme", world="w1", connection="c", events=(event,))


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
