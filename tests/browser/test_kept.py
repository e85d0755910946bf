"""A talk that is kept on the device lasts, is shared by the tabs, and ends when its runner says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from chat import SAVED, Chat, stored, words
from chromium import Watch
from fake import Fake, Message, Turn, said
from host import Site
from playwright.sync_api import BrowserContext, Page, expect
from test_accessibility import violations

HERE, STOP, OFFER = (words()[f"keep_{name}"] for name in ("here", "stop", "offer"))
PLAN = said("Run every other day.", metadata={"topic": "plan", "sources": [], "flags": []})
Profile = Callable[..., BrowserContext]


def on_device(page: Page) -> dict[str, Any]:
    """What the device keeps."""
    return stored(page, "localStorage")


def keep(chat: Chat) -> None:
    """Choose to keep the talk, and wait until it is."""
    chat.menu("keep_here")
    expect(chat.element.get_by_text(words()["kept_here"])).to_be_visible()


def within(found: Callable[[], bool], page: Page) -> None:
    """Wait for what happens beside the words, five seconds at most."""
    for _ in range(100):
        if found():
            return
        page.wait_for_timeout(50)
    assert found()


def another(chat: Chat, url: str) -> Chat:
    """One more tab of the same browser, with a chat at an address."""
    return Chat.at(chat.page.context.new_page(), f"{url}/chat")


def lines(chat: Chat) -> list[str]:
    """What stands in the transcript, in any order: two tabs may have heard it in their own."""
    return sorted(chat.log.locator(".bubble").all_inner_texts())


@pytest.fixture
def kept(faked: Chat) -> Chat:
    """A talk of one message and its answer, kept."""
    faked.say("hello")
    keep(faked)
    return faked


def test_without_the_choice_nothing_outlives_the_tab(faked: Chat, fake: Fake):
    faked.say("hello")
    assert on_device(faked.page) == {}
    assert fake.opened == [{}]
    faked.page.close(run_before_unload=True)
    later = another(faked, fake.url)
    expect(later.entries).to_have_count(0)
    assert on_device(later.page) == {}


def test_a_kept_talk_is_there_when_the_tab_was_closed(kept: Chat, fake: Fake):
    within(lambda: fake.opened[-1] == {"keep": True}, kept.page)
    assert stored(kept.page) == {}
    kept.page.close()
    later = another(kept, fake.url)
    expect(later.own).to_have_text([words()["you"] + "hello"])
    expect(later.answers).to_have_count(1)
    within(lambda: len(fake.opened) == 3, later.page)  # renewed when the page is opened
    assert fake.opened[-1] == {"keep": True}
    assert "You said: and now" in later.say("and now")
    later.reload()
    expect(later.entries).to_have_count(4)


def test_a_kept_talk_is_there_when_the_browser_was_closed(kept: Chat, fake: Fake, profile: Profile):
    kept.page.wait_for_timeout(SAVED)
    state = kept.page.context.storage_state()
    kept.page.context.close()
    later = Chat.at(profile(storage_state=state).new_page(), f"{fake.url}/chat")
    expect(later.entries).to_have_count(2)


def test_it_can_be_ended_from_the_menu(kept: Chat, fake: Fake):
    kept.menu("keep_stop")
    expect(kept.element.get_by_text(words()["kept_no_more"])).to_be_visible()
    assert on_device(kept.page) == {}
    assert len(stored(kept.page)["log"]) == 2
    within(lambda: fake.opened[-1] == {}, kept.page)
    kept.say("still here")
    kept.reload()
    expect(kept.entries).to_have_count(4)
    later = another(kept, fake.url)
    expect(later.entries).to_have_count(0)
    keep(kept)
    assert len(on_device(kept.page)["log"]) == 4


@pytest.mark.parametrize(
    ("item", "note"), [("forget", "forgotten"), ("start_again", "started_again")]
)
def test_what_deletes_the_talk_deletes_it_from_the_device(
    item: str, note: str, kept: Chat, fake: Fake
):
    twin = another(kept, fake.url)
    expect(twin.entries).to_have_count(2)
    kept.menu(item)
    kept.button(words()[f"{item}_do"]).click()
    for chat, told in ((kept, note), (twin, "forgotten")):
        expect(chat.entries).to_have_text([words()[told]])
        assert on_device(chat.page) == {}
        assert "hello" not in str(stored(chat.page))
        chat.opener.click()
        expect(chat.button(HERE)).to_be_visible()
    assert fake.forgotten == 1
    twin.say("anew")
    kept.say("anew")
    assert on_device(twin.page) == {}
    assert stored(twin.page)["token"] != stored(kept.page)["token"]
    expect(another(kept, fake.url).entries).to_have_count(0)


def test_to_write_that_it_be_forgotten_does_the_same(kept: Chat, fake: Fake):
    told = said("Forgotten.", metadata={"topic": "forget_me", "sources": [], "flags": []})
    fake.answer = lambda _: Turn([told])
    twin = another(kept, fake.url)
    kept.write("forget me")
    expect(kept.entries).to_have_count(1)
    expect(twin.entries).to_have_text([words()["forgotten"]])
    assert on_device(twin.page) == {}
    twin.page.close()
    assert on_device(kept.page) == {}


def test_two_tabs_lose_nothing_and_double_nothing(kept: Chat, fake: Fake):
    twin = another(kept, fake.url)
    for n in range(3):
        kept.say(f"here {n}")
        twin.say(f"there {n}")
    for chat in (kept, twin):
        expect(chat.entries).to_have_count(14)
    assert lines(kept) == lines(twin)
    kept.page.close()
    twin.page.close()
    later = another(kept, fake.url)
    expect(later.entries).to_have_count(14)
    # Both tabs may ask for an answer that is slow, under one id: it is one message.
    assert len({one["id"] for one in fake.received}) == 7


def test_two_tabs_may_speak_at_once(kept: Chat, fake: Fake):
    fake.answer = lambda body: Turn([said(f"A {body['text']}"), said("B")], pause=0.4)
    twin = another(kept, fake.url)
    kept.write("one")
    twin.write("two")
    for chat in (kept, twin):
        expect(chat.entries).to_have_count(8)
        expect(chat.typing).to_have_count(0)
    kept.page.wait_for_timeout(SAVED)
    expect(another(kept, fake.url).entries).to_have_count(8)
    assert lines(kept) == lines(twin)


def test_a_tab_that_is_closed_leaves_its_message_to_the_other(kept: Chat, fake: Fake):
    fake.answer = lambda body: Turn([said(f"You said: {body['text']}")], pause=1)
    twin = another(kept, fake.url)
    kept.write("on my way")
    kept.page.wait_for_timeout(SAVED)
    kept.page.close()
    expect(twin.answers.last).to_contain_text("You said: on my way")
    expect(twin.entries).to_have_count(4)
    assert len({one["id"] for one in fake.received}) == 2


def test_a_tab_that_was_not_told_writes_over_nothing(kept: Chat, fake: Fake):
    deaf = kept.page.context.new_page()
    deaf.add_init_script(
        "addEventListener('storage', (event) => event.stopImmediatePropagation(), true)"
    )
    twin = Chat.at(deaf, f"{fake.url}/chat")
    kept.say("not heard there")
    kept.page.wait_for_timeout(SAVED)
    expect(twin.entries).to_have_count(2)
    twin.say("said there")
    twin.page.wait_for_timeout(SAVED)
    for chat in (twin, kept, another(kept, fake.url)):
        expect(chat.entries).to_have_count(6)
    kept.menu("keep_stop")
    twin.say("and on")
    assert on_device(twin.page) == {}
    assert len(stored(twin.page)["log"]) == 8


def test_what_one_tab_ends_is_ended_in_the_other(kept: Chat, fake: Fake):
    twin = another(kept, fake.url)
    kept.menu("keep_stop")
    twin.opener.click()
    expect(twin.button(HERE)).to_be_visible()
    twin.say("of my own")
    assert on_device(twin.page) == {}
    twin.reload()
    expect(twin.entries).to_have_count(4)
    expect(kept.entries).to_have_count(2)


def test_a_duplicated_tab_is_kept_with_its_twin(faked: Chat):
    faked.say("hello")
    faked.page.wait_for_timeout(SAVED)
    with faked.page.expect_popup() as opened:
        faked.page.evaluate("void window.open(location.href)")
    twin = Chat(opened.value).ready()
    keep(faked)
    twin.opener.click()
    expect(twin.button(STOP)).to_be_visible()
    assert stored(twin.page) == {}
    twin.say("me too")
    expect(faked.entries).to_have_count(4)


def test_another_talk_that_is_kept_is_not_lost(faked: Chat, fake: Fake):
    other = another(faked, fake.url)
    faked.say("the first")
    other.say("the second")
    keep(faked)
    before = on_device(faked.page)
    other.menu("keep_here")
    expect(other.element.get_by_text(words()["keep_failed"])).to_be_visible()
    assert on_device(faked.page) == before
    other.reload()
    expect(other.own).to_contain_text(["the second"])
    expect(another(faked, fake.url).own).to_contain_text(["the first"])


def test_storage_that_is_blocked_is_said(profile: Profile, fake: Fake):
    context = profile()
    context.add_init_script(
        "for (const name of ['localStorage', 'sessionStorage'])"
        " Object.defineProperty(window, name, { get() { throw new Error('blocked') } })"
    )
    chat = Chat.at(context.new_page(), f"{fake.url}/chat")
    chat.say("hello")
    chat.menu("keep_here")
    expect(chat.element.get_by_text(words()["keep_failed"])).to_be_visible()
    chat.opener.click()
    expect(chat.button(HERE)).to_be_visible()
    assert "You said: and on" in chat.say("and on")
    assert fake.opened == [{}]


def test_a_talk_too_large_for_the_device_stays_in_the_tab(faked: Chat):
    faked.say("hello")
    faked.page.evaluate("localStorage.setItem('site', 'x'.repeat(5 * 2 ** 20 - 300))")
    faked.menu("keep_here")
    expect(faked.element.get_by_text(words()["keep_failed"])).to_be_visible()
    assert on_device(faked.page) == {}
    faked.reload()
    expect(faked.entries).to_have_count(2)


def test_it_may_be_kept_while_its_first_token_is_on_its_way(faked: Chat, fake: Fake):
    fake.opening = 0.5
    keep(faked)
    within(lambda: fake.opened == [{}, {"keep": True}], faked.page)
    within(lambda: on_device(faked.page).get("token") == "fake-2", faked.page)


def test_a_token_that_ran_out_begins_anew(kept: Chat, fake: Fake, watch: Watch):
    watch.expect("status of 401")
    kept.page.close()
    fake.answer = lambda _: Turn([said("Hello anew.")], refused=(401, "unauthorized"))
    later = another(kept, fake.url)
    later.say("are you there")
    expect(later.log).to_contain_text(words()["fresh"])
    expect(later.answers.last).to_contain_text("Hello anew.")
    assert on_device(later.page)["token"] == f"fake-{fake.sessions}"


def test_all_tabs_show_a_reminder_that_one_of_them_got(kept: Chat, fake: Fake):
    told: list[str] = []

    def answer(body: Message) -> Turn:
        if not body.get("due"):
            return Turn([said("I will remind you.")], news={"next": 2})
        fresh = [] if told else [said("Take the ice off now.")]
        told.append("told")
        return Turn(fresh, news={"next": None})

    fake.answer = answer
    twin = another(kept, fake.url)
    kept.say("remind me to ice")
    expect(twin.entries).to_have_count(4)
    for chat in (kept, twin):
        expect(chat.log.get_by_text("Take the ice off now.")).to_have_count(1)
    kept.page.wait_for_timeout(1500)
    for chat in (kept, twin):
        expect(chat.entries).to_have_count(5)


def test_a_tab_that_stays_asks_for_the_reminder_that_another_set(kept: Chat, fake: Fake):
    def answer(body: Message) -> Turn:
        due = [said("Take the ice off now.")]
        return Turn(due if body.get("due") else [said("Yes.")], news={"next": None})

    fake.answer = lambda _: Turn([said("I will remind you.")], news={"next": 3})
    twin = another(kept, fake.url)
    kept.say("remind me to ice")
    expect(twin.entries).to_have_count(4)
    fake.answer = answer
    kept.page.close()
    expect(twin.log.get_by_text("Take the ice off now.")).to_have_count(1)


# --- the offer -----------------------------------------------------------------------------------


@pytest.mark.parametrize("topic", ["plan", "diary", "reminder"])
def test_it_is_offered_once_when_it_matters(topic: str, faked: Chat, fake: Fake, picture):
    offer = faked.log.get_by_text(OFFER)
    faked.say("hello")
    expect(offer).to_have_count(0)
    lasting = {**PLAN, "metadata": {**PLAN["metadata"], "topic": topic}}
    fake.answer = lambda _: Turn([lasting])
    faked.say("make me a plan")
    expect(offer).to_have_count(1)
    picture(faked.page)
    faked.say("and another")
    expect(offer).to_have_count(1)
    expect(faked.answers.nth(1)).to_contain_text(OFFER)
    faked.reload()
    expect(offer).to_have_count(1)
    assert on_device(faked.page) == {}, "who does not answer has not chosen"


def test_the_offer_keeps_the_talk_and_goes(faked: Chat, fake: Fake, picture):
    faked.show(PLAN)
    pressed = faked.log.get_by_role("button", name=HERE)
    assert pressed.bounding_box()["height"] >= 44
    pressed.focus()
    faked.page.keyboard.press("Enter")
    expect(faked.element.get_by_text(words()["kept_here"])).to_be_visible()
    picture(faked.page)
    expect(faked.log.get_by_text(OFFER)).to_be_hidden()
    assert faked.focused() == words()["log"]
    assert len(on_device(faked.page)["log"]) == 1
    within(lambda: fake.opened[-1] == {"keep": True}, faked.page)
    faked.show(PLAN)
    faked.reload()
    expect(faked.log.get_by_text(OFFER)).to_be_hidden()
    faked.menu("keep_stop")
    expect(faked.log.get_by_text(OFFER)).to_be_visible()


def test_the_keyboard_finds_it_and_axe_nothing(faked: Chat):
    faked.show(PLAN)
    assert violations(faked.page) == []
    faked.opener.focus()
    faked.page.keyboard.press("Enter")
    assert violations(faked.page) == []
    faked.page.keyboard.press("Tab")
    assert faked.focused() == HERE
    faked.page.keyboard.press("Enter")
    expect(faked.element.get_by_role("alert").filter(has_text=words()["kept_here"])).to_have_count(
        1
    )
    assert violations(faked.page) == []
    expect(faked.opener).to_be_focused()
    faked.opener.click()
    expect(faked.element.get_by_role("button", name=STOP, exact=True)).to_be_visible()
    assert violations(faked.page) == []


# --- the real server -----------------------------------------------------------------------------


def test_the_real_assistant_goes_on_where_it_was_on_another_site(page: Page, other: Site, bot: str):
    chat = Chat.at(page, other.embed(bot))
    chat.say("it hurts below my left kneecap")
    keep(chat)
    who = on_device(page)
    page.close()
    later = Chat.at(page.context.new_page(), other.embed(bot))
    expect(later.entries).to_have_count(2)
    later.page.wait_for_timeout(SAVED)
    now = on_device(later.page)
    assert now["until"] - who["until"] < 60
    assert now["until"] - now_seconds(later.page) > 89 * 24 * 3600
    later.say("swollen? no")
    assert later.own.count() == 2


def now_seconds(page: Page) -> float:
    """The clock of the browser."""
    return float(page.evaluate("Date.now() / 1e3"))
