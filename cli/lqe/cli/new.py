"""`ledgerquest new`: a game to begin with, which runs, is tested, and is meant to be changed."""

import keyword
import re
import shutil
import sys
from pathlib import Path

import click

_TEMPLATE = Path(__file__).parent / "template"
_NAME, _TITLE = "my_game", "My game"
_LEFT_OUT = ("tests/__init__.py",)
_GOOD = re.compile(r"[a-z][a-z0-9_]{0,39}")


@click.command()
@click.argument("name")
@click.option("--in", "folder", default=Path(), show_default="this folder",
              type=click.Path(path_type=Path, exists=True, file_okay=False),
              help="Where the game's folder is made.")  # fmt: skip
def new(name: str, folder: Path) -> None:
    """Make the folder NAME with a small game in it: code, bot, tests, and a README to go on from.

    NAME is that of a Python package: small letters, digits and underscores.
    """
    _check(name)
    target = folder / name
    try:
        target.mkdir()
    except FileExistsError:
        raise click.ClickException(
            f"{target} is there already: choose another name, or move it away"
        ) from None
    try:
        for path in sorted(_TEMPLATE.rglob("*")):
            inside = path.relative_to(_TEMPLATE).as_posix()
            if path.is_file() and "__pycache__" not in inside and inside not in _LEFT_OUT:
                _write(target / inside.replace(_NAME, name), path.read_text(), name)
    except OSError:
        shutil.rmtree(target)
        raise
    click.echo(
        f"{target} holds a game of apples and their pickers. Go on with:\n"
        f"  ledgerquest dev {target}       and open the address that it prints\n"
        f"  pytest {target}                its rules, tested\n"
        f"  ledgerquest doctor {target}    is it the same in every process?\n"
        f"{target / 'README.md'} says what is where, and what to do next."
    )


def _check(name: str) -> None:
    """Refuse what cannot be imported, or would hide what others import."""
    if not _GOOD.fullmatch(name):
        better = re.sub(r"[^a-z0-9_]+", "_", name.lower()).strip("_")[:40]
        hint = f", {better} for example" if _GOOD.fullmatch(better) else ""
        raise click.BadParameter(
            f"{name!r} is no name of a package: use small letters, digits and underscores, the "
            f"first a letter, at most 40{hint}",
            param_hint="NAME",
        )
    if keyword.iskeyword(name) or name in sys.stdlib_module_names or name in ("lqe", "tests"):
        raise click.BadParameter(
            f"{name!r} is a name that Python or its tools use: choose another, {name}_game for "
            "example",
            param_hint="NAME",
        )


def _write(path: Path, text: str, name: str) -> None:
    title = name.replace("_", " ").strip().capitalize()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.replace(_NAME, name).replace(_TITLE, title))
