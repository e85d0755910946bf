"""What people meet who zoom in, see dark or few colours, read right to left, or listen."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import cards
import jsonschema
import pytest
from axe_playwright_python.base import AXE_SCRIPT
from chat import Chat, words
from fake import Fake, Turn, said
from playwright.sync_api import Page, expect
from running import ROOT

from kneewise import knowledge

LOCKED = "my knee is locked and I can't put weight on it"
SETTINGS: dict[str, dict[str, Any]] = {
    "desktop": {},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True},
    "zoomed": {"viewport": {"width": 320, "height": 640}},
    "dark": {"color_scheme": "dark"},
    "calm": {"reduced_motion": "reduce"},
    "forced": {"forced_colors": "active"},
    "right to left": {},
}
AXE = """(off) => axe.run(document, {
  resultTypes: ['violations'], rules: Object.fromEntries(off.map((id) => [id, { enabled: false }])),
}).then((found) =>
  found.violations.flatMap(({ id, impact, nodes }) => nodes.map((node) =>
    `${id} (${impact}): ${node.target.flat(9).join(' ')}: ${node.failureSummary}`)))"""
FOCUSABLE = "button, a[href], input, textarea, summary, select"
TARGETS = """(element, css) => [...element.shadowRoot.querySelectorAll(css)]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest('p a, li a'))
  .map((one) => {
    const shown = one.matches('input, textarea') ? one.parentElement : one;
    const { width, height } = shown.getBoundingClientRect();
    const name = one.getAttribute('aria-label') ?? one.value ?? shown.textContent.trim();
    return [one.textContent.trim() || name, Math.round(width), Math.round(height)];
  })"""
PRIMARY = "button:not(.tool), a.call, input[type=checkbox], textarea"
NUMBERS = "[data-card=scale] input"
"""Eleven side by side: on a narrow screen each is as high as a thumb, and a little less wide."""


def violations(page: Page) -> list[str]:
    """What axe finds on the page and in the chat.

    Where the system forces its colours, axe still compares with those that the styles name.
    """
    forced = page.evaluate("matchMedia('(forced-colors: active)').matches")
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: list[str] = page.evaluate(AXE, ["color-contrast"] if forced else [])
    return found


@pytest.fixture(params=SETTINGS)
def setting(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def opened(setting: str, profile: Callable[..., Any]) -> Callable[[str], Chat]:
    """Open the chat at an address, seen in one of the settings."""

    def at(url: str) -> Chat:
        page = profile(**SETTINGS[setting]).new_page()
        if setting == "right to left":
            page.add_init_script(
                "document.addEventListener('DOMContentLoaded', () => {"
                " document.documentElement.dir = 'rtl' })"
            )
        return Chat.at(page, url)

    return at


def test_axe_finds_nothing_on_the_chat_page(setting: str, opened, bot: str, picture):
    chat = opened(f"{bot}/chat")
    assert violations(chat.page) == []
    chat.say("should I put ice on my knee?")
    chat.say("my knee is locked and I can't put weight on it")
    picture(chat.page, full_page=True)
    assert violations(chat.page) == []


def test_axe_finds_nothing_on_any_card(setting: str, opened, other, bot: str, picture):
    chat = opened(other.embed(bot))
    wrong = {}
    for kind, message in cards.MESSAGES.items():
        chat.show(message)
        if kind in ("kneemap", "exercise"):
            expect(chat.card(kind).locator("svg").first).to_be_visible()
        chat.unfold()
        chat.card(kind).scroll_into_view_if_needed()
        picture(chat.page, kind)
        if kind == "urgent":
            wrong["pinned"] = violations(chat.page)
            chat.pins.get_by_role("button").click()
        wrong[kind] = violations(chat.page)
    assert {kind: found for kind, found in wrong.items() if found} == {}


def test_axe_finds_nothing_in_the_menu_and_its_sheets(setting: str, opened, other, bot: str):
    chat = opened(other.embed(bot))
    chat.show(said("Anything else?", "Skip"))
    wrong = {}
    for name in ("start_again", "forget", "about", "privacy"):
        chat.opener.click()
        wrong[f"menu before {name}"] = violations(chat.page)
        chat.button(words()[name]).click()
        wrong[name] = violations(chat.page)
        chat.page.keyboard.press("Escape")
    chat.page.keyboard.press("Escape")
    expect(chat.launcher).to_be_visible()
    wrong["closed"] = violations(chat.page)
    assert {kind: found for kind, found in wrong.items() if found} == {}


def test_axe_would_find_something(chat: Chat):
    chat.element.evaluate(
        "(element) => element.shadowRoot.querySelector('textarea').ariaLabel = ''"
    )
    chat.element.evaluate(
        "(element) => element.shadowRoot.querySelector('textarea').placeholder = ''"
    )
    assert any(one.startswith("label (") for one in violations(chat.page))


@pytest.mark.parametrize("width", [320, 390])
def test_nothing_scrolls_sideways_on_a_narrow_screen(width: int, profile, other, bot: str):
    page = profile(viewport={"width": width, "height": 640}).new_page()
    for url in (f"{bot}/chat", other.embed(bot)):
        chat = Chat.at(page, url)
        for kind, message in cards.MESSAGES.items():
            chat.show(message)
            chat.unfold()
            wide = "(one) => one.scrollWidth - one.clientWidth"
            assert chat.scroll.evaluate(wide) <= 0, kind
            assert page.evaluate("document.scrollingElement.scrollWidth") <= width, kind


@pytest.mark.parametrize("width", [320, 1280])
def test_what_is_tapped_is_large_enough(width: int, profile, other, bot: str):
    page = profile(viewport={"width": width, "height": 700}).new_page()
    chat = Chat.at(page, other.embed(bot))
    for message in cards.MESSAGES.values():
        chat.show(message)
    expect(chat.card("exercise").locator("svg")).to_have_count(1)
    chat.unfold()
    targets = chat.element.evaluate(TARGETS, FOCUSABLE)
    assert len(targets) > 50
    assert [one for one in targets if min(one[1:]) < 24] == []
    primary = chat.element.evaluate(TARGETS, PRIMARY)
    assert [one for one in primary if min(one[1:]) < 44] == []
    numbers = chat.element.evaluate(TARGETS, NUMBERS)
    assert len(numbers) == 11
    assert [one for one in numbers if one[2] < 44 or one[1] < 36] == []


def test_zones_of_the_drawing_can_be_hit_on_a_phone(profile, other, bot: str):
    page = profile(viewport={"width": 320, "height": 640}, has_touch=True).new_page()
    chat = Chat.at(page, other.embed(bot))
    chat.show(cards.MESSAGES["kneemap"])
    zones = chat.card("kneemap").locator("[data-zone]")
    expect(zones).to_have_count(len(cards.ZONES) - 1)
    page.wait_for_timeout(500)
    sizes = zones.evaluate_all(
        """(all) => all.map((one) => { const { width, height } = one.getBoundingClientRect();
          return [one.dataset.zone, Math.round(Math.min(width, height))]; })"""
    )
    assert {zone for zone, _ in sizes} == set(cards.ZONES) - {"whole"}
    assert [one for one in sizes if one[1] < 24] == []


@pytest.mark.parametrize(("wanted", "moves"), [("no-preference", True), ("reduce", False)])
def test_motion_stops_where_it_is_not_wanted(wanted: str, moves: bool, profile, fake: Fake):
    fake.answer = lambda _: Turn([said("Slowly.")], pause=1.0)
    chat = Chat.at(profile(reduced_motion=wanted).new_page(), f"{fake.url}/chat")
    chat.show(cards.MESSAGES["kneemap"])
    moving = """(element) => [...element.shadowRoot.querySelectorAll('*')]
      .flatMap((one) => [null, '::before'].map((part) => getComputedStyle(one, part)))
      .some((style) => style.animationName !== 'none' || style.transitionDuration !== '0s'
        || style.scrollBehavior === 'smooth')"""
    chat.write("hello")
    expect(chat.typing).to_be_visible()
    assert chat.element.evaluate(moving) is moves
    chat.answered()


def test_a_talk_can_be_printed_whole(chat: Chat):
    chat.say(LOCKED)
    for n in range(30):
        chat.show(said(f"Line {n} of a long talk."))
    chat.page.emulate_media(media="print")
    expect(chat.input).to_be_hidden()
    expect(chat.pins).to_be_visible()
    height = "(one) => [one.scrollHeight, one.clientHeight]"
    whole, shown = chat.scroll.evaluate(height)
    assert whole == shown, "nothing is left to be scrolled to"
    assert "Line 29" in chat.log.inner_text()


def test_answers_are_announced_and_urgent_ones_at_once(chat: Chat):
    expect(chat.log).to_have_attribute("aria-live", "polite")
    expect(chat.log).to_have_accessible_name(words()["log"])
    chat.say("hello")
    expect(chat.answers.last).to_contain_text(words()["bot"])
    chat.say("my knee is locked and I can't put weight on it")
    alert = chat.element.get_by_role("alert").filter(has=chat.page.locator("[data-card=urgent]"))
    expect(alert).to_have_count(1)
    expect(chat.input).to_be_focused()


SEEN = {
    "kneemap": """
        - group "Tap where it hurts. You can pick more than one.":
          - button "Front of the knee, or around the kneecap"
        """,
    "scale": """
        - radio "0"
        """,
    "signs": """
        - checkbox "It locks"
        """,
    "exercise": """
        - paragraph: Squat
        - img "A runner stands with feet apart, then sinks down as onto a chair."
        - list:
          - listitem: Stand with your feet apart.
        """,
    "chart": """
        - 'img "6 days noted, 2 Nov to 30 Nov. Worst pain of the day: 4 at first, 1 at last."'
        - paragraph: "1: walk a mile; 2: walk 2 minutes, run 3"
        """,
    "summary": """
        - paragraph: Summary for your doctor
        - term: Where
        - definition: front of the left knee
        - 'img "6 days noted, 2 Nov to 30 Nov. Worst pain of the day: 4 at first, 1 at last."'
        - button "Print or save"
        """,
}


@pytest.mark.parametrize("kind", SEEN)
def test_a_card_is_named_for_those_who_hear_it(kind: str, chat: Chat):
    chat.show(cards.MESSAGES[kind])
    if kind == "exercise":
        expect(chat.card(kind).locator("svg")).to_have_count(1)
    expect(chat.answers.last).to_match_aria_snapshot(SEEN[kind])


def test_nothing_that_can_be_pressed_is_without_a_name(chat: Chat):
    for message in cards.MESSAGES.values():
        chat.show(message)
    tree = chat.page.locator("body").aria_snapshot()
    nameless = re.findall(
        r"^\s*- (?:button|link|textbox|checkbox|radio)(?::| \[.*| *$)", tree, re.MULTILINE
    )
    assert nameless == []
    assert "polygon" not in tree


def test_the_drawing_is_hidden_from_those_who_hear_it_since_its_buttons_say_all(chat: Chat):
    chat.show(cards.MESSAGES["kneemap"])
    expect(chat.card("kneemap").locator("[data-zone]").first).to_be_visible()
    assert "img" not in chat.card("kneemap").aria_snapshot()
    focusable = "(one) => one.querySelectorAll('svg [tabindex], svg a').length"
    assert chat.card("kneemap").evaluate(focusable) == 0


def test_care_levels_differ_in_words_and_not_by_colour_alone(chat: Chat):
    seen = set()
    for level in ("emergency", "same_day", "soon"):
        title = knowledge.load().phrases[f"level_{level}"]
        card = {**cards.URGENT, "level": level, "title": title}
        chat.show({**cards.MESSAGES["urgent"], "custom": {"v": 1, "text": "", "cards": [card]}})
        expect(chat.pins.get_by_text(title, exact=True)).to_be_visible()
        seen.add(title)
    assert len(seen) == 3
    assert knowledge.load().phrases["level_emergency"] in chat.pins.first.inner_text()


def test_the_sample_cards_are_as_the_server_makes_them():
    schema = jsonschema.Draft202012Validator(
        json.loads((ROOT / "widget/cards.schema.json").read_text("utf-8"))
    )
    for kind, message in cards.MESSAGES.items():
        wrong = [error.message for error in schema.iter_errors(message["custom"])]
        assert not wrong, kind
