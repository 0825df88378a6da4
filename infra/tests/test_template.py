"""The template says what it means: its policies are the tested ones, every wildcard explained."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
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
ARN = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
# A value of the parameter `Key`, and the key that it gives.
KEYS = [("", ""), ("own", "${ObjectsKey.Arn}"), (ARN, ARN)]

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


def deployed_with(key: str) -> Any:
    """Return the resources as they are with a value of the parameter `Key`."""
    truths = {"OwnKey": key == "own", "HasKey": key != ""}

    def chosen(node: Any) -> Any:
        if isinstance(node, dict) and node.keys() == {"If"} and node["If"][0] in truths:
            name, when_so, when_not = node["If"]
            return chosen(when_so if truths[name] else when_not)
        if isinstance(node, dict):
            return {k: chosen(v) for k, v in node.items() if chosen(v) != "${AWS::NoValue}"}
        if isinstance(node, list):
            return [each for each in map(chosen, node) if each != "${AWS::NoValue}"]
        return key if node == "${Key}" else node

    whole = template()
    made = chosen(whole["Resources"])
    variables = chosen(whole["Globals"]["Function"]["Environment"]["Variables"])
    return {n: r for n, r in made.items() if truths.get(r.get("Condition"), True)}, variables


def policy(name: str, **places: str) -> Any:
    text = (SAM / "policies" / f"{name}.json").read_text()
    for placeholder, place in places.items():
        text = text.replace(f"${{{placeholder}}}", place)
    for placeholder, place in PLACES.items():
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
    inline, *_ = template()["Resources"]["TenantData"]["Properties"]["Policies"]
    assert list(map(listed, inline["PolicyDocument"]["Statement"])) == policy("tenant_data")


@pytest.mark.parametrize(("value", "arn"), KEYS)
def test_the_key_of_objects_is_the_one_that_is_asked_for_and_nothing_goes_around_it(
    value: str, arn: str
) -> None:
    made, variables = deployed_with(value)
    assert variables["OBJECTS_KEY_ARN"] == arn
    assert ("ObjectsKey" in made) is (value == "own")
    encryption = made["Objects"]["Properties"]["BucketEncryption"]
    (rule,) = encryption["ServerSideEncryptionConfiguration"]
    statements = made["ObjectsPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    _, *of_key = made["TenantData"]["Properties"]["Policies"]
    if not value:
        assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
        assert ([s["Sid"] for s in statements], of_key) == (["OnlyOverTls"], [])
        return
    by_default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": arn}
    assert rule["ServerSideEncryptionByDefault"] == by_default
    differs = statements[1]["Condition"]["StringNotEquals"]
    assert differs == {"s3:x-amz-server-side-encryption-aws-kms-key-id": arn}
    (inline,) = of_key
    assert inline["PolicyDocument"]["Statement"] == policy("tenant_key", ObjectsKeyArn=arn)


def test_a_key_that_is_made_is_renewed_and_outlives_the_stack() -> None:
    key = deployed_with("own")[0]["ObjectsKey"]
    assert (key["DeletionPolicy"], key["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert key["Properties"]["EnableKeyRotation"] is True
    (allows,) = key["Properties"]["KeyPolicy"]["Statement"]
    assert [listed(allows)] == policy("objects_key")


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
