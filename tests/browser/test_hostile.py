"""Text that means harm stays text, whoever wrote it."""

from __future__ import annotations

from typing import Any

import cards
import pytest
from chat import Chat
from chromium import Watch
from fake import Fake, Turn, carded, said
from playwright.sync_api import expect

IMAGE = "<img src=x onerror=alert(1)>"
SCRIPT = "<script>alert(1)</script>"
LINK = "[tap here](javascript:alert(1)) javascript:alert(2) data:text/html,<b>x</b>"
REVERSED = "\u202egnp.eniarg\u2066 \u200f\u061c evil"
EMOJI = "😭" * 10_000
HOSTILE = {
    "an image": IMAGE,
    "a script": SCRIPT,
    "links": LINK,
    "an attribute": '" onmouseover="alert(1)" \'><svg onload=alert(1)>',
    "a template": "{{constructor.constructor('alert(1)')()}} ${alert(1)}",
    "reversed text": REVERSED,
    "ten thousand emoji": EMOJI,
    "one long word": "k" * 10_000,
    "stacked accents": "k" + "\u0301" * 3_000,
    "control characters": "a\x00b\x07c\ufffe",
}
FOREIGN = "script, img, iframe, object, embed, link, style, form, audio, video, base, meta"
COUNT = f"(element) => element.shadowRoot.querySelectorAll('{FOREIGN}').length"
ADDRESSES = """(element) => [...element.shadowRoot.querySelectorAll('*')].flatMap((one) =>
  ['href', 'src', 'action', 'xlink:href'].map((name) => one.getAttribute(name))).filter(Boolean)"""
HANDLERS = """(element) => [...element.shadowRoot.querySelectorAll('*')].flatMap((one) =>
  one.getAttributeNames()).filter((name) => name.startsWith('on'))"""
EDGES = """(all) => all.map((one) => { const box = one.getBoundingClientRect();
  return [Math.round(box.left), Math.round(box.right)]; })"""


def harmless(chat: Chat) -> None:
    """Nothing in the chat is an element, an address or a handler that a text brought in."""
    assert chat.element.evaluate(COUNT) == 0
    assert chat.element.evaluate(HANDLERS) == []
    for address in chat.element.evaluate(ADDRESSES):
        assert address.startswith(("https://", "tel:")), address
    fits = "(one) => one.scrollWidth <= one.clientWidth"
    assert chat.scroll.evaluate(fits)
    assert chat.page.locator("html").evaluate(fits)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_stays_text(text: str, faked: Chat, fake: Fake):
    fake.answer = lambda _: Turn([said(text), said("After it.", text[:200], "Plain")])
    faked.write(text[:2000])
    faked.answered()
    harmless(faked)
    visible = text.partition(" ")[0].strip("\x00\x07\ufffe")[:20]
    assert visible in faked.answers.first.evaluate("(one) => one.textContent")
    faked.button("Plain").hover()
    faked.reload()
    harmless(faked)


def test_text_that_turns_direction_turns_only_itself(faked: Chat, fake: Fake):
    fake.answer = lambda _: Turn([said("plain"), said(REVERSED), said("plain")])
    faked.write("plain")
    faked.answered()
    faked.write(REVERSED)
    faked.answered()
    bubbles = faked.answers.locator(".bubble").evaluate_all(EDGES)
    assert len({left for left, _ in bubbles}) == 1, bubbles
    own = faked.own.locator(".bubble").evaluate_all(EDGES)
    assert len({right for _, right in own}) == 1, own
    assert all(box[0] > bubbles[0][0] for box in own)


def poisoned(value: Any) -> Any:
    """The same card with each of its words replaced by hostile ones."""
    kept = ("type", "id", "side", "view", "level", "url", "drawing", "number", "label_id")
    if isinstance(value, dict):
        return {k: v if k in kept and v != "url" else poisoned(v) for k, v in value.items()}
    if isinstance(value, list):
        return [poisoned(one) for one in value]
    return f"{IMAGE} {SCRIPT} {value}" if isinstance(value, str) else value


@pytest.mark.parametrize("kind", cards.MESSAGES)
def test_hostile_words_in_a_card_stay_words(kind: str, faked: Chat):
    faked.show(poisoned(cards.MESSAGES[kind]))
    expect(faked.answers.last).to_contain_text(IMAGE)
    harmless(faked)


ODD_CARDS: dict[str, Any] = {
    "a link that is a script": {
        **cards.SOURCES,
        "items": [
            {"label": "a", "cite": "b", "url": "javascript:alert(1)"},
            {"label": "c", "cite": "d", "url": "data:text/html,<script>alert(1)</script>"},
            {"label": "e", "cite": "f", "url": "https://user:word@evil.example/"},
            {"label": "g", "cite": "h", "url": "http://plain.example/"},
        ],
    },
    "a number that is a script": {
        **cards.URGENT,
        "call": [{"label": "Call", "number": "javascript:alert(1)"}],
    },
    "a drawing from elsewhere": {**cards.EXERCISE, "drawing": "//evil.example/x.svg"},
    "a drawing outside its folder": {**cards.EXERCISE, "drawing": "../kneewise.js"},
    "a type of the language": {**cards.SCALE, "type": "constructor"},
    "a type of the prototype": {**cards.SCALE, "type": "__proto__"},
    "no type": {"title": "x"},
    "nothing": None,
    "a text": "card",
    "items that are none": {"type": "signs", "items": None},
    "a chart of nothing": {"type": "chart", "title": "x"},
    "a chart of no days": {**cards.CHART, "span": None, "ticks": None},
}


@pytest.mark.parametrize("card", ODD_CARDS.values(), ids=ODD_CARDS.keys())
def test_a_card_that_makes_no_sense_leaves_the_text(card: Any, faked: Chat, watch: Watch):
    watch.expect(r"status of 404.*/webhooks/web/drawings/")  # our own server, which has no such
    faked.show(carded("The whole of it in words.", card))
    expect(faked.answers.last).to_contain_text("The whole of it in words.")
    harmless(faked)
    assert "You said: and then?" in faked.say("and then?")
