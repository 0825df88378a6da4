"""Names of tenants and worlds, and the one way of joining them into keys."""

import re
from typing import Final

from .errors import BadInput

TENANT_PATTERN: Final = r"[a-z0-9-]{1,40}"
WORLD_PATTERN: Final = r"[a-z0-9-]{1,64}"
# Stands where a world does, and no world is called so.
REGISTRY: Final = ".registry"
PLAYER_PATTERN: Final = r"[A-Za-z0-9_.:-]{1,64}"
_TENANT = re.compile(TENANT_PATTERN)
_WORLD = re.compile(WORLD_PATTERN)
_PLAYER = re.compile(PLAYER_PATTERN)
_PATH = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_.-]+)*")
_MAX_PATH = 512  # with a tenant before it, within the 1,024 bytes of a key of S3 and DynamoDB


def check_tenant(name: str) -> str:
    """Return a tenant's name; raise BadInput unless it is 1 to 40 of a-z, 0-9 and hyphen."""
    if not _TENANT.fullmatch(name):
        raise BadInput(f"expected a tenant name of 1 to 40 of a-z, 0-9 and '-', got {name!r:.80}")
    return name


def check_world(name: str) -> str:
    """Return a world's name; raise BadInput unless it is 1 to 64 of a-z, 0-9 and hyphen."""
    if not _WORLD.fullmatch(name):
        raise BadInput(f"expected a world name of 1 to 64 of a-z, 0-9 and '-', got {name!r:.80}")
    return name


def check_player(name: str) -> str:
    """Return a player's or a session's id; raise BadInput unless it is 1 to 64 safe characters."""
    if not _PLAYER.fullmatch(name):
        raise BadInput(
            f"expected an id of 1 to 64 of letters, digits and '_', '.', ':', '-', got {name!r:.80}"
        )
    return name


def is_path(name: str) -> bool:
    """Say whether an object or a document can be called so."""
    return len(name) <= _MAX_PATH and bool(_PATH.fullmatch(name)) and ".." not in name


def check_path(name: str) -> str:
    """Return the name of an object or a document; raise BadInput unless it is a path of safe parts.

    No name leads out of the folder it is looked up in.
    """
    if not is_path(name):
        raise BadInput(
            f"expected a name of at most {_MAX_PATH} of letters, digits and '_', '.', '-' between "
            f"slashes, got {name!r:.120}"
        )
    return name


def group(tenant: str, world: str) -> str:
    """Return the key of a world: its message group, its partition key."""
    return f"{tenant}#{world}"


def split_group(key: str) -> tuple[str, str]:
    """Return (tenant, world) of a key made by `group`."""
    tenant, separator, world = key.partition("#")
    if not separator:
        raise BadInput(f"expected tenant#world, got {key!r:.80}")
    return check_tenant(tenant), check_world(world)
