"""Make golden files; see the package's docstring."""

from __future__ import annotations

import sys

import msgspec

from tests.goldens import SCRIPTS, made, path_of, write

_FLAGS = {"--print", "--overwrite"}


def main(arguments: list[str]) -> int:
    """Make what is missing; return 1 if a file is there and differs."""
    if not set(arguments) <= _FLAGS:
        sys.stderr.write(f"expected some of {sorted(_FLAGS)}, got {arguments}\n")
        return 2
    if "--print" in arguments:
        sys.stdout.write(msgspec.json.encode([made(script) for script in SCRIPTS]).decode())
        return 0
    kept = 0
    for script in SCRIPTS:
        path = path_of(script)
        if path.exists() and "--overwrite" not in arguments:
            sys.stdout.write(f"{path.name} is kept: raise RULES_VERSION, or give --overwrite\n")
            kept += 1
            continue
        write(made(script))
        sys.stdout.write(f"{path.name} written\n")
    return 1 if kept else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
