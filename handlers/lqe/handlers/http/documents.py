"""Documents about the API and the scenario, made once for each scenario that is in force."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import msgspec

from .asyncapi import asyncapi_document
from .models import ScenarioShown

if TYPE_CHECKING:
    from lqe.scenario import Scenario

Make = Callable[["Scenario", str], dict[str, Any]]
_encode: Final = msgspec.json.Encoder().encode


def scenario_document(scenario: "Scenario", digest: str) -> dict[str, Any]:
    """Return what a client or a bot has to know of a scenario."""
    # Who describes a scenario has loaded it; a ticket is handed out without the physics.
    from lqe.scenario import command_schemas  # noqa: PLC0415

    shown = ScenarioShown(
        title=scenario.title,
        digest=digest,
        rules=msgspec.to_builtins(scenario.rules),
        commands=command_schemas(scenario),
    )
    return shown.model_dump()


class Documents:
    """Answers as bytes; those of a scenario are made again only when its digest is another."""

    def __init__(
        self,
        scenario: "Callable[[], Scenario]",
        digest: Callable[[], str],
        openapi: Callable[[], dict[str, Any]],
        socket: str,
    ) -> None:
        self._scenario = scenario
        self._digest = digest
        self._openapi = openapi
        self._socket = socket
        self._made: dict[str, tuple[str, bytes]] = {}

    def scenario(self) -> bytes:
        """Return the description of the scenario that new worlds are opened with."""
        return self._of_scenario("scenario", scenario_document)

    def asyncapi(self) -> bytes:
        """Return the AsyncAPI document of the socket, with the scenario's own commands."""
        return self._of_scenario(
            "asyncapi", lambda scenario, digest: asyncapi_document(scenario, digest, self._socket)
        )

    def openapi(self) -> bytes:
        """Return the OpenAPI document of the HTTP API."""
        if "openapi" not in self._made:
            self._made["openapi"] = ("", _encode(self._openapi()))
        return self._made["openapi"][1]

    def _of_scenario(self, name: str, make: Make) -> bytes:
        digest = self._digest()
        known, data = self._made.get(name, ("", b""))
        if not data or known != digest:
            data = _encode(make(self._scenario(), digest))
            self._made[name] = (digest, data)
        return data
