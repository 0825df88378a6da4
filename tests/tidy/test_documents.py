"""Every link between the documents leads to a file, and to a heading where it names one."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tidy.tree import ROOT, texts


def _prose(text: str) -> str:
    return re.sub(r"^ *```.*?^ *```", "", text, flags=re.DOTALL | re.MULTILINE)


def _anchors(text: str) -> set[str]:
    titles = re.findall(r"^#+ +(.+?) *$", _prose(text), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def dead_links(path: Path, text: str) -> Iterator[str]:
    """Say which relative links of a document lead nowhere."""
    for link in re.findall(r"\]\(([^)\s]+)\)", _prose(text)):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = path.parent / name if name else path
        if not target.exists():
            yield f"{path}: {link} leads nowhere"
        elif anchor and target.suffix == ".md" and anchor not in _anchors(target.read_text()):
            yield f"{path}: {link} names no heading of {target.name}"


def test_every_link_leads_somewhere() -> None:
    found = [line for name, text in texts(".md") for line in dead_links(ROOT / name, text)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("planted", ["[a](gone.md)", "[a](#gone)", "[a](there.md#gone)"])
def test_a_planted_dead_link_is_found(planted: str, tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text("# Here")
    page = tmp_path / "page.md"
    page.write_text(planted)
    assert list(dead_links(page, planted))


def test_a_living_link_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# The `one` heading\n[a](page.md#the-one-heading) [b](mailto:x) [c](.)")
    assert not list(dead_links(page, page.read_text()))
