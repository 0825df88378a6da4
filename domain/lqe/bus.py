"""The imperative front's command bus."""

from .inbound import InboundCommand
from .scope import current


class CommandBus:
    """Queues commands in the open invocation."""

    @staticmethod
    def dispatch(command: InboundCommand) -> None:
        """Queue a command; it takes effect, or is refused, at `ECSManager.flush`."""
        current("command_bus.dispatch").dispatch(command)
