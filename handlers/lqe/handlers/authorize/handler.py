"""Who may open a socket: whoever brings a ticket that nobody has used."""

from collections.abc import Mapping

from lqe.handlers.gateway import attested
from lqe.ports.clock import Clock
from lqe.ports.tickets import Tickets


class Authorize:
    """Redeems tickets."""

    def __init__(self, tickets: Tickets, clock: Clock) -> None:
        self._tickets = tickets
        self._clock = clock

    def handle(self, ticket: str) -> Mapping[str, str] | None:
        """Return whose connection a ticket opens, until when; None if it opens none.

        Raises Unavailable if that cannot be known; the ticket may be used up then.
        """
        now_us = self._clock.now_us()
        grant = self._tickets.redeem(ticket, now_us)
        return None if grant is None else attested(grant, now_us)
