"""Make golden files; see the package's docstring."""

from __future__ import annotations

import sys

import msgspec

from tests.goldens import WANTED, made, path_of, write

_FLAGS = {"--print", "--overwrite"}


def main(arguments: list[str]) -> int:
    """Make what is missing; return 1 if a file is there and differs."""
    if not set(arguments) <= _FLAGS:
        sys.stderr.write(f"expected some of {sorted(_FLAGS)}, got {arguments}\n")
        return 2
    if "--print" in arguments:
        sys.stdout.write(msgspec.json.encode([made(*each) for each in WANTED]).decode())
        return 0
    kept = 0
    for script, rules in WANTED:
        path = path_of(script, rules)
        if path.exists() and "--overwrite" not in arguments:
            sys.stdout.write(f"{path.name} is kept: raise RULES_VERSION, or give --overwrite\n")
            kept += 1
            continue
        write(made(script, rules))
        sys.stdout.write(f"{path.name} written\n")
    return 1 if kept else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
