"""A game as its author writes it: components, commands, systems, rules, views."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from lqe.ecs import AnyComponent, Position, Velocity, component_name
from lqe.errors import ScenarioError
from lqe.physics import Body, Force, Joint, Rotation

from .rules import Rules

if TYPE_CHECKING:
    from lqe.world import World

ENGINE_COMPONENTS: tuple[type[AnyComponent], ...] = (
    Position, Velocity, Rotation, Force, Body, Joint,
)  # fmt: skip

Document = dict[str, Any]
Opening = Callable[["World"], None]
PlayerHook = Callable[["World", str], None]
Scheduled = Callable[["World", Any], None]
SharedView = Callable[["World"], Document]
PlayerView = Callable[["World", str], Document]
Migrate = Callable[[Document, str], Document]
Sees = Callable[["World", str, int], bool]
Turn = Callable[["World", str], bool]
F = TypeVar("F", bound=Callable[..., Any])


class Command(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a player may ask for. The docstring and the field types become its schema."""


C = TypeVar("C", bound=Command)
Handler = Callable[["World", str, C], None]


class CommandKind(msgspec.Struct, frozen=True):
    """One command of a scenario: its name, the type of its arguments, what it does."""

    name: str
    type: type[Command]
    handler: Callable[..., None]


class System(msgspec.Struct, frozen=True):
    """One system of a scenario: what runs at every tick divisible by `every`."""

    name: str
    run: Callable[["World"], None]
    every: int = 1


class Scenario:
    """A game's definition. Decorators add to it while its module is loaded; then it is read only.

    Systems run in the order in which they were added.
    """

    def __init__(
        self,
        title: str,
        *,
        components: Iterable[type[AnyComponent]] = (),
        rules: Rules | None = None,
    ) -> None:
        self.title = title
        self.rules = rules or Rules()
        self.components = (*ENGINE_COMPONENTS, *components)
        self.commands: dict[str, CommandKind] = {}
        self.systems: list[System] = []
        self.scheduled_calls: dict[str, Scheduled] = {}
        self.assets: Mapping[str, bytes] = {}
        self.on_open: Opening | None = None
        self.on_start: Opening | None = None
        self.on_join: PlayerHook | None = None
        self.on_leave: PlayerHook | None = None
        self.on_gone: PlayerHook | None = None
        self.view_shared: SharedView | None = None
        self.view_player: PlayerView | None = None
        self.migration: Migrate | None = None
        self.visibility: Sees | None = None
        self.turn_of: Turn | None = None
        self.bot: Any = None

    def command(self, kind: type[C]) -> Callable[[Handler[C]], Handler[C]]:
        """Let the function decide commands of `kind`, called by the type's name in snake case.

        The function gets the world, the player's id and the command. It either queues changes,
        or raises Refused; whatever it raises, nothing is changed.
        """
        name = component_name(kind)
        if name in self.commands:
            raise ScenarioError(f"the scenario has two commands called {name!r}")

        def add(handler: Handler[C]) -> Handler[C]:
            self.commands[name] = CommandKind(name, kind, handler)
            return handler

        return add

    def system(self, *, every: int = 1) -> Callable[[Opening], Opening]:
        """Run the function at every tick that `every` divides, after those added before it."""
        if every < 1:
            raise ScenarioError(f"a system runs every 1 or more ticks, got every={every}")

        def add(run: Opening) -> Opening:
            self.systems.append(System(run.__name__, run, every))
            return run

        return add

    def scheduled(self, call: Scheduled) -> Scheduled:
        """Let ``world.after(ticks, name, data)`` call the function by its name."""
        self.scheduled_calls[call.__name__] = call
        return call

    def opening(self, call: Opening) -> Opening:
        """Build the initial world with the function, at tick 0."""
        return self._once("on_open", call)

    def starting(self, call: Opening) -> Opening:
        """Call the function once, when the quorum is reached and time begins to run."""
        return self._once("on_start", call)

    def joined(self, call: PlayerHook) -> PlayerHook:
        """Call the function when a player who was not here comes."""
        return self._once("on_join", call)

    def left(self, call: PlayerHook) -> PlayerHook:
        """Call the function when a player's last connection is gone."""
        return self._once("on_leave", call)

    def gone(self, call: PlayerHook) -> PlayerHook:
        """Call the function when a player's seat is free again: `Rules.keep_seat_s` are over."""
        return self._once("on_gone", call)

    def shared_view(self, call: SharedView) -> SharedView:
        """Let the function say what everybody sees; it reads the world and changes nothing."""
        return self._once("view_shared", call)

    def player_view(self, call: PlayerView) -> PlayerView:
        """Let the function say what one player sees besides; it changes nothing."""
        return self._once("view_player", call)

    def migrate(self, call: Migrate) -> Migrate:
        """Let the function turn the plain state of the code before (by digest) into this one's."""
        return self._once("migration", call)

    def sees(self, call: Sees) -> Sees:
        """Let the function say whether a player gets the signals of an entity."""
        return self._once("visibility", call)

    def turn(self, call: Turn) -> Turn:
        """Let the function say whether it is a player's turn; commands out of turn are refused."""
        return self._once("turn_of", call)

    def _once(self, slot: str, call: F) -> F:
        if getattr(self, slot) is not None:
            raise ScenarioError(f"the scenario has two functions for {slot}")
        setattr(self, slot, call)
        return call
