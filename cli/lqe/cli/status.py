"""`ledgerquest status`: how a deployed stack is."""

import click
import msgspec

from .cloud.deployment import Deployment, Standing, on_stack

_WRONG = 6
_SHORT = 12


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a world and alarm.")
@on_stack
def status(there: Deployment, *, as_json: bool) -> None:
    r"""Show the worlds of a stack, how far each is folded, which stand still, and alarms.

    \b
    exit code 0  everything goes on
              6  a world stands still, or an alarm has gone off
    """
    worlds = [there.standing(key) for key in there.worlds()]
    alarms = there.alarms()
    if as_json:
        for world in worlds:
            click.echo(msgspec.json.encode(world).decode())
        for name, what in alarms:
            click.echo(msgspec.json.encode({"alarm": name, "reason": what}).decode())
    else:
        _say(there, worlds, alarms)
    if alarms or any(world.quarantine for world in worlds):
        raise SystemExit(_WRONG)


def _say(there: Deployment, worlds: list[Standing], alarms: list[tuple[str, str]]) -> None:
    digest = there.outputs["ScenarioDigest"]
    click.echo(f"{there.stack} in {there.account.region}: new worlds run {digest:.{_SHORT}}")
    for world in worlds:
        click.echo(
            f"  {world.tenant}/{world.world}  position {world.position}, tick {world.tick}, "
            f"{world.behind} behind, code {world.scenario[:_SHORT] or 'none yet'}"
        )
        if world.quarantine:
            click.echo(f"    stands still: {world.quarantine}")
            click.echo(
                f"    after the repair: ledgerquest world release {world.world} "
                f"--tenant {world.tenant} --stack {there.stack}"
            )
    if not worlds:
        click.echo("  no world is open")
    for name, what in alarms:
        click.echo(f"  ALARM {name}: {what}")
