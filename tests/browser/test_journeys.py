"""A visitor's ways through the chat, with the real assistant behind it."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing

import pytest
from chat import FRONT, NONE, SAVED, TAPS, WHOLE, Chat, stored, words
from playwright.sync_api import Page, expect
from running import Running, holds

LOCKED = "my knee is locked and I can't put weight on it"
BEHIND = "Back of the knee"


def rows(server: Running, query: str, *values: str) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(server.log.parent / "talk.db")) as database:
        return database.execute(query, values).fetchall()


def conversation(page: Page) -> str:
    """The id under which the server keeps what this page said."""
    token = str(stored(page)["token"])
    claims = page.evaluate("(part) => JSON.parse(atob(part))", _padded(token.split(".")[1]))
    return f"web-{claims['sub']}"


def _padded(part: str) -> str:
    return part.replace("-", "+").replace("_", "/") + "=" * (-len(part) % 4)


def test_tapping_alone_leads_from_the_first_message_to_a_plan(chat: Chat, picture):
    chat.press("My knee hurts")
    asked = []
    for kind in chat.questions():
        asked.append(kind)
        picture(chat.page, f"{len(asked)}-{kind}")
        chat.tap(kind)
    picture(chat.page, "plan")
    assert set(asked) == {"buttons", *TAPS}
    expect(chat.own.filter(has_text=WHOLE)).to_contain_text(f"Left knee, {FRONT}, {WHOLE}")
    sources = chat.card("sources")
    sources.locator("summary").click()  # which waits for the plan, the only one with sources
    chat.page.wait_for_timeout(SAVED)
    assert stored(chat.page)["log"][-1]["m"]["metadata"]["topic"] == "plan"
    expect(sources.locator("li").first).to_be_visible()
    expect(sources.locator("..").locator("p", has_text="Sources:")).to_have_count(0)


def test_the_drawing_takes_taps_and_shows_what_was_picked(chat: Chat, picture):
    chat.press("My knee hurts")
    chat.tap("signs")
    card = chat.card("kneemap")
    front = card.get_by_role("button", name=FRONT, exact=True)
    card.locator("[data-zone=front]").first.click()
    expect(front).to_have_attribute("aria-pressed", "true")
    card.locator("[data-zone=front]").first.click()
    expect(front).to_have_attribute("aria-pressed", "false")
    card.locator("[data-zone=behind]").first.click()
    chat.tick("kneemap", "Right knee")
    picture(chat.page)
    chat.send("kneemap")
    expect(chat.own.last).to_contain_text(f"Right knee, {BEHIND}")
    before = chat.reload().log.locator("[data-card=kneemap]").first
    behind = before.get_by_role("button", name=BEHIND, exact=True)
    expect(behind).to_have_attribute("aria-pressed", "true")


def tab_to(page: Page, chat: Chat, name: str, key: str = "Tab", most: int = 60) -> None:
    """Press Tab until something of that name has the focus."""
    for _ in range(most):
        if chat.focused() == name:
            return
        page.keyboard.press(key)
    raise AssertionError(f"{key} does not lead to {name!r}; it ended at {chat.focused()!r}")


@pytest.fixture
def closed(page: Page, other, bot) -> Chat:
    """The chat behind its button on someone else's page."""
    page.goto(other.embed(bot))
    chat = Chat(page)
    expect(chat.launcher).to_be_visible()
    return chat


def test_the_keyboard_alone_leads_to_a_plan(closed: Chat, page: Page):
    keys, chat = page.keyboard, closed
    tab_to(page, chat, words()["launcher"])
    keys.press("Enter")
    expect(chat.input).to_be_focused()
    keys.type("my knee hurts")
    keys.press("Enter")
    chat.answered()
    expect(chat.input).to_be_focused()  # the answer did not take the focus
    asked = []
    for kind in chat.questions():
        asked.append(kind)
        answer_by_keys(page, chat, kind)
    assert {"kneemap", "signs", "choices", "scale"} <= set(asked)
    expect(chat.card("sources")).to_have_count(1)
    keys.press("Escape")
    expect(chat.launcher).to_be_focused()
    expect(chat.input).to_be_hidden()


def answer_by_keys(page: Page, chat: Chat, kind: str) -> None:
    """Answer one question as someone does who has no mouse: back from the input, then forth."""
    keys, last = page.keyboard, chat.answers.last
    expect(chat.input).to_be_focused()
    if kind in ("buttons", "signs"):
        button = NONE if kind == "signs" else last.locator("button[data-choice]").last.inner_text()
        tab_to(page, chat, button, "Shift+Tab")
        keys.press("Enter")
    else:
        if kind == "kneemap":
            tab_to(page, chat, FRONT, "Shift+Tab")
        else:
            go_back_to_a_field(page, chat)
        keys.press("Space")
        if kind == "scale":
            keys.press("ArrowRight")
        expect(last.locator("input:checked, [aria-pressed=true]")).to_have_count(1)
        tab_to(page, chat, "Send")
        keys.press("Enter")
    chat.answered()
    tab_to(page, chat, words()["input"])


def go_back_to_a_field(page: Page, chat: Chat, most: int = 40) -> None:
    """Press Shift+Tab until a field of the last message has the focus."""
    for _ in range(most):
        if chat.answers.last.locator("input:focus").count():
            return
        page.keyboard.press("Shift+Tab")
    raise AssertionError("Shift+Tab does not lead to the field")


