"""Names of tenants and worlds, and the one way of joining them into keys."""

import re

from .errors import BadInput

_TENANT = re.compile(r"[a-z0-9-]{1,40}")
_WORLD = re.compile(r"[a-z0-9-]{1,64}")
_PLAYER = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


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


def group(tenant: str, world: str) -> str:
    """Return the key of a world: its message group, its partition key."""
    return f"{tenant}#{world}"


def split_group(key: str) -> tuple[str, str]:
    """Return (tenant, world) of a key made by `group`."""
    tenant, separator, world = key.partition("#")
    if not separator:
        raise BadInput(f"expected tenant#world, got {key!r:.80}")
    return check_tenant(tenant), check_world(world)
