"""The template says what it means: its policies are the tested ones, every wildcard explained."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import yaml

from lqe.cli.cloud.tools import infra_folder, tool
from lqe.signals import NEAR_QUORUM, QUORUM

SAM = infra_folder() / "sam"
TEMPLATE = SAM / "template.yaml"
# The template's own resource for each placeholder of the policies.
PLACES = {
    "EventsTableArn": "EventsTable.Arn", "SnapshotsTableArn": "SnapshotsTable.Arn",
    "EntityTableArn": "EntitiesTable.Arn", "ConnectionsTableArn": "ConnectionsTable.Arn",
    "ObjectsBucketArn": "Objects.Arn",
}  # fmt: skip

# What these do is of no tenant: they may not even act as one.
WITHOUT_TENANTS = {"PoolWarmerFunction"}


class Loader(yaml.SafeLoader):  # type: ignore[misc]
    """Reads CloudFormation's short forms: `!GetAtt A.Arn` is `${A.Arn}`, the rest is kept."""


def _short(loader: Loader, tag: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        text = str(loader.construct_scalar(node))
        return text.replace("${!", "${") if tag == "Sub" else f"${{{text}}}"
    if isinstance(node, yaml.SequenceNode):
        return {tag: loader.construct_sequence(node, deep=True)}
    return {tag: loader.construct_mapping(node, deep=True)}


Loader.add_multi_constructor("!", _short)


def template() -> Any:
    return yaml.load(TEMPLATE.read_text(), Loader)


def policy(name: str, **places: str) -> Any:
    text = (SAM / "policies" / f"{name}.json").read_text()
    for placeholder, place in (PLACES | places).items():
        text = text.replace(f"${{{placeholder}}}", f"${{{place}}}")
    return json.loads(text)["Statement"]


def listed(statement: Any) -> Any:
    """Return a statement with one action as a list of one."""
    action = statement["Action"]
    return statement | {"Action": [action] if isinstance(action, str) else action}


def functions() -> dict[str, Any]:
    resources = template()["Resources"]
    return {n: r for n, r in resources.items() if r["Type"] == "AWS::Serverless::Function"}


def test_the_role_of_data_has_the_policy_that_the_attempts_are_made_at() -> None:
    (inline,) = template()["Resources"]["TenantData"]["Properties"]["Policies"]
    assert list(map(listed, inline["PolicyDocument"]["Statement"])) == policy("tenant_data")


def test_functions_may_act_as_one_tenant_and_reach_no_data_themselves() -> None:
    shared = template()["Resources"]["ActAsTenants"]["Properties"]["PolicyDocument"]
    assert [s["Sid"] for s in shared["Statement"]] == [s["Sid"] for s in policy("function_data")]
    (act, read) = policy("function_data")
    acting = {s["Sid"]: listed(s) for s in shared["Statement"]}
    assert acting[act["Sid"]]["Action"] == act["Action"]
    assert acting[read["Sid"]] == read
    trusted = template()["Resources"]["TenantData"]["Properties"]["AssumeRolePolicyDocument"]
    (trust,) = trusted["Statement"]
    acting_functions = {n: f for n, f in functions().items() if n not in WITHOUT_TENANTS}
    assert trust["Principal"]["AWS"] == [f"${{{name}Role.Arn}}" for name in acting_functions]
    for name, function in acting_functions.items():
        acts, *own = function["Properties"]["Policies"]
        assert acts == "${ActAsTenants}", name
        statements = {s["Sid"]: listed(s) for each in own for s in each["Statement"]}
        statements.pop("KeepRegistries", None)
        actions = [action for s in statements.values() for action in s["Action"]]
        assert not [a for a in actions if a.startswith(("dynamodb:", "s3:"))], name


def test_every_wildcard_has_its_reason_beside_it() -> None:
    lines = TEMPLATE.read_text().splitlines()
    explained = (Path(__file__).parents[2] / "docs" / "isolation.md").read_text()
    for number, line in enumerate(lines):
        if not re.search(r"(Resource|Action|Principal|LeadingKeys|SourceArn|- !Sub arn).*\*", line):
            continue
        near = " ".join(lines[max(0, number - 2) : number + 1])
        in_table = re.search(r"\$\{!?aws:PrincipalTag/tenant\}[#/]\*", line)
        assert " # " in f" {near}" or in_table, f"{number + 1}: {line}"
        if in_table:
            assert "PrincipalTag/tenant}" in explained


def test_the_pool_warmer_may_invoke_what_it_is_told_of_and_nothing_else() -> None:
    warmer = functions()["PoolWarmerFunction"]["Properties"]
    told = warmer["Environment"]["Variables"]
    (own,) = warmer["Policies"]
    (statement,) = own["Statement"]
    assert listed(statement)["Action"] == ["lambda:InvokeFunction"]
    assert statement["Resource"] == [name.replace("}", ".Arn}") for name in told.values()]
    (rule,) = warmer["Events"].values()
    assert rule["Properties"]["Pattern"]["detail-type"] == [NEAR_QUORUM, QUORUM]
    for name in ("SubmitFunction", "TickFunction", "PoolWarmerFunction"):
        late = functions()[name]["Properties"]["EventInvokeConfig"]
        assert late == {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60}, name


def test_each_function_is_named_logged_and_told_the_role() -> None:
    resources = template()["Resources"]
    shared = template()["Globals"]["Function"]["Environment"]["Variables"]
    assert {"DATA_ROLE_ARN", "STATE_MACHINE_ARN", "SCENARIO"} <= shared.keys()
    for name, function in functions().items():
        log = function["Properties"]["LoggingConfig"]["LogGroup"].strip("${}")
        assert resources[log]["Properties"]["RetentionInDays"] == "${LogDays}", name


def test_sam_finds_nothing_to_say() -> None:
    command: list[str | Path] = [tool("sam", "sam"), "validate", "--lint", "--template", TEMPLATE]
    done = subprocess.run(
        [*command, "--region", "us-east-1"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
