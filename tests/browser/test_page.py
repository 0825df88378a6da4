"""The page in a browser and a server of its own: by mouse, with others, through crashes."""

import json
from collections.abc import Callable
from math import hypot
from time import monotonic
from urllib.parse import urlsplit

from playwright.sync_api import WebSocketRoute, expect

from tests.browser.serving import Server
from tests.browser.steps import MEETING_MS, Person

Make = Callable[[], Person]


def apart(a: tuple[float, float], b: tuple[float, float]) -> float:
    return hypot(a[0] - b[0], a[1] - b[1])


def until(someone: Person, holds: Callable[[], bool]) -> None:
    """Let the page run until something holds; the assertion fails after as long as any other."""
    ends = monotonic() + MEETING_MS / 1000
    while not holds():
        assert monotonic() < ends
        someone.page.wait_for_timeout(50)


def nearest_lead(someone: Person, player: str) -> str:
    """Return the key of the nearest lead that hears a proposal after one meeting."""
    someone.page.wait_for_selector('#things [data-key^="leads/"]', state="attached")
    me = someone.place_of(someone.key_of(player))
    leads = someone.keys("leads")
    for key in sorted(leads, key=lambda key: apart(someone.place_of(key), me)):
        someone.click(key)
        size = someone.page.locator('#selection [data-field="size"]')
        if size.count() and size.inner_text() != "large":
            return key
    raise AssertionError(f"none of {leads} is small")


def sell(someone: Person, player: str) -> bool:
    """Visit a lead by mouse, meet it and propose; return whether it was still there for that."""
    lead = nearest_lead(someone, player)
    someone.page.mouse.dblclick(*someone.place_of(lead))
    held = someone.log('[data-signal="meeting_held"]')
    try:
        expect(held).not_to_have_count(held.count(), timeout=MEETING_MS)
    except AssertionError:
        return False  # somebody else sat there too long
    slider = someone.page.get_by_label("Discount")
    if not slider.is_visible() or not someone.page.locator(f'[data-key="{lead}"]').count():
        return False
    slider.focus()
    for _ in range(20):
        slider.press("ArrowRight")
    someone.press("propose")
    expect(someone.log('[data-command="propose"]').first).to_have_attribute("data-state", "applied")
    return True


def test_a_person_sells_by_mouse_and_sees_what_becomes_of_it(person: Make) -> None:
    ann = person()
    ann.enter("sells-by-mouse", "ann")
    assert any(sell(ann, "ann") for _ in range(3)), "three leads went away before the proposal"
    ann.sees('[data-command="visit"][data-state="applied"]')
    ann.sees('[data-signal="meeting_began"]')
    ann.sees(':is([data-signal="deal_won"], [data-signal="deal_lost"]).own')
    assert int(ann.figure("budget").replace(",", "")) != 2000
    assert "recorded in" in ann.log('[data-command="propose"]').first.inner_text()
    expect(ann.page.locator("#connection .delay")).to_contain_text("ms")


def test_two_people_see_each_other_move(person: Make) -> None:
    ann, bob = person(), person()
    for someone, name in ((ann, "ann"), (bob, "bob")):
        someone.enter("two-people", name)
    for mover, watcher, name, right in ((ann, bob, "ann", 0.25), (bob, ann, "bob", 0.4)):
        key = watcher.key_of(name)
        before = watcher.place_of(key)
        mover.click_ground(right, 0.75)
        mover.sees('[data-command="travel"][data-state="applied"]')
        watcher.page.wait_for_function(
            "([key, x, y]) => { const at = document.querySelector('#map').whereIs(key);"
            " const box = document.querySelector('#map').getBoundingClientRect();"
            " return Math.hypot(at[0] + box.x - x, at[1] + box.y - y) > 40; }",
            arg=[key, *before],
        )


def test_the_page_goes_on_after_the_server_was_killed(person: Make, server: Server) -> None:
    ann = person()
    ann.enter("goes-on", "ann")
    ann.page.evaluate("globalThis.sameDocument = true")
    ann.click_ground(0.3, 0.7)
    ann.sees('[data-command="travel"][data-state="applied"]')
    server.kill()
    ann.sees_state("reconnecting")
    ann.click_ground(0.5, 0.3)  # waits in the page until the server is there
    server.start()
    ann.sees_state("live")
    expect(ann.log('[data-command="travel"][data-state="applied"]')).to_have_count(2)
    ann.click_ground(0.35, 0.65)
    expect(ann.log('[data-command="travel"][data-state="applied"]')).to_have_count(3)
    assert ann.page.evaluate("globalThis.sameDocument") is True


