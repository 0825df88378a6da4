"""Headless Chromium, and a server of the sample, for the tests of this folder."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.serving import Server
from tests.browser.steps import WAIT_MS, Person

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# As root there is no sandbox; and a browser under test talks to nobody but the server.
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
)  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser, for one module: while it runs, its event loop is this thread's."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip(f"no Chromium on this machine: install one that is called {', '.join(NAMES)}")
    expect.set_options(timeout=WAIT_MS)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of the sample, which may be killed and started."""
    running = Server("samples/sales_simulator", Path(tmp_path_factory.mktemp("data")))
    running.start()
    yield running
    running.stop()


@pytest.fixture
def person(browser: Browser, server: Server) -> Iterator[Callable[[], Person]]:
    """Makes persons, each with a browser window of its own."""
    contexts = []

    def make() -> Person:
        contexts.append(browser.new_context(viewport={"width": 1280, "height": 800}))
        return Person(contexts[-1], server.url)

    yield make
    for context in contexts:
        context.close()
