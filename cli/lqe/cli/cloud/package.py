"""The function package: this engine's wheel, its locked libraries, and the scenarios it runs."""

import platform
import shutil
import sys
import zipfile
from collections.abc import Iterable
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Final

import click
import msgspec

from lqe.source import Source

from .lean import compile_ahead, leave_out
from .tools import infra_folder, uv

_DISTRIBUTION: Final = "ledgerquest-engine"
# The earliest time that a ZIP file can say: the same files give the same bytes.
_LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)
_MODE: Final = 0o644 << 16
# Wheels for this C library run on Lambda's Amazon Linux 2023, which has glibc 2.34.
_GLIBC: Final = "manylinux_2_28"
_MACHINES: Final = {"arm64": "aarch64", "x86_64": "x86_64"}


def this_machine() -> tuple[str, str]:
    """Return processor and Python of this machine, as `build_package` takes them."""
    architecture = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
    return architecture, f"{sys.version_info.major}.{sys.version_info.minor}"


def build_package(file: Path, sources: Iterable[Source], *, architecture: str, python: str) -> None:
    """Write the package to a ZIP file, for Lambda's processor and Python, such as `3.13`."""
    folder = file.with_suffix("")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    _install(folder, architecture, python)
    leave_out(folder)
    if not compile_ahead(folder, python):
        click.echo(
            f"there is no Python {python} here to compile for it: functions will start more slowly",
            err=True,
        )
    scenarios = folder / "scenarios"
    scenarios.mkdir()
    for source in sources:
        (scenarios / source.digest).write_bytes(source.encode())
    _pack(folder, file)


def _install(folder: Path, architecture: str, python: str) -> None:
    target = ("pip", "install", "--target", str(folder), "--no-deps")
    uv(
        *target,
        *("--python-version", python, "--only-binary", ":all:", "--require-hashes"),
        *("--python-platform", f"{_MACHINES[architecture]}-{_GLIBC}"),
        *("-r", str(infra_folder() / "sam" / "requirements.txt")),
    )
    installed = distribution(_DISTRIBUTION)
    checkout = _checkout(installed)
    if checkout is not None:
        uv(*target, str(checkout))
    else:
        _copy(installed, folder)


def _checkout(installed: Distribution) -> Path | None:
    """Return the folder that an installation for development is of, None for that of a wheel."""
    url = msgspec.json.decode(installed.read_text("direct_url.json") or "{}")
    if not url.get("dir_info", {}).get("editable"):
        return None
    return Path(url["url"].removeprefix("file://"))


def _copy(installed: Distribution, folder: Path) -> None:
    """Copy the files of an installed wheel: what runs there is what runs here."""
    for path in installed.files or ():
        if ".." in path.parts or "__pycache__" in path.parts:
            continue  # the command's script, and what this Python made of the files
        to = folder / path
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(str(path.locate()), to)


def _pack(folder: Path, file: Path) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _LONG_AGO)
                entry.external_attr, entry.compress_type = _MODE, zipfile.ZIP_DEFLATED
                packed.writestr(entry, path.read_bytes())
