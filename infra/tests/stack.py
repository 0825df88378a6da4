"""A stack in an emulator, made and used as an operator does it: with the `ledgerquest` command."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import boto3

from lqe.cli.cloud.account import Account
from lqe.cli.cloud.deployment import LOCAL_STACK, Deployment, deployment
from lqe.local.client import Player
from tests.dynamodb_local import free_port

REGION: Final = "us-east-1"
_CREDENTIALS: Final = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
_LONGEST_S: Final = 900
_WAIT_S: Final = 120.0
_SAID: Final = 2_000


async def until(holds: Callable[[], bool], within_s: float = _WAIT_S) -> None:
    """Wait until something holds; fail if it takes longer."""
    waited = 0.0
    while not holds():
        assert waited < within_s, "it did not come"
        await asyncio.sleep(0.05)
        waited += 0.05


async def decided(player: Player, commands: int) -> None:
    """Wait until a player knows what became of that many commands."""
    await until(lambda: player.decided == commands)


class Stack:
    """An emulator at an address of its own, and the stack in it. `folder` is where commands run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.endpoint = f"http://127.0.0.1:{free_port()}"
        self._url = ""
        self.environment = {
            **os.environ,
            **_CREDENTIALS,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
        }

    def ledgerquest(self, *arguments: str, code: int = 0) -> tuple[str, str]:
        """Run the command; fail unless it ends with `code`; return what it said, and its errors."""
        done = subprocess.run(
            [sys.executable, "-m", "lqe.cli", *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=_LONGEST_S,
            check=False,
        )
        assert done.returncode == code, (
            f"{arguments}: {done.stdout[-_SAID:]}\n{done.stderr[-_SAID:]}"
        )
        return done.stdout, done.stderr

    @property
    def deployed(self) -> Deployment:
        return deployment(Account(self.endpoint, REGION), LOCAL_STACK)

    def client(self, service: str) -> Any:
        return boto3.client(service, endpoint_url=self.endpoint, region_name=REGION)

    def token(self, tenant: str, person: str, *roles: str) -> str:
        """Add a person, and return what they log in to the user pool for."""
        more = [part for role in roles for part in ("--role", role)]
        said, _ = self.ledgerquest("tenant", "user", tenant, person, *more)
        password = said.split()[-1]
        answer = self.client("cognito-idp").initiate_auth(
            ClientId=self.deployed.outputs["UsersClient"],
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": person, "PASSWORD": password},
        )
        return str(answer["AuthenticationResult"]["IdToken"])

    def http(
        self, method: str, path: str, token: str = "", body: Mapping[str, Any] | None = None
    ) -> tuple[int, Any]:
        """Ask the HTTP API; return the status and the JSON answered."""
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        data = None if body is None else json.dumps(body).encode()
        self._url = self._url or self.deployed.outputs["HttpUrl"]
        address = self._url + path
        try:
            with urlopen(Request(address, data, headers, method=method), timeout=60) as answer:
                return answer.status, json.loads(answer.read())
        except HTTPError as error:
            return error.code, json.loads(error.read() or b"null")

    def socket(self, token: str, world: str) -> str:
        """Open a world, and return the address of the socket that a ticket of Ann's opens there."""
        status, opened = self.http("POST", "/v1/worlds", token, {"world": world})
        assert status == 201, opened
        wanted = {"world": world, "player": "ann", "session": "s1"}
        status, issued = self.http("POST", "/v1/tickets", token, wanted)
        assert status == 201, issued
        return str(issued["socket"]).replace("http", "ws", 1)


@contextmanager
def local_stack(folder: Path) -> Iterator[Stack]:
    """Deploy to an emulator, whose environment is this process's as well, until the block ends."""
    stack = Stack(folder)
    before = dict(os.environ)
    os.environ.update(stack.environment)
    try:
        stack.ledgerquest("init", "--local")
        yield stack
    finally:
        stack.ledgerquest("destroy", "--local")
        os.environ.clear()
        os.environ.update(before)
