"""Entities, their components and tags. Scenario authors import from here."""

from .columns import Bulk
from .component import AnyComponent, Column, Component, Fixed, Position, Velocity, component_name
from .entities import Entities
from .entity import Entity, Tags
from .manager import ECSManager

__all__ = [
    "AnyComponent",
    "Bulk",
    "Column",
    "Component",
    "ECSManager",
    "Entities",
    "Entity",
    "Fixed",
    "Position",
    "Tags",
    "Velocity",
    "component_name",
]
