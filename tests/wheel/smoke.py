"""What an installed wheel must do on its own: run from an empty folder, outside the repository."""

import subprocess
import sys
from importlib.metadata import distribution
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path


def main() -> None:
    """Check the command, the import paths that authors use, and what must not be there."""
    assert not any(Path.cwd().iterdir()), f"{Path.cwd()} should be empty"
    command = Path(sys.executable).parent / "ledgerquest"
    shown = subprocess.run([command, "--help"], check=True, capture_output=True, text=True).stdout
    assert "Usage: ledgerquest" in shown, shown

    for name in ("lqe.ecs", "lqe.events", "lqe.physics"):
        assert find_spec(name), f"the wheel has no {name}"
    import lqe.ecs

    assert (Path(lqe.ecs.__file__).parents[1] / "py.typed").is_file(), "types are not exported"
    assert not find_spec("pytest"), "a development tool is here: this proves nothing"
    packed = {file.parts[0] for file in distribution("ledgerquest-engine").files or ()}
    strays = {name for name in packed if name != "lqe" and not name.endswith(".dist-info")}
    assert strays <= {".."}, f"besides lqe the wheel installs {strays}"  # `..` is bin/ledgerquest
    assert not files("lqe").joinpath("__init__.py").is_file(), "lqe must stay a namespace"
    played = subprocess.run(
        [command, "demo", "--bots", "3", "--seconds", "4", "--data", "data"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert "replay verify: VERIFIED" in played, played
    assert " 0 lost" in played, played
    print("1 passed, 0 failed")  # noqa: T201 - for whoever counts


if __name__ == "__main__":
    main()
