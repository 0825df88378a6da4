"""What CloudFormation says of a deployed stack."""

from typing import Any

from botocore.exceptions import ClientError

from .errors import code_of, outside


def stack_outputs(cloudformation: Any, stack: str) -> dict[str, str] | None:
    """Return a stack's outputs by name; None if there is no such stack, or it was never made."""
    try:
        with outside(f"looking at the stack {stack}", answers=("ValidationError",)):
            found = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    except ClientError as error:
        if code_of(error) == "ValidationError":
            return None
        raise
    outputs = {o["OutputKey"]: o["OutputValue"] for s in found for o in s.get("Outputs", [])}
    return outputs or None


def alarms_on(cloudwatch: Any, prefix: str) -> list[tuple[str, str]]:
    """Return name and description of alarms that have gone off, by what names begin with."""
    with outside("looking at alarms"):
        pages = cloudwatch.get_paginator("describe_alarms").paginate(
            AlarmNamePrefix=prefix, StateValue="ALARM"
        )
        return [
            (alarm["AlarmName"], alarm.get("AlarmDescription", ""))
            for page in pages
            for alarm in page["MetricAlarms"]
        ]
