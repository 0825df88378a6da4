"""The words in which the tests of the deployed API are written: a cloud, a token, its answer."""

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import Any

import boto3
import pytest
from msgspec.structs import replace

from lqe.adapters.registry import Quotas, TenantSettings, dynamodb_registries
from lqe.handlers.http import function as http
from lqe.ports.objects import source_name
from tests.adapters.cloud import lambda_event
from tests.cloud import Cloud
from tests.dynamodb_local import DynamoDBLocal
from tests.recorded import Recorded

SOCKETS = "https://a.execute-api.eu-central-1.amazonaws.com/live"
ANN = "7d8ca528-4931-4254-9273-ea5ee853f271"
AT = datetime(2026, 1, 2, tzinfo=UTC)


class DeployedApi:
    """The `http` function in one warm process. A test has two tenants: its `own`, and another."""

    def __init__(self, local: DynamoDBLocal, patch: pytest.MonkeyPatch, folder: Path) -> None:
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("AWS_ENDPOINT_URL_DYNAMODB", local.url)
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "none")
        self.game = Recorded()
        self.cloud = cloud = Cloud(local, self.game.code, self.game.clock)
        digest = self.game.digest
        (folder / digest).write_bytes(self.game.stored.get(source_name(digest)) or b"")
        cloud.settings = replace(
            cloud.settings, sockets=SOCKETS, scenario=digest, scenarios=str(folder)
        )
        # The registry makes its own clients, as those of the cloud. The library's default session
        # keeps the first credentials that it meets.
        patch.setenv("AWS_ACCESS_KEY_ID", cloud.access_key)
        patch.setattr(boto3, "DEFAULT_SESSION", None)
        self.registries = dynamodb_registries(cloud.settings.events)
        self.process = cloud.cold()
        self.app = http.wire(self.process)
        self._numbers = count(1)

    def register(self) -> None:
        """Let the next test have tenants of its own, and a cloud without faults."""
        number = next(self._numbers)
        self.own, self.other = f"acme-{number}", f"globex-{number}"
        settings = TenantSettings(region="eu-central-1", quotas=Quotas(worlds=2))
        for name in (self.own, self.other):
            self.registries.register(name, settings, AT)
        self.cloud.faults.clear()

    def ask(
        self,
        method: str,
        address: str,
        body: Any = None,
        *,
        tenant: str | None = None,
        roles: Sequence[str] = ("operator",),
        sub: str = ANN,
        stage: str = "$default",
        sent: Mapping[str, Any] = MappingProxyType({}),
    ) -> Any:
        """Send a request with a token of the test's own tenant, of another, or ("") with none.

        What is in `sent` goes in the place of the event's.
        """
        path, _, query = address.partition("?")
        event = lambda_event("http_request")
        context = event["requestContext"]
        context["stage"] = stage
        context["http"] |= {"method": method, "path": path}
        groups = f"[{' '.join(roles)}]"
        context["authorizer"]["jwt"]["claims"] |= {
            "custom:tenant": self.own if tenant is None else tenant,
            "cognito:groups": groups,
            "sub": sub,
        }
        if tenant == "":
            del context["authorizer"]
        event |= {"rawPath": path, "rawQueryString": query}
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            event |= {"body": base64.b64encode(data).decode(), "isBase64Encoded": True}
        return http.respond(self.process, self.app, event | dict(sent))

    def later(self, seconds: int) -> None:
        """Let time pass."""
        self.game.clock.us += seconds * 1_000_000

    def ticket(self, **wanted: Any) -> Any:
        """Ask for a ticket as a player: Ann's own for w1, if nothing else is said."""
        return self.ask(
            "POST", "/v1/tickets", {"world": "w1", "player": ANN} | wanted, roles=("player",)
        )


def shown(answer: Mapping[str, Any], status: int = 200) -> Any:
    """Return what a JSON answer of a status says."""
    assert (answer["statusCode"], answer["isBase64Encoded"]) == (status, False), answer["body"]
    assert answer["headers"]["Content-Type"] == "application/json"
    return json.loads(answer["body"])


def declined(answer: Mapping[str, Any]) -> tuple[int, str]:
    """Return status and code of an answer that declines."""
    status = answer["statusCode"]
    problem = shown(answer, status)
    assert problem.keys() == {"code", "reason"}
    return status, problem["code"]
