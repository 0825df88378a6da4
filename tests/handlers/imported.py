"""What each function imports; `python -m tests.handlers.imported` writes it down anew.

A function pays for every module at each cold start: what comes to this list comes on purpose.
"""

import json
import subprocess
import sys
from pathlib import Path

FUNCTIONS = (
    "achievements",
    "append",
    "audit_logger",
    "authorize",
    "connect",
    "fold",
    "http",
    "meter",
    "pool_warmer",
    "submit",
    "tick",
    "ticker",
    "view",
)
PINNED = Path(__file__).with_name("imported.json")
_LOOK = """
import json, sys
import lqe.handlers.{0}.function
own = [name for name in sys.modules if name.startswith("lqe.")]
other = {{name.partition(".")[0] for name in sys.modules}} - set(sys.stdlib_module_names)
other.discard("sitecustomize")  # some systems' Python brings one
print(json.dumps(sorted([*own, *(n for n in other if n.isidentifier() and n[0] != "_")])))
"""


def imported_by(function: str) -> list[str]:
    """Return the engine's modules and the packages of others that a function imports."""
    run = [sys.executable, "-c", _LOOK.format(function)]
    done = subprocess.run(run, check=True, capture_output=True, text=True)
    found: list[str] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    pinned = {name: imported_by(name) for name in FUNCTIONS}
    PINNED.write_text(json.dumps(pinned, indent=1) + "\n")