def test_escape_closes_the_menu_first_and_the_window_next(closed: Chat, page: Page):
    closed.launcher.click()
    closed.opener.press("Enter")
    expect(closed.button(words()["forget"])).to_be_visible()
    page.keyboard.press("Escape")
    expect(closed.button(words()["forget"])).to_have_count(0)
    expect(closed.opener).to_be_focused()
    page.keyboard.press("Escape")
    expect(closed.launcher).to_be_focused()


def test_an_urgent_answer_is_pinned_until_it_is_acknowledged(chat: Chat, picture):
    chat.say(LOCKED)
    expect(chat.pins).to_have_count(1)
    pinned = chat.pins.first
    alarm = chat.element.locator("[role=alert]", has=chat.page.locator("[data-card=urgent]"))
    expect(alarm).to_have_count(1)
    said = pinned.inner_text().lower()
    level = re.search(r"emergency|today|soon", said)
    assert level, said
    call = pinned.get_by_role("link")
    if level[0] == "emergency":
        expect(call.first).to_have_attribute("href", re.compile(r"^tel:\+?\d{3,}$"))
    picture(chat.page)
    chat.reload()
    expect(chat.pins).to_have_count(1)
    assert chat.pins.first.inner_text().lower() == said
    chat.pins.first.get_by_role("button", name="I have read this").click()
    expect(chat.pins).to_have_count(0)
    chat.reload()
    expect(chat.log).to_contain_text(LOCKED)
    expect(chat.pins).to_have_count(0)


def test_the_talk_is_there_again_after_a_reload_and_goes_on(chat: Chat):
    chat.press("My knee hurts")
    chat.say("around the front of it, for two weeks")
    before = chat.log.inner_text()
    chat.input.fill("half a sen")
    chat.reload()
    assert chat.log.inner_text() == before
    expect(chat.input).to_have_value("half a sen")
    chat.press(NONE)
    assert chat.answers.count() == 3
    assert "two weeks" in before or "weeks" in before


def test_a_vote_is_kept_without_any_words(chat: Chat, server: Running):
    chat.say("should I put ice on my knee?")
    before = rows(server, "select count(*) from feedback")[0][0]
    vote = chat.log.get_by_role("button", name=words()["helpful_up"]).last
    vote.click()
    expect(vote).to_have_attribute("aria-pressed", "true")
    expect(chat.element.get_by_text(words()["thanks"])).to_be_visible()
    chat.page.wait_for_timeout(300)
    columns = [name for _, name, *_ in rows(server, "pragma table_info(feedback)")]
    assert set(columns) == {"id", "at", "topic", "value"}
    assert rows(server, "select count(*) from feedback")[0][0] == before + 1
    query = "select topic, value from feedback order by id desc limit 1"
    assert rows(server, query) == [("ice", "up")]


def test_a_message_and_the_talk_can_be_copied(profile, bot: str):
    context = profile(permissions=["clipboard-read", "clipboard-write"])
    chat = Chat.at(context.new_page(), f"{bot}/chat")
    chat.say("should I put ice on my knee?")
    chat.log.get_by_role("button", name=words()["copy"]).first.click()
    expect(chat.element.get_by_text(words()["copied"])).to_be_visible()
    copied = chat.page.evaluate("navigator.clipboard.readText()")
    assert "10 to 15 minutes" in copied
    chat.menu("copy_all")
    expect(chat.element.get_by_text(words()["copied"])).to_be_visible()
    whole = chat.page.evaluate("navigator.clipboard.readText()")
    assert whole.startswith(words()["you"] + " should I put ice on my knee?")
    assert "10 to 15 minutes" in whole


def test_start_again_clears_the_screen_and_begins_another_conversation(chat: Chat):
    chat.say(LOCKED)
    first = conversation(chat.page)
    chat.menu("start_again")
    chat.button(words()["start_again_do"]).click()
    expect(chat.answers).to_have_count(0)
    expect(chat.own).to_have_count(0)
    expect(chat.pins).to_have_count(0)
    expect(chat.log).to_contain_text(words()["started_again"])
    chat.press("My knee hurts")
    assert conversation(chat.page) != first
    chat.reload()
    expect(chat.own).to_have_count(1)


def test_forget_me_deletes_every_row(chat: Chat, server: Running):
    chat.say("it hurts below my left kneecap xyzzy")
    who = conversation(chat.page)
    query = "select count(*) from events where sender_id = ?"
    assert rows(server, query, who)[0][0] > 0
    chat.menu("forget")
    chat.button(words()["keep"]).click()
    assert rows(server, query, who)[0][0] > 0
    chat.menu("forget")
    chat.button(words()["forget_do"]).click()
    expect(chat.log).to_contain_text(words()["forgotten"])
    assert rows(server, query, who)[0][0] == 0
    assert not holds(server.log.parent, "xyzzy")
    expect(chat.own).to_have_count(0)
    chat.page.wait_for_timeout(400)
    assert "xyzzy" not in chat.page.evaluate("JSON.stringify({...sessionStorage})")


def test_the_about_box_says_what_it_is_and_what_it_is_not(chat: Chat, picture):
    chat.menu("about")
    box = chat.element.get_by_role("dialog", name=words()["about"])
    expect(box).to_contain_text("not a doctor")
    expect(box).to_contain_text("No clinician has reviewed")
    picture(chat.page)
    chat.page.keyboard.press("Escape")
    expect(box).to_have_count(0)
    expect(chat.opener).to_be_focused()
