"""What the system knows of another process, where it tells: Linux does."""

import os
from pathlib import Path
from typing import Final

# The process id and the command stand before these, and the command may hold anything but this.
_AFTER_NAME: Final = ")"
_USER, _SYSTEM = 11, 12
_DATA = 5


def processor_s(pid: int) -> float | None:
    """Return the seconds of a processor that a process has used; None where nobody says."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(_AFTER_NAME)[2]
    except OSError:
        return None
    spent = fields.split()
    return (int(spent[_USER]) + int(spent[_SYSTEM])) / os.sysconf("SC_CLK_TCK")


def data_bytes(pid: int) -> int:
    """Return the memory that a process has taken for its data; 0 where nobody says.

    It is what RLIMIT_DATA limits.
    """
    try:
        pages = Path(f"/proc/{pid}/statm").read_text().split()
    except OSError:
        return 0
    return int(pages[_DATA]) * os.sysconf("SC_PAGE_SIZE") if pages else 0


def machine_bytes() -> int:
    """Return the memory of this machine, or of the container that this process is held to."""
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        held_to = Path("/sys/fs/cgroup/memory.max").read_text().strip()
    except OSError:
        return whole
    return min(whole, int(held_to)) if held_to.isdecimal() else whole
