"""A data folder as the commands see it: its tenants, their worlds, code and objects."""

from collections.abc import Callable, Collection
from functools import cached_property
from pathlib import Path

import click

from lqe.adapters.files import FileObjects
from lqe.adapters.scenarios import ScenarioCode
from lqe.adapters.sqlite import SQLiteDocuments, SQLiteLogs
from lqe.errors import BadInput, LedgerQuestError
from lqe.names import check_tenant
from lqe.ports.documents import Documents
from lqe.ports.log import WorldLog
from lqe.ports.objects import TenantObjects

DEFAULT_DATA = Path(".ledgerquest")
LOG = "log.sqlite"

of_tenant = click.option("--tenant", help="Whose worlds; everybody's if not given.")


class Data:
    """One tenant's share of a data folder, opened for reading: no byte of it changes.

    `among` says that there are other tenants, so that a world's name alone does not tell whose.
    """

    def __init__(self, folder: Path, tenant: str, *, among: bool = False) -> None:
        self.tenant = tenant
        self._folder = folder
        self._among = among
        self.log = SQLiteLogs(folder, read_only=True).tenant(tenant)
        self.objects: TenantObjects = FileObjects(folder).tenant(tenant)
        self.code = ScenarioCode(self.objects)

    @cached_property
    def documents(self) -> Documents:
        """What is kept beside the log."""
        return SQLiteDocuments(self._folder, read_only=True)

    def worlds(self, name: str | None = None) -> list[str]:
        """Return the names of the worlds; only the one that is asked for, if it is there."""
        return [world for world in self.log.worlds() if name in (None, world)]

    def label(self, world: str) -> str:
        """Return what a world is called where it is printed."""
        return f"{self.tenant}/{world}" if self._among else world


def tenants_in(folder: Path, tenant: str | None) -> list[str]:
    """Return whose logs are below a folder, or the one tenant that is asked for."""
    if not folder.is_dir():
        raise click.ClickException(f"{folder} is no folder: {_EXPECTED}")
    found = sorted(path.parent.name for path in folder.glob(f"*/{LOG}"))
    tenants = [name for name in found if _is_tenant(name)]
    if tenant is not None and tenant not in tenants and tenants:
        raise click.ClickException(
            f"{folder} holds no logs of tenant {tenant!r}; there are: {', '.join(tenants)}"
        )
    if not tenants:
        raise click.ClickException(f"{folder} holds no logs: {_EXPECTED}")
    return tenants if tenant is None else [tenant]


_EXPECTED = "name the folder that `ledgerquest dev` or `ledgerquest demo` wrote to"


def _is_tenant(name: str) -> bool:
    try:
        check_tenant(name)
    except BadInput:
        return False
    return True


def of_each(folder: Path, tenant: str | None, do: Callable[[Data], None]) -> bool:
    """Do something with each tenant's share; say whether all of them could be read.

    One that cannot be is told, and hides nothing of the others.
    """
    names = tenants_in(folder, tenant)
    all_read = True
    for name in names:
        try:
            do(Data(folder, name, among=len(names) > 1))
        except LedgerQuestError as error:
            all_read = False
            click.echo(f"Error: tenant {name}: {error}", err=True)
    return all_read


def one_world(folder: Path, tenant: str | None, world: str | None) -> WorldLog:
    """Return the log of the named world, or of the only one there is; exit with 1 without one."""
    found: dict[str, WorldLog] = {}
    known: list[str] = []

    def look(data: Data) -> None:
        known.extend(map(data.label, data.worlds()))
        found.update({data.label(name): data.log.world(name) for name in data.worlds(world)})

    of_each(folder, tenant, look)
    if len(found) == 1:
        (log,) = found.values()
        return log
    if world is not None and not found:
        raise no_such_world(world, known)
    option = "--world" if world is None else "--tenant"
    there = ", ".join(found) or "none"
    raise click.ClickException(f"name one of the worlds with {option}; there are: {there}")


def no_such_world(world: str, known: Collection[str]) -> click.ClickException:
    """Return what to raise for a world that is not there."""
    return click.ClickException(f"no world {world!r}; there are: {', '.join(known) or 'none'}")


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
