"""What comes in from outside for a world, before it has a place in the log."""

from collections.abc import Mapping
from typing import Any

import msgspec

from .errors import BadInput
from .names import check_tenant, check_world, split_group
from .scope import current


class _Body(msgspec.Struct, frozen=True, kw_only=True):
    """The JSON body of a queued command."""

    player: str
    session: str
    seq: int
    name: str
    args: dict[str, Any] = {}
    entity_id: int | None = None
    not_after: int | None = None


class InboundCommand(msgspec.Struct, frozen=True, kw_only=True):
    """One command as a queue delivers it: for whom, by whom, what. `args` are plain values."""

    tenant: str
    world: str
    player: str
    session: str
    seq: int
    name: str
    args: dict[str, Any]
    entity_id: int | None = None
    not_after: int | None = None
    message_id: str = ""
    redelivered: bool = False

    @classmethod
    def parse(cls, record: Mapping[str, Any]) -> "InboundCommand":
        """Return the command in one SQS record.

        Tenant and world come from the message group, which the sender cannot choose freely;
        everything else from the JSON body. Raises BadInput; OutsideInvocation with none open.
        """
        opened = current("InboundCommand.parse")
        try:
            group = record["attributes"]["MessageGroupId"]
            body = msgspec.json.decode(record["body"], type=_Body)
        except (KeyError, TypeError) as error:
            raise BadInput(
                f"expected an SQS FIFO record with a group and a body: {error!r}"
            ) from None
        except msgspec.DecodeError as error:
            raise BadInput(f"the body of a record is no command: {error}") from None
        tenant, world = split_group(group)
        command = cls(
            tenant=check_tenant(tenant),
            world=check_world(world),
            player=body.player,
            session=body.session,
            seq=body.seq,
            name=body.name,
            args=body.args,
            entity_id=body.entity_id,
            not_after=body.not_after,
            message_id=str(record.get("messageId", "")),
            redelivered=str(record["attributes"].get("ApproximateReceiveCount", "1")) != "1",
        )
        opened.parsed(command)
        return command
