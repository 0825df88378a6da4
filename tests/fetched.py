"""What tests need of others and fetch once: kept whole in the user's cache, or not at all."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path


def kept_at(name: str, variable: str) -> Path:
    """Return where something is kept: what a variable says, or the user's cache."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    kept = os.environ.get(variable)
    return Path(kept) if kept else cache / "ledgerquest" / name


def fetched(kept: Path, fetch: Callable[[Path], None]) -> Path:
    """Return the folder, which `fetch` fills if it is not there yet."""
    if kept.exists():
        return kept
    part = kept.with_name(f"{kept.name}.part{os.getpid()}")
    part.mkdir(parents=True)
    try:
        fetch(part)
        part.rename(kept)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return kept
