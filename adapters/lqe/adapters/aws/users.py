"""People in a user pool of Cognito, each of one tenant."""

import secrets
import string
from collections.abc import Iterable
from typing import Any, Final

from botocore.exceptions import ClientError

from lqe.errors import Refused
from lqe.names import check_player, check_tenant

from .errors import code_of, outside

_LENGTH: Final = 20
# One of each kind that a pool's policy may ask for, then anything.
_KINDS: Final = (string.ascii_lowercase, string.ascii_uppercase, string.digits, "-_.:!")


def add_user(cognito: Any, pool: str, tenant: str, person: str, roles: Iterable[str]) -> str:
    """Add a person with some roles, and return the password; raise Refused if the name is taken.

    Roles are groups of the pool, made where they are not there yet.
    """
    name = check_player(person)
    password = _password()
    attributes = [{"Name": "custom:tenant", "Value": check_tenant(tenant)}]
    try:
        with outside(f"adding {name}", answers=("UsernameExistsException",)):
            cognito.admin_create_user(
                UserPoolId=pool, Username=name, UserAttributes=attributes, MessageAction="SUPPRESS"
            )
    except ClientError as error:
        raise Refused("user_exists", f"there is a {name} already: choose another name") from error
    with outside(f"setting the password of {name}"):
        cognito.admin_set_user_password(
            UserPoolId=pool, Username=name, Password=password, Permanent=True
        )
    for role in roles:
        _join(cognito, pool, name, role)
    return password


def _join(cognito: Any, pool: str, name: str, role: str) -> None:
    try:
        with outside(f"making the group {role}", answers=("GroupExistsException",)):
            cognito.create_group(UserPoolId=pool, GroupName=role)
    except ClientError as error:
        if code_of(error) != "GroupExistsException":
            raise
    with outside(f"adding {name} to {role}"):
        cognito.admin_add_user_to_group(UserPoolId=pool, Username=name, GroupName=role)


def _password() -> str:
    chosen = [secrets.choice(kind) for kind in _KINDS]
    everything = "".join(_KINDS)
    chosen += [secrets.choice(everything) for _ in range(_LENGTH - len(chosen))]
    secrets.SystemRandom().shuffle(chosen)
    return "".join(chosen)
