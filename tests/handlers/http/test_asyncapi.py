"""The AsyncAPI document: valid by the official schema, and what really goes over the socket."""

from pathlib import Path
from typing import Any, Final

import jsonschema_rs
import msgspec
import pytest

from lqe import wire
from lqe.handlers.http.asyncapi import FROM_CLIENT, TO_CLIENT, asyncapi_document
from lqe.scenario import Command, Scenario, World
from tests.handlers.http.asking import Served, json_of, pushing

OFFICIAL: Final = Path(__file__).parent / "asyncapi" / "schema.json"


def official() -> jsonschema_rs.Validator:
    return jsonschema_rs.Draft7Validator(msgspec.json.decode(OFFICIAL.read_bytes()))


def fits(document: dict[str, Any], name: str, message: Any) -> bool:
    """Say whether a message is one of that name in the document."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    return jsonschema_rs.Draft7Validator(schema).is_valid(message)


@pytest.fixture
def document() -> dict[str, Any]:
    return asyncapi_document(pushing(), "d1")


def test_the_document_is_valid_by_the_official_schema(document: dict[str, Any]) -> None:
    official().validate(document)


@pytest.mark.parametrize("what", ["info", "channels", "operations", "components"])
def test_a_spoiled_document_is_not_valid(document: dict[str, Any], what: str) -> None:
    document[what] = {"spoiled": 5}
    assert not official().is_valid(document)


def test_a_wrong_binding_is_not_valid(document: dict[str, Any]) -> None:
    document["channels"]["socket"]["bindings"]["ws"]["method"] = 5
    assert not official().is_valid(document)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    def references(part: Any) -> list[str]:
        if isinstance(part, list):
            return [each for item in part for each in references(item)]
        if not isinstance(part, dict):
            return []
        own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
        return own + references(list(part.values()))

    found = references(document)
    assert len(found) > 20
    for reference in found:
        part: Any = document
        for step in reference.removeprefix("#/").split("/"):
            part = part[step]


def test_the_server_serves_the_document_of_its_scenario(served: Served) -> None:
    assert json_of(served.get("/v1/asyncapi.json")) == asyncapi_document(pushing(), "d1")


def test_every_message_of_the_wire_is_in_the_document(document: dict[str, Any]) -> None:
    def names(kinds: tuple[Any, ...]) -> list[str]:
        return [f"#/channels/socket/messages/{kind.__name__}" for kind in kinds]

    assert set(FROM_CLIENT) == set(wire.FromClient.__args__)
    assert set(TO_CLIENT) == set(wire.ToClient.__args__)
    say, hear = document["operations"]["say"], document["operations"]["hear"]
    assert (say["action"], hear["action"]) == ("receive", "send")
    assert [each["$ref"] for each in say["messages"]] == names(FROM_CLIENT)
    assert [each["$ref"] for each in hear["messages"]] == names(TO_CLIENT)
    said = {each["name"] for each in document["components"]["messages"].values()}
    assert said == {
        "commands", "view", "heartbeat", "delta", "receipt", "outcome", "rejected", "closing",
        "view_unavailable",
    }  # fmt: skip


MESSAGES: Final = (
    wire.Rejected("invalid", "no such command", 3),
    wire.Rejected("malformed", "no JSON"),
    wire.Receipt([wire.ReceiptItem(1, 7), wire.ReceiptItem(2, 8)]),
    wire.OutcomeSent(seq=1, position=7, tick=100),
    wire.OutcomeSent(position=7, tick=100, code="world_full", reason="64 players", original=3),
    wire.View(position=1, tick=2, at_us=3, tick_us=4, world={"a": [1]}, you={}, session="s"),
    wire.ViewUnavailable(position=1, tick=2, reason="the game's view failed"),
    wire.Delta(since=1, position=2, tick=3, at_us=4, signals=[wire.SentSignal("won", 3, {})]),
)


@pytest.mark.parametrize("message", MESSAGES, ids=str)
def test_what_the_engine_says_is_what_the_document_says(
    document: dict[str, Any], message: msgspec.Struct
) -> None:
    plain = msgspec.json.decode(msgspec.json.encode(message))
    assert fits(document, type(message).__name__, plain)
    for other in {kind.__name__ for kind in TO_CLIENT} - {type(message).__name__}:
        assert not fits(document, other, plain)


@pytest.mark.parametrize("spoiled", [[], [1], [1, "2"], {}])
def test_a_receipt_is_of_pairs(document: dict[str, Any], spoiled: list[Any]) -> None:
    assert not fits(document, "Receipt", {"type": "receipt", "commands": [spoiled]})


PUSH: Final = {"seq": 1, "name": "push", "args": {"dx": 1.5}}


@pytest.mark.parametrize(
    ("commands", "valid"),
    [
        ([PUSH], True),
        ([PUSH | {"args": {"dx": 1, "dy": 2.5}, "not_after": 50}], True),
        ([PUSH, {"seq": 2, "name": "rest"}], True),
        ([{"seq": 2, "name": "rest", "args": {}}] * 64, True),
        ([], False),
        ([PUSH] * 65, False),
        ([PUSH | {"name": "pull"}], False),
        ([PUSH | {"args": {}}], False),
        ([{"seq": 1, "name": "push"}], False),
        ([PUSH | {"args": {"dx": "far"}}], False),
        ([PUSH | {"args": {"dx": 1, "dz": 1}}], False),
        ([PUSH | {"more": 1}], False),
        ([PUSH | {"seq": "1"}], False),
        ([{"name": "rest"}], False),
    ],
)
def test_a_frame_is_of_the_scenarios_own_commands(
    document: dict[str, Any], commands: list[Any], *, valid: bool
) -> None:
    assert fits(document, "Frame", {"type": "commands", "commands": commands}) is valid


def test_a_scenario_may_call_its_commands_like_messages() -> None:
    class View(Command, frozen=True):
        """Look closer."""

        zoom: int

    class Frame(Command, frozen=True):
        """Hang up a picture."""

    scenario = Scenario("Names")

    @scenario.command(View)
    def view(world: World, player: str, command: View) -> None: ...

    @scenario.command(Frame)
    def frame(world: World, player: str, command: Frame) -> None: ...

    document = asyncapi_document(scenario, "d1")
    official().validate(document)
    sent = {"seq": 1, "name": "view", "args": {"zoom": 2}}
    assert fits(document, "Frame", {"type": "commands", "commands": [sent]})
    assert fits(document, "View", msgspec.to_builtins(MESSAGES[5]))
    assert not fits(document, "View", {"zoom": 2})


def test_a_scenario_without_commands_has_a_document_too() -> None:
    document = asyncapi_document(Scenario("Quiet"), "d1")
    official().validate(document)
    assert fits(document, "Frame", {"type": "commands", "commands": [PUSH]})
