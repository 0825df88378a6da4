"""A data folder as the commands see it: its tenants, worlds, code and objects."""

from pathlib import Path

import click

from lqe.adapters.files import FileObjects
from lqe.adapters.scenarios import ScenarioCode
from lqe.adapters.sqlite import SQLiteLogs
from lqe.local.settings import TENANT
from lqe.ports.log import WorldLog
from lqe.ports.objects import TenantObjects

DEFAULT_DATA = Path(".ledgerquest")


class Data:
    """One tenant's share of a data folder, opened for reading."""

    def __init__(self, folder: Path, tenant: str = TENANT) -> None:
        if not (folder / tenant / "log.sqlite").is_file():
            raise click.ClickException(
                f"{folder} holds no logs of tenant {tenant!r}: name the folder that "
                "`ledgerquest dev` or `ledgerquest demo` wrote to"
            )
        self._logs = SQLiteLogs(folder)
        self.log = self._logs.tenant(tenant)
        self.objects: TenantObjects = FileObjects(folder).tenant(tenant)
        self.code = ScenarioCode(self.objects)

    def worlds(self) -> list[str]:
        """Return the names of the worlds."""
        return self.log.worlds()

    def world(self, name: str | None) -> tuple[str, WorldLog]:
        """Return the named world, or the only one there is."""
        worlds = self.worlds()
        if name is None and len(worlds) == 1:
            name = worlds[0]
        if name is None or name not in worlds:
            known = ", ".join(worlds) or "none"
            raise click.ClickException(f"name one of the worlds with --world; there are: {known}")
        return name, self.log.world(name)


def shipped_folder(name: str, holds: str) -> Path:
    """Return a folder of what ships beside the code: in the checkout, or in the wheel.

    It is the one that holds a file of that name.
    """
    here = Path(__file__).resolve()
    for folder in (here.parents[1] / name, here.parents[3] / name):
        if (folder / holds).is_file():
            return folder
    raise click.ClickException(f"{name} is not part of this installation")


def sample_folder() -> Path:
    """Return the folder of the sample game."""
    return shipped_folder("samples/sales_simulator", "__init__.py")