def test_the_page_asks_its_own_server_only_and_breaks_no_rule_of_it(
    person: Make, server: Server
) -> None:
    ann = person()
    ann.enter("clean", "ann")
    ann.click(ann.key_of("ann"))
    ann.click_ground(0.3, 0.7)
    ann.sees('[data-command="travel"][data-state="applied"]')
    ann.page.get_by_role("button", name="Leave").click()
    expect(ann.page.get_by_label("World")).to_be_visible()
    assert ann.complaints == []
    assert {urlsplit(url).netloc for url in ann.asked} == {urlsplit(server.url).netloc}
    policy = ann.page.request.get(server.url).headers["content-security-policy"]
    assert policy.startswith("default-src 'self';")


def test_a_tab_whose_session_goes_on_in_another_says_so_and_stays_away(person: Make) -> None:
    ann = person()
    ann.enter("two-tabs", "ann")
    with ann.page.expect_popup() as opened:
        ann.page.evaluate("void open(location.href)")  # a tab opened so has the same session
    other = opened.value
    connection = other.locator("#connection")
    expect(connection).to_have_attribute("data-state", "live")
    ann.sees_state("taken")
    ann.page.wait_for_timeout(1000)
    ann.sees_state("taken")
    expect(connection).to_have_attribute("data-state", "live")


def test_every_control_has_a_name(person: Make) -> None:
    ann = person()
    ann.enter("named", "ann")
    nearest_lead(ann, "ann")
    controls = ann.page.locator("button, input, select, textarea, canvas")
    nameless = controls.evaluate_all(
        "all => all.filter(node => !(node.labels?.length || node.textContent.trim()"
        " || node.getAttribute('aria-label'))).map(node => node.outerHTML)"
    )
    assert nameless == []


def test_a_name_that_the_server_refuses_is_said_so(person: Make, server: Server) -> None:
    ann = person()
    ann.page.goto(f"{server.url}/?world=No+World&player=ann")
    expect(ann.page.locator("#entry-error")).to_contain_text("The server refused")
    expect(ann.page.get_by_label("World")).to_be_visible()


def test_a_lost_delta_is_made_good_by_one_view(person: Make) -> None:
    ann = person()
    deltas: list[int] = []
    wanted: list[str] = []

    def between(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def to_page(message: str | bytes) -> None:
            if json.loads(message)["type"] == "delta":
                deltas.append(json.loads(message)["position"])
                if len(deltas) == 3:
                    return
            socket.send(message)

        def to_server(message: str | bytes) -> None:
            if json.loads(message)["type"] == "view":
                wanted.append(str(message))
            server.send(message)

        server.on_message(to_page)
        socket.on_message(to_server)

    ann.page.route_web_socket("**/v1/socket*", between)
    ann.enter("lost-delta", "ann")
    key = ann.key_of("ann")
    before = ann.place_of(key)
    ann.click_ground(0.3, 0.7)
    # Deltas are counted before the page has read them: wait for what it does, not for their number.
    until(ann, lambda: wanted != [] and apart(ann.place_of(key), before) > 5)
    so_far = len(deltas)
    until(ann, lambda: len(deltas) > so_far + 5)
    assert wanted == ['{"type":"view"}'], "one view was enough"


def test_a_command_whose_receipt_was_lost_is_sent_again_and_happens_once(person: Make) -> None:
    ann = person()
    sent: list[list[int]] = []

    def between(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def to_page(message: str | bytes) -> None:
            kind = json.loads(message)["type"]
            if len(sent) == 1 and kind in ("receipt", "outcome"):
                if kind == "receipt":
                    socket.close(code=1011, reason="cut off by the test")
                return
            socket.send(message)

        def to_server(message: str | bytes) -> None:
            frame = json.loads(message)
            if frame["type"] == "commands":
                sent.append([command["seq"] for command in frame["commands"]])
            server.send(message)

        server.on_message(to_page)
        socket.on_message(to_server)

    ann.page.route_web_socket("**/v1/socket*", between)
    ann.enter("lost-receipt", "ann")
    ann.click_ground(0.3, 0.7)
    ann.sees('[data-command="travel"][data-state="unheard"]')
    assert sent == [[1], [1]]
    ann.click_ground(0.5, 0.3)
    ann.sees('[data-command="travel"][data-state="applied"]')
    assert sent == [[1], [1], [2]]
