"""What a person does with the page: enters, clicks on the map, reads what it says."""

import re
from math import hypot
from typing import Any

from playwright.sync_api import BrowserContext, Locator, expect

WAIT_MS = 30_000  # also a machine that does much else gets there
MEETING_MS = 20_000
_FREE = 50.0  # pixels around a click in which nothing stands


class Person:
    """Somebody in front of the page; `complaints` is what the browser found wrong with it."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.page = context.new_page()
        self.page.set_default_timeout(WAIT_MS)
        self.url = url
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("websocket", lambda socket: self.asked.append(socket.url))

    def _heard(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text}")

    def enter(self, world: str, player: str) -> None:
        """Fill in the form and wait for the first view."""
        self.page.goto(self.url)
        self.page.get_by_label("World").fill(world)
        self.page.get_by_label("Your name").fill(player)
        self.page.get_by_role("button", name="Enter").click()
        self.sees_state("live")

    def sees_state(self, state: str) -> None:
        expect(self.page.locator("#connection")).to_have_attribute("data-state", state)

    def keys(self, collection: str) -> list[str]:
        """Return the keys of a collection's things, or of all, as the list beside the map has."""
        chosen = f'[data-key^="{collection}/"]' if collection else ".chip"
        found = self.page.locator(f"#things {chosen}")
        return [str(item.get_attribute("data-key")) for item in found.all()]

    def key_of(self, name: str) -> str:
        """Return the key of the thing of a name, once it is there."""
        chip = self.page.locator("#things .chip", has_text=re.compile(f"^{re.escape(name)}$"))
        chip.wait_for(state="attached")
        return str(chip.get_attribute("data-key"))

    def place_of(self, key: str) -> tuple[float, float]:
        """Return where on the screen a thing is."""
        box = self.page.locator("#map").bounding_box()
        at = self.page.locator("#map").evaluate("(map, key) => map.whereIs(key)", key)
        assert box is not None
        assert at is not None, f"{key} is not on the map"
        return box["x"] + at[0], box["y"] + at[1]

    def click(self, key: str) -> None:
        """Click on a thing on the map."""
        self.page.mouse.click(*self.place_of(key))

    def click_ground(self, right: float, down: float) -> None:
        """Click on the map at shares of its width and height, or beside where nothing stands."""
        box = self.page.locator("#map").bounding_box()
        assert box is not None
        x, y = box["x"] + right * box["width"], box["y"] + down * box["height"]
        there = [self.place_of(key) for key in self.keys("")]
        while any(hypot(x - at[0], y - at[1]) < _FREE for at in there):
            x += _FREE / 2
        self.page.mouse.click(x, y)

    def press(self, command: str) -> None:
        """Send a command with the button of its form."""
        self.page.locator(f'form[data-command="{command}"] button').click()

    def log(self, what: str) -> Locator:
        """Return the lines of the log that fit a CSS selector, the newest first."""
        return self.page.locator(f"#log li{what}")

    def sees(self, what: str) -> None:
        """Wait until the log has a line."""
        expect(self.log(what).first).to_be_visible()

    def figure(self, name: str) -> str:
        """Return one of the player's own figures, as it reads."""
        return self.page.locator(f'#you [data-figure="{name}"]').inner_text()
