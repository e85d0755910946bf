"""An open page shows a reminder when it is due, and what was missed when it is opened again."""

from __future__ import annotations

from chat import SAVED, Chat, words
from chromium import Watch
from fake import Fake, Message, Turn, said
from host import Site
from playwright.sync_api import Page, expect

ICE = "Take the ice off now."
MONTH = 30 * 24 * 3600
"""Seconds; more than a timer of a browser can wait at a time."""
A_WHILE = 1500
"""Milliseconds in which something would have come."""


def reminding(fake: Fake, seconds: float, *, due: tuple[str, ...] = (ICE,)) -> None:
    """Whoever writes is reminded after so many seconds, once for all pages."""
    told: list[str] = []

    def answer(body: Message) -> Turn:
        if not body.get("due"):
            return Turn([said("I will remind you.")], news={"next": seconds})
        fresh = [] if told else list(due)
        told.append("told")
        return Turn([said(text) for text in fresh], news={"next": None})

    fake.answer = answer


def asked(fake: Fake) -> int:
    """How often a page asked what is due."""
    return sum(bool(body.get("due")) for body in fake.received)


def test_a_reminder_comes_by_itself(faked: Chat, fake: Fake, picture):
    reminding(fake, 1)
    faked.write("remind me to ice")
    expect(faked.log.get_by_text(ICE)).to_have_count(1)
    faked.page.wait_for_timeout(A_WHILE)
    expect(faked.answers).to_have_count(2)
    expect(faked.own).to_have_count(1)
    assert asked(fake) == 1
    picture(faked.page)


def test_a_closed_window_shows_that_there_is_something_new(page: Page, fake: Fake, other: Site):
    reminding(fake, 3)
    chat = Chat.at(page, other.embed(fake.url))
    chat.write("remind me to ice")
    expect(chat.answers).to_have_count(1)
    chat.element.evaluate("chat => chat.close()")
    expect(chat.launcher).to_contain_text(words()["launcher_unread"])
    chat.launcher.click()
    expect(chat.log.get_by_text(ICE)).to_have_count(1)


def test_nothing_due_shows_nothing(faked: Chat, fake: Fake):
    reminding(fake, 0, due=())
    faked.write("remind me to ice")
    expect(faked.answers).to_have_count(1)
    faked.page.wait_for_timeout(A_WHILE)
    assert asked(fake) == 1
    expect(faked.entries).to_have_count(2)
    expect(faked.element.get_by_text(words()["empty_answer"])).to_have_count(0)


def test_what_was_missed_is_shown_when_the_page_is_opened_again(
    faked: Chat, fake: Fake, page: Page
):
    reminding(fake, 2)
    faked.write("remind me to ice")
    expect(faked.answers).to_have_count(1)
    page.wait_for_timeout(SAVED)
    page.goto("about:blank")
    page.wait_for_timeout(2000)
    assert asked(fake) == 0
    page.goto(f"{fake.url}/chat")
    expect(Chat(page).ready().log.get_by_text(ICE)).to_have_count(1)


def test_two_tabs_of_a_talk_show_it_once(faked: Chat, fake: Fake, page: Page):
    reminding(fake, 3)
    faked.write("remind me to ice")
    expect(faked.answers).to_have_count(1)
    page.wait_for_timeout(SAVED)
    with page.expect_popup() as opened:  # which gets a copy of what this tab has kept
        page.evaluate("window.open(location.href)")
    twin = Chat(opened.value).ready()
    shown = [chat.log.get_by_text(ICE) for chat in (faked, twin)]
    page.wait_for_timeout(4000)
    assert asked(fake) == 2
    assert sum(one.count() for one in shown) == 1


def test_a_month_is_waited_for_and_not_asked_at_once(faked: Chat, fake: Fake):
    reminding(fake, MONTH)
    faked.write("remind me next month")
    expect(faked.answers).to_have_count(1)
    faked.page.wait_for_timeout(A_WHILE)
    assert asked(fake) == 0


def test_a_clock_that_jumps_or_a_machine_that_slept_is_noticed(faked: Chat, fake: Fake):
    faked.page.clock.install()
    reminding(fake, 3600)
    faked.write("remind me in an hour")
    expect(faked.answers).to_have_count(1)
    faked.page.clock.fast_forward(3600_000)  # timers fire once, as after a sleep
    expect(faked.log.get_by_text(ICE)).to_have_count(1)


def refusing(fake: Fake, status: int, code: str, times: int | None = None) -> None:
    """Refuse to say what is due: once, or so often."""
    answer = fake.answer

    def refused(body: Message) -> Turn:
        turn = answer(body)
        if body.get("due"):
            turn.refused = (status, code)
            turn.refusals = times or turn.refusals
        return turn

    fake.answer = refused


def test_who_forgets_is_asked_for_no_reminder_any_more(faked: Chat, fake: Fake):
    reminding(fake, 2)
    faked.write("remind me to ice")
    expect(faked.answers).to_have_count(1)
    faked.menu("forget")
    faked.button(words()["forget_do"]).click()
    expect(faked.log.get_by_text(words()["forgotten"])).to_be_visible()
    faked.page.wait_for_timeout(A_WHILE + 2500)
    assert not any(body.get("due") for body in fake.received)


def test_a_reminder_that_cannot_be_had_now_is_asked_for_again(
    faked: Chat, fake: Fake, watch: Watch
):
    watch.expect(r"503")
    reminding(fake, 1)
    refusing(fake, 503, "unavailable")
    faked.write("remind me to ice")
    expect(faked.log.get_by_text(ICE)).to_have_count(1)
    ids = {body["id"] for body in fake.received if body.get("due")}
    assert len(ids) == 1


def test_a_server_that_does_not_know_of_reminders_is_not_asked_without_end(
    faked: Chat, fake: Fake, watch: Watch
):
    watch.expect(r"400")
    reminding(fake, 0)
    refusing(fake, 400, "bad_request", times=99)
    faked.write("remind me to ice")
    expect(faked.answers).to_have_count(1)
    faked.page.wait_for_timeout(A_WHILE)
    assert asked(fake) == 1
    faked.write("and now?")
    expect(faked.answers).to_have_count(2)


def test_the_zone_of_the_browser_goes_with_each_message(profile, fake: Fake):
    chat = Chat.at(profile(timezone_id="America/New_York").new_page(), f"{fake.url}/chat")
    chat.write("hello")
    expect(chat.answers).to_have_count(1)
    assert fake.received[0]["zone"] == "America/New_York"
