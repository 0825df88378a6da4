"""What every adapter of an AWS service shares: clients, and what their errors mean."""

from .clients import client
from .errors import outside

__all__ = ["client", "outside"]
