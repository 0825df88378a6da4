"""The page's modules: they read patches and schemas as the engine means them."""

import json
import random
from collections.abc import Callable
from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta
from playwright.sync_api import expect

from lqe.closing import comes_back
from lqe.patches import apply_patch
from lqe.scenario import Command
from tests.browser.steps import Person

Make = Callable[[], Person]
# The last two are what objects of the page have of themselves, and what players may be called.
KEYS = ("a", "b", "__proto__", "constructor")


def document(chance: random.Random, depth: int = 3) -> Any:
    """Return a JSON value; in objects no null, which a merge patch cannot say."""
    kind = chance.randrange(5 if depth else 3)
    if kind == 0:
        return chance.choice([0, 1, 2.5, "", "a", True, False])
    if kind in (1, 2):
        return chance.choice(["b", -1])
    if kind == 3:
        return [document(chance, depth - 1) for _ in range(chance.randrange(3))]
    return {key: document(chance, depth - 1) for key in KEYS if chance.random() < 0.6}


def patch(chance: random.Random, depth: int = 3) -> Any:
    """Return a merge patch: a document in which nulls take away."""
    if not depth:
        return document(chance, 0)
    made = {}
    for key in KEYS:
        if chance.random() < 0.6:
            made[key] = chance.choice([None, patch(chance, depth - 1), document(chance, 1)])
    return made


@pytest.mark.parametrize("seed", [1, 2])
def test_the_page_applies_merge_patches_as_the_engine_does(person: Make, seed: int) -> None:
    chance = random.Random(seed)
    pairs = [({"a": document(chance)}, patch(chance)) for _ in range(200)]
    ann = person()
    ann.page.goto(ann.url)
    got = ann.page.evaluate(
        "async (text) => { const { applyPatch } = await import('/page/view.js');"
        " const pairs = JSON.parse(text);"
        " return JSON.stringify(pairs.map(([target, patch]) => applyPatch(target, patch))); }",
        json.dumps(pairs),
    )
    assert json.loads(got) == [apply_patch(target, change) for target, change in pairs]


def test_the_page_comes_back_after_the_closes_that_the_engine_says(person: Make) -> None:
    ann = person()
    ann.page.goto(ann.url)
    codes = [*range(1000, 1016), *range(3999, 4202)]
    got = ann.page.evaluate(
        "async (codes) => { const { comesBack } = await import('/page/closing.js');"
        " return codes.map(comesBack); }",
        codes,
    )
    assert got == [comes_back(code) for code in codes]


# What the page makes of a socket that is closed, by its code or by a last message.
LOST = """async ([code, told]) => {
  const { Link } = await import('/page/link.js');
  const states = [];
  const hear = { state: (state, detail) => states.push([state, detail?.reason ?? '']) };
  const link = new Link({ world: 'w1', player: 'ann' }, hear, { load: () => '' });
  if (told) link.take(JSON.stringify({ type: 'closing', code, reason: 'why' }));
  link.lost({ code: told ? 1000 : code, reason: told ? '' : 'why' });
  link.close();
  return states[0];
}"""


@pytest.mark.parametrize("told", [0, 1], ids=["by the close", "by a message"])
def test_the_page_says_what_a_close_means(person: Make, told: int) -> None:
    ann = person()
    ann.page.goto(ann.url)
    means = {4001: "taken", 4003: "over", 4004: "refused", 1008: "refused", 1012: "connecting"}
    for code, state in means.items():
        assert ann.page.evaluate(LOST, [code, told]) == [state, "why"]


class Everything(Command, frozen=True):
    """Use every kind of field.

    Only the first paragraph is the hint.
    """

    stone: int
    amount: Annotated[int, Meta(ge=1, le=9, description="How many.")]
    share: Annotated[float, Meta(ge=0.0, le=1.0)]
    word: Annotated[str, Meta(min_length=2)]
    colour: Literal["red", "green"] = "green"
    level: Literal[1, 2, 3] = 3
    loud: bool = True
    price: float = 2.5
    perhaps: int | None = None
    names: list[str] = []


# Shows the forms of a command in a world with one stone; what they send is kept in `sent`.
SHOW = """async (schema) => {
  const { Forms } = await import('/page/forms.js');
  const data = { name: 'Seven', x: 0, y: 0 };
  const stone = { key: 'stones/7', id: '7', collection: 'stones', data };
  globalThis.sent = [];
  const all = document.createElement('div');
  const selected = document.createElement('div');
  document.body.prepend(all, selected);
  globalThis.forms = new Forms({ everything: schema }, { stones: { 7: stone.data } },
    { all, selected }, (name, args) => globalThis.sent.push([name, args]));
  globalThis.forms.update(new Map([['stones/7', stone]]));
  globalThis.stone = stone;
}"""


def shown(someone: Person) -> None:
    someone.page.goto(someone.url)
    someone.page.evaluate(SHOW, msgspec.json.schema(Everything))


def test_a_form_sends_what_the_command_takes(person: Make) -> None:
    ann = person()
    shown(ann)
    page = ann.page
    page.get_by_role("button", name="Everything").click()
    assert page.evaluate("sent") == [], "a stone and a word are missing"
    page.get_by_label("Stone").select_option("Seven")
    page.get_by_label("Word").fill("no")
    page.get_by_role("button", name="Everything").click()
    (name, args), *more = page.evaluate("sent")
    assert (name, more) == ("everything", [])
    taken = msgspec.convert(args, Everything)
    assert taken == Everything(stone=7, amount=1, share=0.0, word="no")
    page.get_by_label("Amount").fill("4")
    page.get_by_label("Colour").select_option("red")
    page.get_by_label("Level").select_option("2")
    page.get_by_label("Loud").uncheck()
    page.get_by_label("Price").fill("0.125")
    page.get_by_label("Perhaps").fill("-3")
    page.get_by_label("Names").fill('["a", "b"]')
    page.get_by_role("button", name="Everything").click()
    assert msgspec.convert(page.evaluate("sent.at(-1)[1]"), Everything) == Everything(
        stone=7, amount=4, share=0.0, word="no", colour="red", level=2, loud=False,
        price=0.125, perhaps=-3, names=["a", "b"],
    )  # fmt: skip


def test_a_form_says_what_it_cannot_read(person: Make) -> None:
    ann = person()
    shown(ann)
    ann.page.evaluate("forms.select(stone)")
    ann.page.get_by_label("Word").fill("no")
    ann.page.get_by_label("Names").fill("[a")
    ann.page.get_by_role("button", name="Everything").click()
    expect(ann.page.get_by_role("alert")).to_have_text("Names: expected JSON, for example [1, 2]")
    assert ann.page.evaluate("sent") == []


def test_a_selected_thing_is_filled_in_and_a_thing_that_is_gone_is_not_kept(person: Make) -> None:
    ann = person()
    shown(ann)
    stones = ann.page.locator("#field-everything-stone")
    ann.page.evaluate("forms.select(stone)")
    expect(stones).to_have_value("7")
    expect(stones).to_be_hidden()
    expect(ann.page.locator(".hint").first).to_have_text("Use every kind of field.")
    ann.page.evaluate("forms.select(null)")
    expect(stones).to_be_visible()
    ann.page.evaluate("forms.update(new Map())")
    expect(stones).to_have_value("")
