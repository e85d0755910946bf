"""What goes wrong on the way: nothing is lost, nothing comes twice, and it is said in words."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import cards
from chat import SAVED, Chat, stored, words
from chromium import Watch
from fake import Fake, Message, Turn, said
from playwright.sync_api import Page, expect
from running import free_port, serving

GONE = r"ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET"
PLENTY = 1000
MANY_EVENTS = "select data from events where type_name = 'user' order by id"


PRESS = """(log, name) => [...log.querySelectorAll('button')]
  .find((one) => one.textContent === name)?.click()"""


def texts(chat: Chat) -> list[str]:
    """What the messages of the assistant say, without the hidden name of who says it."""
    return [re.sub(r"^Kneewise:\s*", "", one).strip() for one in chat.answers.all_inner_texts()]


def topics(chat: Chat) -> list[str]:
    """What the messages of the assistant are about."""
    return [one["m"]["metadata"]["topic"] for one in stored(chat.page)["log"] if "m" in one]


def refused(status: int, code: str) -> Turn:
    return Turn([said("Here you are.")], refused=(status, code))


def test_a_server_that_is_killed_costs_no_message_and_no_answer(
    page: Page, watch: Watch, tmp_path: Path, picture
):
    watch.expect(GONE)
    port = free_port()
    first, second = "should I put ice on it?", "and is it ok to run?"
    with serving(tmp_path, port) as server:
        chat = Chat.at(page, f"http://127.0.0.1:{port}/chat")
        chat.say("my knee aches on stairs")
        answered = chat.answers.count()
        server.process.kill()
        server.process.wait(20)
        chat.write(first)
        chat.write(second)
        expect(chat.log.get_by_text(words()["not_sent"])).to_have_count(1)
        expect(chat.own).to_have_count(3)
        expect(chat.answers).to_have_count(answered)
        picture(page)
    with serving(tmp_path, port):
        # The widget tries again by itself, so the button may go while it is being pressed.
        chat.log.evaluate(PRESS, words()["try_again"])
        expect(chat.log.get_by_text(words()["not_sent"])).to_have_count(0, timeout=60_000)
        chat.answered()
        expect(chat.own).to_have_count(3)
        found = topics(chat)
    assert found.count("ice") == found.count("can_i_run") == 1
    assert found.index("ice") < found.index("can_i_run")
    own = [re.sub(r"^You:\s*", "", text) for text in chat.own.all_inner_texts()]
    assert own[1:] == [first, second]
    with closing(sqlite3.connect(tmp_path / "talk.db")) as database:
        heard = [row[0] for row in database.execute(MANY_EVENTS)]
    assert [sum(text in one for one in heard) for text in (first, second)] == [1, 1]


def test_a_stream_that_breaks_off_is_completed_without_repeating_a_line(
    faked: Chat, fake: Fake, watch: Watch
):
    watch.expect(GONE)
    fake.answer = lambda _: Turn([said("One."), said("Two."), said("Three.")], cut_after=2)
    faked.write("count, please")
    expect(faked.answers).to_have_count(3)
    faked.answered()
    assert texts(faked) == ["One.", "Two.", "Three."]
    assert len({body["id"] for body in fake.received}) == 1
    assert len(fake.received) == 2
    expect(faked.own).to_have_count(1)
    faked.reload()
    assert texts(faked) == ["One.", "Two.", "Three."]


def test_lines_are_shown_as_they_come(faked: Chat, fake: Fake):
    fake.answer = lambda _: Turn([said("At once."), said("A while later.")], pause=1.0)
    faked.write("slowly, please")
    expect(faked.typing).to_be_visible()
    expect(faked.answers).to_have_count(1)
    expect(faked.typing).to_be_visible()
    faked.answered()
    assert texts(faked) == ["At once.", "A while later."]


def test_a_page_that_is_left_in_the_middle_gets_the_rest_when_it_is_back(faked: Chat, fake: Fake):
    fake.answer = lambda _: Turn([said("One."), said("Two."), said("Three.")], pause=0.8)
    faked.write("count, please")
    expect(faked.answers).to_have_count(1)
    faked.page.reload()
    faked.ready()
    expect(faked.answers).to_have_count(3)
    assert texts(faked) == ["One.", "Two.", "Three."]
    assert len({body["id"] for body in fake.received}) == 1


def test_an_answer_that_failed_is_apologised_for(faked: Chat, fake: Fake):
    sorry = "Sorry, something went wrong on my side and I couldn't answer. Please try again."
    fake.answer = lambda _: Turn([said(sorry)])
    assert sorry in faked.say("hello")
    fake.answer = lambda _: Turn([])
    faked.write("hello?")
    expect(faked.log.get_by_text(words()["empty_answer"])).to_be_visible()
    fake.answer = lambda _: Turn([said("Back again.")])
    assert "Back again." in faked.say("hello??")


def test_too_many_messages_wait_for_their_turn_and_are_answered(
    faked: Chat, fake: Fake, watch: Watch
):
    watch.expect("status of 429")
    fake.answer = lambda _: refused(429, "too_many")
    faked.write("hello")
    told = words()["too_many"].split("{")[0].strip()
    expect(faked.log.get_by_text(told)).to_be_visible()
    faked.answered()
    assert texts(faked) == ["Here you are."]
    expect(faked.log.get_by_text(told)).to_have_count(0)


def test_however_often_it_was_too_much_the_chat_goes_on(faked: Chat, fake: Fake, watch: Watch):
    watch.expect("status of 429")
    faked.page.clock.install()
    fake.answer = lambda _: Turn([said("Here.")], refused=(429, "too_many"), refusals=14)
    faked.write("hello")
    for _ in range(30):
        faked.page.clock.run_for(31_000)
        faked.page.wait_for_timeout(50)
    expect(faked.answers).to_have_count(1)
    fake.answer = lambda _: Turn([said("And here.")])
    faked.write("still there?")
    faked.page.clock.run_for(2_000)
    expect(faked.answers).to_have_count(2)


def test_a_talk_that_cannot_be_read_is_waited_for(faked: Chat, fake: Fake, watch: Watch):
    watch.expect("status of 503")
    fake.answer = lambda _: refused(503, "unavailable")
    faked.write("hello")
    expect(faked.log.get_by_text(words()["unavailable"])).to_be_visible()
    faked.answered()
    assert texts(faked) == ["Here you are."]


def test_what_cannot_be_erased_is_not_said_to_be(faked: Chat, fake: Fake, watch: Watch):
    watch.expect("status of 401")
    faked.say("hello")
    fake.forgets = 401
    faked.menu("forget")
    faked.button(words()["forget_do"]).click()
    expect(faked.log.get_by_text("deletes it by itself")).to_be_visible()
    expect(faked.log.get_by_text(words()["forgotten"])).to_have_count(0)


def test_a_new_talk_erases_the_old_one(faked: Chat, fake: Fake):
    faked.say("hello")
    faked.menu("start_again")
    faked.button(words()["start_again_do"]).click()
    expect(faked.log.get_by_text(words()["started_again"])).to_be_visible()
    assert fake.forgotten == 1


def test_what_was_written_after_forget_me_is_not_lost(faked: Chat, fake: Fake):
    gone = said("You are forgotten.")
    gone["metadata"] = {**gone["metadata"], "topic": "forget_me"}

    def answer(body: Message) -> Turn:
        forgets = body.get("text") == "forget me"
        return Turn([gone] if forgets else [said("I hear you.")], pause=0.4)

    fake.answer = answer
    faked.say("my secret")
    faked.write("forget me")
    faked.write("my knee is locked")
    expect(faked.log.get_by_text("You are forgotten.")).to_be_visible()
    expect(faked.log.get_by_text("I hear you.")).to_be_visible()
    assert "my secret" not in faked.log.inner_text()
    assert "my knee is locked" in faked.log.inner_text()
    assert [body["text"] for body in fake.received][-1] == "my knee is locked"


def test_a_vote_that_was_not_taken_is_not_thanked_for(faked: Chat, fake: Fake, watch: Watch):
    watch.expect("status of 500")
    fake.votes = 500
    advice = said("Ice can ease it.")
    advice["metadata"] = {**advice["metadata"], "topic": "ice", "sources": ["article"]}
    faked.say("hello")
    faked.show(advice)
    vote = faked.button(words()["helpful_up"])
    vote.click()
    expect(vote).to_have_attribute("aria-pressed", "false")
    assert words()["thanks"] not in faked.log.inner_text()
    fake.votes = 204
    vote.click()
    expect(faked.log.get_by_text(words()["thanks"])).to_be_visible()
    faked.button(words()["helpful_down"]).click()
    assert [one["value"] for one in fake.feedback] == ["up", "up"]


def test_ticked_signs_are_not_thrown_away_by_none_of_these(faked: Chat, fake: Fake):
    faked.show(cards.MESSAGES["signs"])
    first = cards.SIGNS["items"][1]["title"]
    faked.tick("signs", first)
    faked.button(cards.SIGNS["none"]["title"]).click()
    expect(faked.element.get_by_text(words()["untick"])).to_be_visible()
    assert fake.received == []
    faked.send("signs")
    assert fake.received[0]["choices"] == [first]


def test_the_focus_stays_in_the_chat_when_what_held_it_goes(faked: Chat, fake: Fake):
    faked.show(cards.MESSAGES["choices"])
    faked.tick("choices", "Stairs")
    faked.send("choices")
    inside = "(element) => element.shadowRoot.activeElement?.getAttribute('role')"
    assert faked.element.evaluate(inside) == "log"


def test_a_server_that_is_named_while_the_words_load_is_taken(profile, fake: Fake, watch: Watch):
    watch.expect("favicon")
    page = profile().new_page()
    page.goto(f"{fake.url}/health")
    page.evaluate(
        """async (server) => {
          await import('/webhooks/web/kneewise.js');
          const chat = document.body.appendChild(document.createElement('kneewise-chat'));
          chat.setAttribute('inline', '');
          chat.setAttribute('server', server);
        }""",
        f"{fake.url}/webhooks/web/",
    )
    Chat(page).ready()


def test_a_server_that_is_starting_is_waited_for(faked: Chat, fake: Fake, watch: Watch):
    watch.expect("status of 503")
    fake.answer = lambda _: refused(503, "starting")
    faked.write("hello")
    expect(faked.log.get_by_text(words()["starting"])).to_be_visible()
    faked.answered()
    assert texts(faked) == ["Here you are."]


def test_an_expired_visit_is_renewed_and_the_message_is_answered(
    faked: Chat, fake: Fake, watch: Watch
):
    watch.expect("status of 401")
    fake.answer = lambda _: refused(401, "unauthorized")
    faked.write("hello")
    faked.answered()
    assert texts(faked) == ["Here you are."]
    assert fake.sessions == 2


def test_a_message_that_is_too_long_comes_back_to_be_made_shorter(
    faked: Chat, fake: Fake, watch: Watch
):
    watch.expect("status of 413")
    fake.answer = lambda _: refused(413, "too_long")
    faked.write("a long story")
    expect(faked.element.get_by_text(words()["too_long"])).to_be_visible()
    expect(faked.input).to_have_value("a long story")
    expect(faked.own).to_have_count(0)


def test_a_button_that_no_longer_holds_says_so(faked: Chat, fake: Fake, watch: Watch):
    watch.expect("status of 400")
    faked.show(said("Shall we?", "Yes please"))
    fake.answer = lambda _: refused(400, "not_offered")
    faked.button("Yes please").click()
    expect(faked.log.get_by_text(words()["not_offered"])).to_be_visible()
    assert fake.received[0]["choices"] == ["Yes please"]


def test_a_button_is_pressed_once_however_often_it_is_clicked(faked: Chat, fake: Fake):
    faked.show(said("Shall we?", "Yes please"))
    faked.button("Yes please").dblclick()
    faked.answered()
    expect(faked.own).to_have_count(1)
    assert len(fake.received) == 1


def pair(n: int) -> list[Message]:
    """What the visitor and the assistant said, as a tab keeps it."""
    own = {"k": "me", "id": f"message-{n}", "body": {"text": f"Said {n}"}, "state": "ok", "next": 1}
    return [own, {"k": "bot", "m": said(f"Message {n}.\nAnd more.")}]


def test_a_thousand_messages_are_there_after_a_reload_and_typing_works(
    faked: Chat, fake: Fake, watch: Watch
):
    watch.expect("favicon")
    faked.say("hello")
    kept = stored(faked.page)
    kept["log"] = [one for n in range(PLENTY // 2) for one in pair(n)]
    faked.page.goto(f"{fake.url}/health")  # a page without the chat, which would keep its own
    faked.page.evaluate(
        """(kept) => {
          const key = Object.keys(sessionStorage).find((one) => /^kneewise http/.test(one));
          sessionStorage.setItem(key, JSON.stringify(kept));
        }""",
        kept,
    )
    faked.page.goto(f"{fake.url}/chat")
    faked.ready()
    expect(faked.entries).to_have_count(PLENTY)
    expect(faked.answers.last).to_contain_text(f"Message {PLENTY // 2 - 1}.")
    expect(faked.answers.last).to_be_in_viewport()
    faked.input.press_sequentially("still quick", delay=5)
    expect(faked.input).to_have_value("still quick")
    faked.input.press("Enter")
    assert "You said: still quick" in faked.answered()
    expect(faked.own.last).to_be_in_viewport()
    faked.reload()
    expect(faked.entries).to_have_count(PLENTY)


def test_two_tabs_hold_two_conversations(chat: Chat, bot: str):
    other = Chat.at(chat.page.context.new_page(), f"{bot}/chat")
    chat.say("my knee is locked and I can't put weight on it")
    other.say("hello")
    assert stored(chat.page)["token"] != stored(other.page)["token"]
    expect(chat.pins).to_have_count(1)
    expect(other.pins).to_have_count(0)
    other.say("is it ok to run with a sore knee?")
    expect(other.pins).to_have_count(0)
    other.reload()
    assert "locked and" not in other.log.inner_text()
    assert chat.own.count() == 1


def test_a_duplicated_tab_goes_on_with_the_same_conversation(chat: Chat):
    chat.say("it hurts below my left kneecap")
    chat.page.wait_for_timeout(SAVED)
    with chat.page.context.expect_page() as opened:
        chat.page.evaluate("void window.open(location.href)")
    twin = Chat(opened.value).ready()
    expect(twin.own).to_have_count(1)
    assert stored(twin.page)["token"] == stored(chat.page)["token"]
    twin.say("should I put ice on it?")
    expect(twin.log).to_contain_text("10 to 15 minutes")
    chat.page.bring_to_front()
    chat.say("and is it ok to run?")
    assert "can_i_run" in topics(chat)
    assert "ice" not in topics(chat)
    expect(twin.own).to_have_count(2)
    expect(chat.own).to_have_count(2)


def test_blocked_storage_leaves_a_chat_that_works(profile, fake: Fake):
    context = profile()
    context.add_init_script(
        "Object.defineProperty(window, 'sessionStorage', { get() { throw new Error('blocked') } })"
    )
    chat = Chat.at(context.new_page(), f"{fake.url}/chat")
    assert "You said: hello" in chat.say("hello")
