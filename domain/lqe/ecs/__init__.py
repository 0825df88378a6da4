"""Entities, their components and tags. Scenario authors import from here."""

from .columns import Bulk
from .component import Column, Component, Position, Velocity, component_name
from .entities import Entities
from .entity import Entity, Tags

__all__ = [
    "Bulk",
    "Column",
    "Component",
    "Entities",
    "Entity",
    "Position",
    "Tags",
    "Velocity",
    "component_name",
]
