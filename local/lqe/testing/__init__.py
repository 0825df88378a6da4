"""Tests of a scenario in the words of its game: given what happened, when a command, then what."""

from .game import Game
from .happened import Happened, Heard
from .steps import after, joined, left, sent

__all__ = ["Game", "Happened", "Heard", "after", "joined", "left", "sent"]
