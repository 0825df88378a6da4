"""A game of one board that all write on: what is pushed to everybody is as long as they like."""

from lqe.ecs import Component
from lqe.rng import Random
from lqe.scenario import Command, Limits, Rules, Scenario, World


class Board(Component):
    """What stands on the board, and how often it was written on."""

    text: str = ""
    writes: int = 0


class Write(Command, frozen=True):
    """Replace what stands there."""

    text: str


RULES = Rules(keyframe_interval=64, clock_hz=10.0, push_hz=20.0, limits=Limits(max_players=2_000))
scenario = Scenario("Board", components=(Board,), rules=RULES)


@scenario.opening
def opening(world: World) -> None:
    """Hang up the board."""
    world.spawn(Board(), tags=("board",))


@scenario.command(Write)
def write(world: World, player: str, order: Write) -> None:
    """Write."""
    board = world.get(world.one("board"), Board)
    board.text = order.text
    board.writes += 1


@scenario.shared_view
def everybody_sees(world: World) -> dict[str, object]:
    """Show the board."""
    board = world.get(world.one("board"), Board)
    return {"text": board.text, "writes": board.writes}


class Bot:
    """Writes a number."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance

    def decide(self, view: dict[str, object]) -> list[tuple[str, dict[str, object]]]:
        """Return the next command, whatever is in view."""
        assert "world" in view
        return [("write", {"text": str(self.chance.integer(1, 9))})]


scenario.bot = Bot
