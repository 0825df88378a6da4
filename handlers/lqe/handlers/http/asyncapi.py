"""The AsyncAPI 3.0 document of the socket, from `lqe.wire` and the scenario's own commands."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import msgspec

from lqe import wire
from lqe.limits import MAX_FRAME_COMMANDS
from lqe.version import ENGINE_VERSION

if TYPE_CHECKING:
    from lqe.scenario import Scenario

FROM_CLIENT: Final = (wire.Frame, wire.ViewWanted, wire.Heartbeat)
TO_CLIENT: Final = (
    wire.View, wire.Delta, wire.ViewUnavailable, wire.Receipt, wire.OutcomeSent, wire.Rejected,
    wire.Closing,
)  # fmt: skip
SOCKET: Final = "/v1/socket"
_SCHEMAS: Final = "#/components/schemas/"
_OWN: Final = "args."
_TICKET: Final = MappingProxyType(
    {"type": "string", "description": "single use, from `POST /v1/tickets`"}
)


def asyncapi_document(scenario: "Scenario", digest: str, socket: str = SOCKET) -> dict[str, Any]:
    """Return the document: one channel, what clients say there, what they hear.

    `socket` is its address, relative to the HTTP API's or whole.
    """
    address = urlsplit(socket)
    server = {"host": address.netloc, "protocol": address.scheme}
    return {
        "asyncapi": "3.0.0",
        **({"servers": {"sockets": server}} if address.netloc else {}),
        "info": {
            "title": f"{scenario.title} over WebSocket",
            "version": ENGINE_VERSION,
            "description": "What players and the engine say to each other, message by message.",
            "x-scenario-digest": digest,
        },
        "defaultContentType": "application/json",
        "channels": {"socket": _channel(address.path)},
        "operations": {
            "say": _operation("receive", "What a client sends.", FROM_CLIENT),
            "hear": _operation("send", "What a client hears; a view comes first.", TO_CLIENT),
        },
        "components": {
            "messages": {_key(kind): _message(kind) for kind in (*FROM_CLIENT, *TO_CLIENT)},
            "schemas": _schemas(scenario),
        },
    }


def _key(kind: type[msgspec.Struct]) -> str:
    return kind.__name__


def _message(kind: type[msgspec.Struct]) -> dict[str, Any]:
    return {
        "name": str(kind.__struct_config__.tag),
        "summary": (kind.__doc__ or "").partition("\n")[0],
        "payload": {"$ref": f"{_SCHEMAS}{kind.__name__}"},
    }


def _channel(address: str) -> dict[str, Any]:
    kinds = (*FROM_CLIENT, *TO_CLIENT)
    query = {"type": "object", "required": ["ticket"], "properties": {"ticket": dict(_TICKET)}}
    protocol = {"Sec-WebSocket-Protocol": {"type": "string", "enum": [wire.SUBPROTOCOL]}}
    return {
        "address": address,
        "summary": "The socket of one player in one world.",
        "messages": {_key(kind): {"$ref": f"#/components/messages/{_key(kind)}"} for kind in kinds},
        "bindings": {
            "ws": {
                "method": "GET",
                "query": query,
                "headers": {"type": "object", "properties": protocol},
            }
        },
    }


def _operation(action: str, summary: str, kinds: Iterable[type[msgspec.Struct]]) -> dict[str, Any]:
    return {
        "action": action,
        "summary": summary,
        "channel": {"$ref": "#/channels/socket"},
        "messages": [{"$ref": f"#/channels/socket/messages/{_key(kind)}"} for kind in kinds],
    }


def _schemas(scenario: "Scenario") -> dict[str, Any]:
    """Return every schema there is, with a frame of the scenario's own commands.

    Whatever a scenario calls its types, they are apart from those of the wire.
    """
    wired, kinds = (*FROM_CLIENT, *TO_CLIENT), scenario.commands
    _, schemas = msgspec.json.schema_components(wired, ref_template=_SCHEMAS + "{name}")
    references, own = msgspec.json.schema_components(
        [kind.type for kind in kinds.values()], ref_template=f"{_SCHEMAS}{_OWN}{{name}}"
    )
    schemas |= {_OWN + name: schema for name, schema in own.items()}
    sent = {
        f"command.{name}": _sent(name, args["$ref"], schemas)
        for name, args in zip(kinds, references, strict=True)
    }
    frame = schemas["Frame"]["properties"]["commands"]
    frame |= {"minItems": 1, "maxItems": MAX_FRAME_COMMANDS}
    if sent:
        frame["items"] = {"oneOf": [{"$ref": f"{_SCHEMAS}{name}"} for name in sent]}
    result: dict[str, Any] = _draft_7(schemas | sent)
    return result


def _sent(name: str, args: str, schemas: Mapping[str, Any]) -> dict[str, Any]:
    """Return one command as it is sent: `SentCommand` with this name and these arguments."""
    plain: dict[str, Any] = schemas["SentCommand"]
    struct = schemas[args.removeprefix(_SCHEMAS)]
    properties = plain["properties"] | {"name": {"enum": [name]}, "args": {"$ref": args}}
    required = [*plain["required"], *(["args"] if struct.get("required") else [])]
    about = {"description": struct["description"]} if "description" in struct else {}
    return plain | about | {"title": name, "properties": properties, "required": required}


def _draft_7(schema: Any) -> Any:
    """Return a schema in the words of JSON Schema draft 7, which AsyncAPI 3.0 speaks."""
    if isinstance(schema, list):
        return [_draft_7(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    words = {key: _draft_7(value) for key, value in schema.items()}
    if isinstance(words.get("prefixItems"), list):
        words["items"], words["additionalItems"] = (
            words.pop("prefixItems"),
            words.get("items", True),
        )
    return words
