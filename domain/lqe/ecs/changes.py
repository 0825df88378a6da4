"""One structural change to one entity, waiting until the system or the command ends."""

from collections.abc import Sequence

import msgspec

from .component import AnyComponent


class Change(msgspec.Struct, kw_only=True):
    """What happens to `entity`; components are admitted before they are put in here."""

    entity: int
    spawned: bool = False
    despawned: bool = False
    components: Sequence[AnyComponent] = ()
    removed: Sequence[type[AnyComponent]] = ()
    tagged: Sequence[str] = ()
    untagged: Sequence[str] = ()


Pending = list[Change]
