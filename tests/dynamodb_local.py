"""AWS's DynamoDB Local for the tests: fetched once with Maven, started when a test asks for it.

`python -m tests.dynamodb_local` fetches it. It needs Java 17 and Maven, no Docker and no account.
"""

import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import boto3

from tests.fetched import fetched, kept_at

VERSION = "2.6.1"
_POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion>
<groupId>local</groupId><artifactId>dynamodb-local</artifactId><version>1</version>
<dependencies><dependency>
<groupId>com.amazonaws</groupId><artifactId>DynamoDBLocal</artifactId><version>{VERSION}</version>
</dependency></dependencies></project>
"""
_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
_MAIN = "com.amazonaws.services.dynamodbv2.local.main.ServerRunner"
_HOW = (
    "DynamoDB Local is not here. Fetch it once with `python -m tests.dynamodb_local` "
    "(or `tox run -e dynamodb`); it needs Java 17 and Maven"
)


def folder() -> Path:
    """Return where the jars are kept: LQE_DYNAMODB_LOCAL, or the user's cache."""
    return kept_at(f"dynamodb-local-{VERSION}", "LQE_DYNAMODB_LOCAL")


def fetch() -> Path:
    """Fetch the jars unless they are here, and return their folder."""
    return fetched(folder(), _copy_jars)


def _copy_jars(part: Path) -> None:
    (part / "pom.xml").write_text(_POM)
    mvn = shutil.which("mvn")
    if mvn is None:
        raise SystemExit(_HOW)
    subprocess.run(
        [mvn, "-q", "-B", _COPY, "-DincludeScope=runtime", "-DoutputDirectory=."],
        cwd=part,
        check=True,
    )


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class DynamoDBLocal:
    """A running server. Each access key is a set of tables of its own."""

    def __init__(self) -> None:
        jars = folder()
        if not jars.exists():
            raise RuntimeError(_HOW)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        java = shutil.which("java") or "java"
        self._process = subprocess.Popen(
            [
                java,
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx512m",
                "-cp",
                f"{jars}/*",
                _MAIN,
                "-inMemory",
                "-port",
                str(self.port),
                "-disableTelemetry",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise RuntimeError(
                    f"DynamoDB Local ended with status {self._process.returncode}: is Java 17 here?"
                )
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise RuntimeError("DynamoDB Local did not open its port within 30 s")

    def options(self, key: str, *, url: str | None = None) -> dict[str, Any]:
        """Return what a client needs to see the tables of an access key."""
        return {
            "endpoint_url": url or self.url,
            "region_name": "us-east-1",
            "aws_access_key_id": key,
            "aws_secret_access_key": "none",
        }

    def client(self, key: str, *, url: str | None = None) -> Any:
        """Return a client of boto3's for the tables of an access key."""
        return boto3.client("dynamodb", **self.options(key, url=url))

    def stop(self) -> None:
        """End the server; its tables are gone."""
        self._process.kill()
        self._process.wait()


if __name__ == "__main__":
    print(fetch(), file=sys.stderr)  # noqa: T201 - this is a script
