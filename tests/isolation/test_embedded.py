"""Handles of the embedded runtime: no name leads from one tenant's folder into another's."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest

from lqe.adapters.cursors import DocumentCursors
from lqe.adapters.files import FileObjects
from lqe.adapters.memory import MemoryDocuments, MemoryLogs, MemoryObjects
from lqe.adapters.sqlite import SQLiteDocuments, SQLiteLogs
from lqe.ports.cursors import Cursor
from lqe.ports.documents import Documents
from lqe.ports.log import Commit, Logs
from lqe.ports.objects import Objects
from tests.isolation.attempts import hostile_name, hostile_world
from tests.isolation.plant import TENANTS, WORLDS, canary, is_told
from tests.isolation.stage import attempted

SEED, COUNT = 11, 2_000


class Stores:
    """What a runtime keeps, with a canary of each tenant in every place."""

    def __init__(self, logs: Logs, objects: Objects, documents: Documents) -> None:
        self.logs, self.objects, self.documents = logs, objects, documents
        self.cursors = DocumentCursors(documents)
        for tenant in TENANTS:
            said = canary(tenant)
            objects.tenant(tenant).put("secret", said.encode())
            for world in WORLDS:
                logs.tenant(tenant).append([Commit(world, 0, ["x"], [said.encode()])])
                objects.tenant(tenant).put(f"snapshots/{world}/{said[:-1]}", said.encode())
                documents.tenant(tenant).replace(world, "secret", None, said.encode())
                self.cursors.tenant(tenant).move(world, Cursor(), Cursor(quarantine=said))

    def kept(self, tenant: str) -> list[Any]:
        """Return all that there is of a tenant."""
        objects = self.objects.tenant(tenant)
        documents = self.documents.tenant(tenant)
        found: list[Any] = [(name, objects.get(name)) for name in objects.names("")]
        for world in WORLDS:
            found += self.logs.tenant(tenant).world(world).read()
            found += [(name, documents.get(world, name)) for name in documents.names(world)]
        return found


Do = Callable[[Stores, str, str, str], Any]
HANDLES: Final[Mapping[str, Do]] = {
    "log.head": lambda s, t, w, _: s.logs.tenant(t).world(w).head(),
    "log.read": lambda s, t, w, _: list(s.logs.tenant(t).world(w).read()),
    "log.append": lambda s, t, w, _: s.logs.tenant(t).append([Commit(w, 1, ["x"], [b"x"])]),
    "objects.get": lambda s, t, _, n: s.objects.tenant(t).get(n),
    "objects.put": lambda s, t, _, n: s.objects.tenant(t).put(n, b"x"),
    "objects.names": lambda s, t, _, n: s.objects.tenant(t).names(n),
    "documents.get": lambda s, t, w, n: s.documents.tenant(t).get(w, n),
    "documents.replace": lambda s, t, w, n: s.documents.tenant(t).replace(w, n, None, b"x"),
    "documents.names": lambda s, t, w, n: s.documents.tenant(t).names(w, n),
    "cursors.get": lambda s, t, w, _: s.cursors.tenant(t).get(w),
    "cursors.move": lambda s, t, w, _: s.cursors.tenant(t).move(w, Cursor(), Cursor(position=1)),
}


@pytest.fixture(params=["files", "memory"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Stores:
    if request.param == "memory":
        return Stores(MemoryLogs(), MemoryObjects(), MemoryDocuments())
    return Stores(SQLiteLogs(tmp_path), FileObjects(tmp_path), SQLiteDocuments(tmp_path))


def test_no_name_leads_from_one_tenants_into_anothers(stores: Stores) -> None:
    chance = Random(SEED)
    others = TENANTS[1:]
    before = [stores.kept(tenant) for tenant in others]
    for _ in range(COUNT):
        name, do = chance.choice(tuple(HANDLES.items()))
        victim = chance.choice(others)
        given = (hostile_world(chance, victim), hostile_name(chance, victim))
        answer = attempted(partial(do, stores, TENANTS[0], *given))
        assert not is_told(answer, TENANTS[0]), f"{name} {given} told {answer!r:.200}"
    assert [stores.kept(tenant) for tenant in others] == before


@pytest.mark.parametrize("prefix", ["../../acme/objects/", "/", "../", "x/../../../acme/objects/"])
def test_names_of_files_are_looked_for_in_the_tenants_folder_alone(
    tmp_path: Path, prefix: str
) -> None:
    objects = FileObjects(tmp_path)
    objects.tenant("acme").put("secret", b"")
    objects.tenant("a").put("x/own", b"")
    assert objects.tenant("a").names(prefix) == []
    assert objects.tenant("a").names("") == ["x/own"]
