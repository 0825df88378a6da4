"""One route: what is asked for and how, by whom, what is answered, and who answers."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import Any

import msgspec
from pydantic import BaseModel

from .documents import Documents
from .messages import JSON, Response
from .models import OfTenant
from .ports import Ports
from .roles import Identity, Role


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A request that was let in: `asked` is the route's model, `who` asks, where that matters.

    Of a rated route `count` is called when nothing is left to refuse: it raises Declined beyond the
    tenant's rate, which what is refused does not use up.
    """

    ports: Ports
    documents: Documents
    who: Identity
    asked: Any
    count: Callable[[], None] = lambda: None

    @property
    def tenant(self) -> str:
        """Whose the request is; "" where it is nobody's."""
        return self.who.tenant


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the table. `asks` is the body of a POST, or path and query, as one model.

    `answers` is the model of the answer; None for bytes or a document of another standard.
    `roles` are those who may ask, where what is asked for is a tenant's. `rated` routes are
    answered at a bounded rate a tenant. `also` are other statuses with the same answer, `declines`
    those with a problem that this route alone has.
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
    roles: AbstractSet[Role] = frozenset()
    rated: bool = False
    also: tuple[int, ...] = ()
    declines: tuple[int, ...] = ()

    @property
    def guarded(self) -> bool:
        """Whether it matters who asks."""
        return self.asks is not None and issubclass(self.asks, OfTenant)

    @property
    def has_body(self) -> bool:
        """Whether what is asked comes in the body; a POST of something in its path has none."""
        return self.method == "POST" and not self.variables

    @property
    def variables(self) -> tuple[str, ...]:
        """The names in the path's template, in order."""
        parts = self.path.split("/")
        return tuple(part[1:-1] for part in parts if part.startswith("{"))
