"""The objects port as a folder: a file an object, complete or absent, never overwritten."""

import errno
import os
import secrets
from pathlib import Path

from lqe.errors import Unavailable
from lqe.names import check_path, check_tenant, is_path

# A disk that is full or that may not be written to: somebody has to look, and nothing is wrong.
_FULL = (errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EACCES)


class _Tenant:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _path(self, name: str) -> Path:
        return self._folder / check_path(name)

    def put(self, name: str, data: bytes) -> bool:
        path = self._path(name)
        if path.exists():
            return False
        try:
            return self._written(path, data)
        except OSError as error:
            if error.errno not in _FULL:
                raise
            raise Unavailable(f"{name} cannot be written now: {error.strerror}") from error

    def _written(self, path: Path, data: bytes) -> bool:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
        try:
            with part.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.link(part, path)
        except FileExistsError:
            return False
        finally:
            part.unlink(missing_ok=True)
        _sync_folder(path.parent)
        return True

    def get(self, name: str) -> bytes | None:
        try:
            return self._path(name).read_bytes()
        except FileNotFoundError:
            return None

    def names(self, prefix: str, after: str = "") -> list[str]:
        folder = prefix.rpartition("/")[0]
        if folder and not is_path(folder):
            return []  # as no object is called; it might lead out of here
        within = self._folder / folder
        found = (p.relative_to(self._folder).as_posix() for p in within.rglob("[!.]*"))
        return sorted(
            n for n in found if n.startswith(prefix) and n > after and (self._folder / n).is_file()
        )


def _sync_folder(folder: Path) -> None:
    """Let the names in a folder survive a loss of power, as its files' contents do."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class FileObjects:
    """The objects of all tenants below a folder, in `TENANT/objects/`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def tenant(self, name: str) -> _Tenant:
        """Return the objects of one tenant."""
        return _Tenant(self._folder / check_tenant(name) / "objects")
