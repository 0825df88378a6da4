"""An IAM engine that was written elsewhere (`@cloud-copilot/iam-simulate`), asked in one go.

`python -m tests.isolation.engine` fetches it into the user's cache; it needs Node 20 and npm.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.fetched import fetched, kept_at

HERE: Final = Path(__file__).parent / "iam"
POLICIES: Final = Path(__file__).parents[2] / "infra" / "sam" / "policies"
ACCOUNT, REGION, BUCKET = "123456789012", "eu-central-1", "lqe-objects"
DATA_ROLE: Final = f"arn:aws:iam::{ACCOUNT}:role/lqe-tenant-data"
OBJECTS_KEY: Final = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
FUNCTION_ROLE: Final = f"arn:aws:iam::{ACCOUNT}:role/lqe"
_HOW: Final = (
    "the IAM engine is not here. Fetch it once with `python -m tests.isolation.engine` "
    "(or `tox run -e iam`); it needs Node 20 and npm"
)
Policy = dict[str, Any]


class Asked(NamedTuple):
    """One request to a service as IAM sees it; `context` as sorted JSON."""

    action: str
    resource: str
    context: str


def asked(action: str, resource: str, context: Mapping[str, Any]) -> Asked:
    """Return a request; the same one twice is equal."""
    return Asked(action, resource, json.dumps(context, sort_keys=True))


def table_arn(table: str) -> str:
    """Return a table's name as policies say it."""
    return f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}"


def deployed(name: str) -> Policy:
    """Return a policy of the deployment, with its placeholders filled as a template does."""
    text = (POLICIES / f"{name}.json").read_text()
    for placeholder, value in {
        "EventsTableArn": table_arn("lqe-events"),
        "SnapshotsTableArn": table_arn("lqe-snapshots"),
        "EntityTableArn": table_arn("lqe-entities"),
        "ConnectionsTableArn": table_arn("lqe-connections"),
        "ObjectsBucketArn": f"arn:aws:s3:::{BUCKET}",
        "ObjectsKeyArn": OBJECTS_KEY,
        "DataRoleArn": DATA_ROLE,
        "FunctionRoleArns": FUNCTION_ROLE,
        "AWS::Partition": "aws",
        "AWS::AccountId": ACCOUNT,
        "AWS::Region": REGION,
        "AWS::URLSuffix": "amazonaws.com",
    }.items():
        text = text.replace(f"${{{placeholder}}}", value)
    found: Policy = json.loads(text)
    return found


def folder() -> Path:
    """Return where the engine of this lock file is kept: LQE_IAM_ENGINE, or the user's cache."""
    lock = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()[:12]
    return kept_at(f"iam-engine-{lock}", "LQE_IAM_ENGINE")


def fetch() -> Path:
    """Fetch the engine unless it is here, and return its folder."""
    return fetched(folder(), _install)


def _install(part: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit(_HOW)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, part)
    quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    subprocess.run([npm, "ci", *quiet], cwd=part, check=True)


def evaluate(
    policy: Policy, requests: Iterable[Asked], *, own: Policy | None = None
) -> dict[Asked, bool]:
    """Say for each request whether the policy allows it, and `own` where what is asked for has one.

    A role has one, its trust, and so has a key of KMS.
    """
    node, modules = shutil.which("node"), folder() / "node_modules"
    if node is None or not modules.exists():
        raise RuntimeError(_HOW)
    unique: Sequence[Asked] = list(dict.fromkeys(requests))
    question = {
        "policy": policy,
        "own": own,
        "requests": [(r.action, r.resource, json.loads(r.context)) for r in unique],
    }
    done = subprocess.run(
        [node, str(HERE / "evaluate.cjs")],
        input=json.dumps(question),
        env=os.environ | {"NODE_PATH": str(modules)},
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return dict(zip(unique, json.loads(done.stdout), strict=True))


if __name__ == "__main__":
    sys.stdout.write(f"{fetch()}\n")
