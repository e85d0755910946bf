"""Written by `make screenshots`: the pictures in docs/screenshots/, and what the widget costs.

Not a test, and not collected as one; it is run by its name because it needs the same fixtures.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cards
import pytest
from axe_playwright_python.base import AXE_SCRIPT
from chat import FRONT, Chat
from chromium import Watch
from fake import said
from host import Site
from PIL import Image
from playwright.sync_api import Page, expect
from running import ROOT, Running, request
from test_accessibility import violations

from kneewise.pictures import chart_png, drawing

SHOTS = ROOT / "docs/screenshots"
PAGE = ROOT / "docs/widget.md"
MARKS = "<!-- figures: make screenshots -->", "<!-- end of figures -->"
LARGEST = 150_000
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True}
NARROW = {"viewport": {"width": 460, "height": 780}}
RUNS = 5
STOPWATCH = """const look = () => {
  const chat = document.querySelector('kneewise-chat');
  if (chat?.shadowRoot?.querySelector('textarea')) window.chatIsThere = performance.now();
  else requestAnimationFrame(look);
};
look();"""


def small(path: Path) -> None:
    """Reduce a picture to a palette, as few colours as its size needs."""
    whole = Image.open(path).convert("RGB")
    for colours in (256, 128, 64):
        whole.quantize(colours, method=Image.Quantize.MEDIANCUT).save(path, optimize=True)
        if path.stat().st_size < LARGEST:
            return
    raise AssertionError(f"{path} is larger than {LARGEST} bytes")


@pytest.fixture
def shot() -> Callable[[Page, str], None]:
    SHOTS.mkdir(parents=True, exist_ok=True)

    def take(page: Page, name: str) -> None:
        path = SHOTS / f"{name}.png"
        page.screenshot(path=path, animations="disabled", caret="hide")
        small(path)

    return take


def from_its_top(chat: Chat, kind: str) -> Page:
    """The page, with the newest card of a type drawn and its message on top."""
    if kind in ("kneemap", "exercise"):
        expect(chat.card(kind).locator("svg").first).to_be_visible()
    message = chat.answers.filter(has=chat.page.locator(f"[data-card={kind}]")).last
    message.evaluate("(one) => one.scrollIntoView({ block: 'start', behavior: 'instant' })")
    chat.page.wait_for_timeout(300)
    return chat.page


def test_pictures_of_the_page(profile, bot: str, shot):
    for name, options in {"desktop": {}, "dark": {"color_scheme": "dark"}, "phone": PHONE}.items():
        chat = Chat.at(profile(**options).new_page(), f"{bot}/chat")
        chat.say("My kneecap aches on stairs. Should I ice it?")
        if name == "phone":
            chat.element.evaluate("(one) => one.scrollIntoView({ behavior: 'instant' })")
        shot(chat.page, name)


def test_pictures_of_cards(profile, other: Site, bot: str, shot):
    def narrow(**options: Any) -> Chat:
        return Chat.at(profile(**{**NARROW, **options}).new_page(), other.embed(bot))

    chat = narrow()
    chat.press("My knee hurts")
    chat.tap("signs")
    chat.tick("kneemap", "Left knee", FRONT)
    shot(from_its_top(chat, "kneemap"), "kneemap")
    chat = narrow()
    chat.say("How do I do a squat?")
    shot(from_its_top(chat, "exercise"), "exercise")
    chat = narrow()
    chat.show(cards.MESSAGES["chart"])
    shot(from_its_top(chat, "chart"), "chart")
    chat = narrow(**PHONE)
    chat.say("my knee is locked and I can't put weight on it")
    shot(chat.page, "urgent")


def test_pictures_for_messengers():
    for name, made in {
        "photo-kneemap": drawing("kneemap").read_bytes(),
        "photo-chart": chart_png(cards.CHART),
    }.items():
        path = SHOTS / f"{name}.png"
        path.write_bytes(made)
        small(path)


def interactive(profile: Callable[..., Any], url: str) -> float:
    """Milliseconds from the start of the navigation until the chat takes words; the best run."""
    times = []
    for _ in range(RUNS):
        page = profile().new_page()
        page.add_init_script(STOPWATCH)
        Chat.at(page, url)
        times.append(page.evaluate("window.chatIsThere"))
        page.close()
    return float(min(times))


def table(figures: dict[str, Any]) -> str:
    lines = ["| what | figure |", "|---|---|"]
    return "\n".join([*lines, *(f"| {name} | {value} |" for name, value in figures.items())])


def test_figures(profile, other: Site, bot: str, server: Running, watch: Watch):
    script = request(server.port, "/webhooks/web/kneewise.js").text.encode()
    page = profile().new_page()
    sizes: dict[str, int] = {}

    def keep(response: Any) -> None:
        if response.url.startswith(bot) and response.status == 200:
            sizes[response.url] = len(response.body())

    page.on("requestfinished", lambda one: keep(one.response()))
    chat = Chat.at(page, other.embed(bot))
    page.wait_for_timeout(500)
    opened, weight = len(sizes), sum(sizes.values())
    page.evaluate(AXE_SCRIPT)
    found = violations(page)
    for kind in cards.MESSAGES:
        chat.show(cards.MESSAGES[kind])
        found += violations(page)
    chat.show(said("Anything else?", "Skip"))
    ready = interactive(profile, f"{bot}/chat")
    hosts = {re.sub(r"(//[^/]+).*", r"\1", url) for url in watch.requests}
    figures = {
        "kneewise.js": f"{len(script) / 1000:.1f} KB",
        "kneewise.js, gzip -9": f"{len(gzip.compress(script, 9)):,} bytes of 15,360",
        "requests until the chat is open, on another site": opened,
        "bytes of these, not compressed": f"{weight / 1000:.1f} KB",
        "requests to anyone else": len(hosts - {bot, other.url}),
        "axe-core violations, every card": len(found),
        f"until the chat takes words, /chat, best of {RUNS}": f"{ready:.0f} ms",
    }
    text = table(figures)
    print(f"\n{text}")  # noqa: T201 - what was measured is told
    kept = ROOT / "results/browser/figures.json"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    if PAGE.exists() and all(mark in PAGE.read_text("utf-8") for mark in MARKS):
        start, end = MARKS
        before, _, rest = PAGE.read_text("utf-8").partition(start)
        after = rest.partition(end)[2]
        PAGE.write_text(f"{before}{start}\n\n{text}\n\n{end}{after}", encoding="utf-8")
