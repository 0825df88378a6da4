"""The page plays in Firefox too; what it does is tested with Chromium."""

import asyncio
import shutil
from pathlib import Path

import pytest

from tests.browser.firefox import firefox
from tests.browser.serving import Server

NAMES = ("firefox-esr", "firefox")
WITHIN_S = 60.0
TRAVEL = """(() => {
  const form = document.querySelector('form[data-command="travel"]');
  for (const field of form.querySelectorAll("input")) field.value = "40";
  form.requestSubmit();
})()"""


def test_a_command_from_firefox_is_applied_and_the_browser_complains_of_nothing(
    server: Server, tmp_path: Path
) -> None:
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip(f"no Firefox on this machine: install one that is called {', '.join(NAMES)}")

    async def play() -> list[str]:
        async with firefox(path, tmp_path) as tab:
            await tab.go_to(f"{server.url}/?world=in-firefox&player=ann")
            await tab.until(
                "document.querySelector('#connection')?.dataset.state === 'live'", WITHIN_S
            )
            await tab.run(TRAVEL)
            applied = '[data-command="travel"][data-state="applied"]'
            await tab.until(f"document.querySelector('{applied}')", WITHIN_S)
            await tab.until("document.querySelector('#things .chip')", WITHIN_S)
            return tab.complaints

    assert asyncio.run(play()) == []
