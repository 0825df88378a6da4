"""The page about the HTTP API says what the code does."""

import re
from pathlib import Path
from typing import Final

import pytest

from lqe.adapters.memory.tickets import MOST_TICKETS
from lqe.handlers import http
from lqe.handlers.http.ports import TICKETS_PER_SECOND
from lqe.handlers.http.roles import EVERY_ROLE
from lqe.handlers.http.route import Route
from lqe.handlers.http.table import ROUTES
from lqe.local import tokens

PAGE: Final = (Path(__file__).parents[3] / "docs" / "http.md").read_text()
_CODE: Final = re.compile(
    r'(?:Declined|_problem|_refused)\(\s*(?:HTTPStatus|error)\.\w+,\s*"(\w+)"'
)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_every_route_is_on_the_page(route: Route) -> None:
    named = re.compile(rf"`{re.escape(f'{route.method} {route.path}')}(\?tenant=)?`")
    (row,) = [line for line in PAGE.splitlines() if named.search(line)]
    said = ", ".join(sorted(route.roles)) if route.roles != EVERY_ROLE else "every role"
    assert row.endswith(f"| {said} |" if route.guarded else "| anybody |")


def test_every_code_is_on_the_page_and_no_other() -> None:
    sources = [s for m in (http, tokens) for s in Path(str(m.__file__)).parent.glob("*.py")]
    said = {code for source in sources for code in _CODE.findall(source.read_text())}
    table = PAGE.partition("## When something is wrong")[2].partition("## For those")[0]
    columns = re.findall(r"^\| \d+ \|([^|]+)\|", table, re.MULTILINE)
    listed = re.findall(r"`([a-z_]+)`", "".join(columns))
    assert len(said) > 8
    assert said == set(listed)


def test_the_bounds_of_tickets_are_on_the_page() -> None:
    assert f"At most {MOST_TICKETS:,} unused ones" in PAGE
    assert f"At most {TICKETS_PER_SECOND:,.0f} are handed out a second" in PAGE
