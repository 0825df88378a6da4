"""An interrupt of a replay is no verdict of its log."""

import os
import signal
from pathlib import Path

import pytest
from click.testing import CliRunner

from lqe.cli.interrupts import Interrupts
from lqe.cli.main import cli
from lqe.fold import Fold
from tests.cli.test_every_tenant import data

__all__ = ["data"]


@pytest.fixture(autouse=True)
def interruptible() -> None:
    """Take interrupts as a terminal's processes do, also where the tests run in the background."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def test_an_interrupt_counts_where_it_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    with Interrupts() as interrupts:
        interrupts.check()
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(SystemExit) as ended:
            interrupts.check()
    assert ended.value.code == 130
    assert "there is no verdict" in capsys.readouterr().err
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_replay_that_is_interrupted_in_an_event_says_nothing_of_its_log(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = Fold.parts

    def interrupted(self: Fold, position: int, event: object) -> object:
        if position == 20:
            # A terminal interrupts the command and the process that it lets replay.
            for process in (os.getpid(), os.getppid()):
                os.kill(process, signal.SIGINT)
        return parts(self, position, event)  # type: ignore[arg-type]

    monkeypatch.setattr(Fold, "parts", interrupted)
    done = CliRunner().invoke(cli, ["replay", "verify", str(data), "--tenant", "acme"])
    assert done.exit_code == 130, done.output
    assert done.stdout == ""
    assert "there is no verdict" in done.stderr
