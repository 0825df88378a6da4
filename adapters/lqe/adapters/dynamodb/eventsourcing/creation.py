"""The table, for who has no template that makes it."""

from typing import Any

from botocore.exceptions import ClientError

from lqe.adapters.aws.errors import code_of, outside

from .errors import translated


def create_table(client: Any, name: str) -> None:
    """Create the table with its keys, on demand capacity, unless it is there."""
    with translated(), outside(f"creating {name}"):
        try:
            client.create_table(
                TableName=name,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[
                    {"AttributeName": "pk", "AttributeType": "S"},
                    {"AttributeName": "sk", "AttributeType": "N"},
                ],
                KeySchema=[
                    {"AttributeName": "pk", "KeyType": "HASH"},
                    {"AttributeName": "sk", "KeyType": "RANGE"},
                ],
            )
        except ClientError as error:
            if code_of(error) != "ResourceInUseException":
                raise
        client.get_waiter("table_exists").wait(TableName=name)
