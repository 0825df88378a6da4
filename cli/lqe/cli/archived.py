"""The archive of a world as the commands that replay see it."""

from pathlib import Path

import click

from lqe.adapters.scenarios import ScenarioCode
from lqe.adapters.sqlite.archive import Archive
from lqe.ports.log import WorldLog
from lqe.ports.objects import TenantObjects


class Archived:
    """One world in a file: what `Data` is of a tenant in a folder."""

    def __init__(self, path: Path) -> None:
        archive = Archive(path)
        self.tenant = archive.tenant
        self.log = _Logs(archive)
        self.objects: TenantObjects = archive
        self.code = ScenarioCode(archive)

    def worlds(self) -> list[str]:
        """Return the name of the world."""
        return [self.log.archive.name]

    def label(self, world: str) -> str:
        """Return what the world is called where it is printed."""
        return f"{self.tenant}/{world}"


class _Logs:
    def __init__(self, archive: Archive) -> None:
        self.archive = archive

    def world(self, name: str) -> WorldLog:
        if name != self.archive.name:
            raise click.ClickException(f"no world {name!r}; there is: {self.archive.name}")
        return self.archive
