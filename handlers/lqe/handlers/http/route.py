"""One route: what is asked for and how, what is answered, and who answers."""

from collections.abc import Callable
from typing import Any

import msgspec
from pydantic import BaseModel

from .documents import Documents
from .messages import JSON, Response
from .models import OfTenant
from .ports import Ports


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A request that was let in: `asked` is the route's model, `tenant` whose it is, if any's."""

    ports: Ports
    documents: Documents
    tenant: str
    asked: Any


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the table. `asks` is the body of a POST, or path and query of a GET, as one model.

    `answers` is the model of the answer; None for bytes or a document of another standard.
    `rated` routes are answered at a bounded rate a tenant. `also` are other statuses with the same
    answer, `declines` those with a problem that this route alone has.
    """

    method: str
    path: str
    name: str
    summary: str
    handler: Callable[[Call], Response]
    asks: type[BaseModel] | None = None
    answers: type[BaseModel] | None = None
    status: int = 200
    content_type: str = JSON
    rated: bool = False
    also: tuple[int, ...] = ()
    declines: tuple[int, ...] = ()

    @property
    def guarded(self) -> bool:
        """Whether the tenant's key is needed where keys are."""
        return self.asks is not None and issubclass(self.asks, OfTenant)

    @property
    def has_body(self) -> bool:
        """Whether what is asked comes in the body."""
        return self.method == "POST"

    @property
    def variables(self) -> tuple[str, ...]:
        """The names in the path's template, in order."""
        parts = self.path.split("/")
        return tuple(part[1:-1] for part in parts if part.startswith("{"))
