"""The chart can be read: small, dark, in grey, on paper, and by who does not see it."""

from __future__ import annotations

import io
import re
from itertools import combinations, pairwise
from typing import Any

import cards
import pytest
from chat import Chat
from host import Site
from PIL import Image
from playwright.sync_api import Locator, Page, expect

SMALLEST = 9.5
"""Pixels of letters on the smallest phone, below which they are hard to read."""
BOXES = """(svg) => [...svg.querySelectorAll('text')].filter(one => one.textContent).map((one) => {
  const { left, right, top, bottom } = one.getBoundingClientRect();
  const size = parseFloat(getComputedStyle(one).fontSize) * svg.getScreenCTM().a;
  return { text: one.textContent, left, right, top, bottom, size };
})"""
FRAMED = """(element) => {
  const { contentDocument: page } = element.shadowRoot.querySelector('iframe');
  const rules = [...page.adoptedStyleSheets[0].cssRules].map((rule) => rule.cssText).join('');
  return [page.body.outerHTML, rules];
}"""
"""What is printed, and its styles."""
SCHEMES = ["light", "dark"]


def drawn(chat: Chat, kind: str = "chart") -> Locator:
    """The newest chart, brought into view."""
    chat.show(cards.MESSAGES[kind])
    plot = chat.card(kind).locator("svg.plot")
    plot.scroll_into_view_if_needed()
    return plot


def touching(boxes: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """The words that lie over each other."""
    return [
        (one["text"], two["text"])
        for one, two in combinations(boxes, 2)
        if min(one["right"], two["right"]) - max(one["left"], two["left"]) > 1
        and min(one["bottom"], two["bottom"]) - max(one["top"], two["top"]) > 3
    ]


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_every_word_of_a_chart_has_room(width: int, profile, other: Site, bot: str, picture):
    page = profile(viewport={"width": width, "height": 800}).new_page()
    plot = drawn(Chat.at(page, other.embed(bot)))
    boxes = plot.evaluate(BOXES)
    frame = plot.bounding_box()
    picture(page)
    assert {"fine", "do less", "stop", "Step", "Distance, km", "16 Nov"} <= {
        box["text"] for box in boxes
    }
    assert touching(boxes) == []
    assert all(box["left"] >= frame["x"] - 1 for box in boxes)
    assert all(box["right"] <= frame["x"] + frame["width"] + 1 for box in boxes)
    assert min(box["size"] for box in boxes) >= SMALLEST


def test_pain_and_distance_never_share_a_plot(chat: Chat):
    plot = drawn(chat)
    line = plot.locator("g").first.bounding_box()
    bars = plot.locator("path[fill='var(--dim)']")
    assert bars.count() == len(cards.CHART["distance"]["bars"])
    tops = [bars.nth(n).bounding_box()["y"] for n in range(bars.count())]
    assert min(tops) > line["y"] + line["height"]


def test_bars_are_as_high_as_far_was_run_and_a_day_off_has_none(chat: Chat):
    bars = drawn(chat).locator("path[fill='var(--dim)']")
    heights = [bars.nth(n).evaluate("(one) => one.getBBox().height") for n in range(bars.count())]
    told = [far for _, far in cards.CHART["distance"]["bars"]]
    assert heights == pytest.approx([far * 44 / 4 for far in told])


def test_a_gap_is_a_gap_and_one_day_alone_is_a_dot(chat: Chat):
    lines = drawn(chat).locator("g")
    expect(lines).to_have_count(2)
    expect(lines.first.locator("circle")).to_have_count(5)
    expect(lines.last.locator("circle")).to_have_count(1)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_bands_stay_apart_in_grey(scheme: str, profile, other: Site, bot: str):
    page = profile(color_scheme=scheme).new_page()
    plot = drawn(Chat.at(page, other.embed(bot)))
    image = Image.open(io.BytesIO(plot.screenshot())).convert("L")
    scale = image.width / 300
    # Free of lines: between two marks of a week, near the right edge.
    greys = [image.getpixel((round(236 * scale), round(y * scale))) for y in (50, 105, 145)]
    assert all(abs(one - two) > 12 for one, two in pairwise(greys)), greys


@pytest.mark.parametrize("left_out", [("distance",), ("steps",), ("distance", "steps")])
def test_what_was_not_told_is_not_drawn(left_out: tuple[str, ...], chat: Chat):
    card = {**cards.CHART, **dict.fromkeys(left_out)}
    whole = drawn(chat).bounding_box()
    chat.show({**cards.MESSAGES["chart"], "custom": {"v": 1, "text": "", "cards": [card]}})
    plot = chat.card("chart").locator("svg.plot")
    for name in left_out:
        expect(plot).not_to_contain_text(cards.CHART[name]["label"])
    expect(plot).to_contain_text("16 Nov")
    assert plot.bounding_box()["height"] < whole["height"] - 10
    assert touching(plot.evaluate(BOXES)) == []


def test_the_table_has_every_day_with_its_heads(chat: Chat):
    drawn(chat)
    chat.unfold()
    table = chat.card("chart").get_by_role("table")
    heads = table.get_by_role("columnheader")
    told, *days = cards.CHART["table"]["rows"]
    assert heads.all_inner_texts() == told
    expect(table.get_by_role("row")).to_have_count(1 + len(days))
    assert table.get_by_role("rowheader").all_inner_texts() == [day for day, *_ in days]
    assert table.get_by_role("row").last.get_by_role("cell").all_inner_texts() == days[-1][1:]


FULL = {
    **cards.SUMMARY,
    "rows": [
        *({"label": f"What was told {n}", "value": "a few words"} for n in range(18)),
        {"label": "Signs: not asked", "value": "it is hot or red, it locks, " * 25},
        {"label": "Steps of the plan", "value": "walk 2 minutes, run 3 (since 2 Nov); " * 6},
    ],
    "questions": ["When can I run again?"] * 5,
}
"""A summary with as many rows as eight weeks give."""


def framed(chat: Chat, card: dict[str, Any]) -> tuple[str, str]:
    """What a summary prints: its page, and its styles."""
    page = chat.page
    page.add_init_script("window.print = () => {}")
    chat.show({**cards.MESSAGES["summary"], "custom": {"v": 1, "text": "", "cards": [card]}})
    chat.card("summary").get_by_role("button", name="Print or save", exact=True).click()
    html, rules = chat.element.evaluate(FRAMED)
    return html, rules


def pages(pdf: bytes) -> int:
    """How many pages a PDF of Chromium has."""
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_printed_summary_is_one_page_with_its_chart(
    scheme: str, profile, other: Site, bot: str
):
    context = profile(color_scheme=scheme)
    chat = Chat.at(context.new_page(), other.embed(bot))
    chat.say("hello")
    html, rules = framed(chat, FULL)
    assert "hello" not in html
    assert "Print or save" not in html
    paper: Page = context.new_page()
    paper.set_content(f"<style>{rules}</style>{html}")
    plot = paper.locator("svg.plot")
    expect(plot).to_have_attribute("aria-label", cards.CHART["alt"])
    assert plot.bounding_box()["width"] > 250
    paper.emulate_media(media="print")
    assert paper.evaluate("getComputedStyle(document.body).color") == "rgb(21, 33, 30)"
    margin = dict.fromkeys(("top", "right", "bottom", "left"), "1cm")
    assert pages(paper.pdf(format="A4", margin=margin)) == 1
