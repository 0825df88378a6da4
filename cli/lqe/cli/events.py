"""`ledgerquest events`: read a log as a person would."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from lqe.codec import Codec
from lqe.errors import BadInput
from lqe.events import AnyEvent, CommandSubmitted, KeyframeRecorded, event_name, plain_args

from .data import DEFAULT_DATA, of_tenant, one_world


@click.command()
@click.argument("data", type=click.Path(path_type=Path), default=DEFAULT_DATA)
@of_tenant
@click.option("--world", help="Which world; not needed when there is one.")
@click.option("--from", "start", default=0, show_default=True, help="First position.")
@click.option("--to", "stop", type=int, help="Last position.")
@click.option("--player", help="Only events of this player.")
@click.option("--type", "kind", help="Only events whose name contains this.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def events(
    data: Path,
    tenant: str | None,
    world: str | None,
    start: int,
    stop: int | None,
    player: str | None,
    kind: str | None,
    *,
    as_json: bool,
) -> None:
    """Print the events of a world's log below DATA, in order."""
    log = one_world(data, tenant, world)
    codec = Codec()
    for record in log.read(max(0, start), None if stop is None else stop + 1):
        if kind is not None and kind not in record.name:
            continue
        event = codec.decode(record.data)
        if player is not None and getattr(event, "player", None) != player:
            continue
        plain = describe(event)
        if as_json:
            click.echo(json.dumps({"position": record.position, **plain}))
        else:
            click.echo(_line(record.position, event, plain))


def describe(event: AnyEvent) -> dict[str, Any]:
    """Return an event as plain values, a command's arguments decoded, bytes in hexadecimal."""
    fields = msgspec.structs.asdict(event)
    if isinstance(event, CommandSubmitted):
        try:
            fields["args"] = plain_args(event)
        except BadInput:
            fields["args"] = event.args
    fields = {k: v for k, v in fields.items() if v not in (None, b"")}
    plain: dict[str, Any] = msgspec.to_builtins(
        {"type": event_name(event), **fields}, enc_hook=str, builtin_types=(bytes,)
    )
    return {k: v.hex() if isinstance(v, bytes) else v for k, v in plain.items()}


def _line(position: int, event: AnyEvent, plain: dict[str, Any]) -> str:
    when = datetime.fromtimestamp(event.at_us / 1e6, UTC).strftime("%H:%M:%S.%f")[:-3]
    rest = {k: v for k, v in plain.items() if k not in ("type", "tick", "at_us")}
    if isinstance(event, CommandSubmitted):
        given = rest.get("args", {})
        args = ", ".join(f"{k}={v}" for k, v in given.items()) if isinstance(given, dict) else given
        text = f"{event.player} #{event.seq}: {event.name}({args})"
    elif isinstance(event, KeyframeRecorded):
        text = f"tick {event.keyframe} has digest {event.digest:.16}… (position {event.position})"
    else:
        text = " ".join(f"{k}={v}" for k, v in rest.items())
    line = f"{position:>7}  {when}  tick {event.tick:>7}  {plain['type']:<21}  {text}"
    # What players sent must not steer the terminal of who reads it.
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in line)
