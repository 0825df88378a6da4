"""What the author of a game imports, beside `lqe.ecs` and `lqe.physics`."""

from lqe.errors import Refused
from lqe.limits import Limits
from lqe.physics import SpaceRules
from lqe.signals import EVERYONE, OBSERVERS, to_player, to_those_who_see
from lqe.world import World

from .rules import Rules
from .scenario import Command, Scenario
from .schemas import command_schemas

__all__ = [
    "EVERYONE",
    "OBSERVERS",
    "Command",
    "Limits",
    "Refused",
    "Rules",
    "Scenario",
    "SpaceRules",
    "World",
    "command_schemas",
    "to_player",
    "to_those_who_see",
]
