"""The Slack channel on a real server, against a Slack of our own that keeps to the real limits.

S01 to S26 are the rows on `slack.py` in the measurements of Rasa's own connector.
"""

from __future__ import annotations

import itertools
import json
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from running import PATIENCE, Running, holds, request, serving, wait_until_gone
from slack_fake import APP_TOKEN, CHANNEL, TEAM, TOKEN, FakeSlack
from slack_sender import (
    PATH,
    SECRET,
    Person,
    command_form,
    event_body,
    form_request,
    from_bot,
    json_request,
    mention_event,
    message_event,
    options,
    press_body,
    signed,
    texts,
    titles,
)

from kneewise import knowledge
from kneewise.channels.offers import button_id
from kneewise.wording import said

ACHES = "it aches around my left kneecap whenever i jog"
LOCKED = "my knee is locked solid, i can't get it straight"
APOLOGY = said("utter_failed", topic="fallback")["text"]
KEYS = {
    "KNEEWISE_SLACK_TOKEN": TOKEN,
    "KNEEWISE_SLACK_SIGNING_SECRET": SECRET,
    "LOG_LEVEL": "INFO",
}


def phrase(name: str) -> str:
    return knowledge.load().phrases[name]


@pytest.fixture(scope="module")
def slack() -> Iterator[FakeSlack]:
    with FakeSlack().running() as found:
        yield found
        assert found.pings == []  # whatever was said, nobody was called


@pytest.fixture(autouse=True)
def mended(slack: FakeSlack) -> Iterator[None]:
    yield
    slack.mend()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, slack: FakeSlack) -> Iterator[Running]:
    """One server for most of the module."""
    folder = tmp_path_factory.mktemp("slack")
    with serving(folder, **KEYS, KNEEWISE_SLACK_API_BASE_URL=slack.url) as found:
        yield found


@pytest.fixture
def ann(slack: FakeSlack, server: Running) -> Person:
    """Somebody who never wrote before."""
    return Person(slack, server.port)


def sql(server: Running, query: str, *values: Any, change: bool = False) -> list[Any]:
    with closing(sqlite3.connect(server.log.with_name("talk.db"), timeout=20)) as database:
        found = database.execute(query, values).fetchall()
        if change:
            database.commit()
        return found


def unsettled(server: Running) -> int:
    """How many messages wait for an answer, and answers for delivery."""
    waiting = "SELECT COUNT(*) FROM accepted WHERE body IS NOT NULL"
    return sql(server, waiting)[0][0] + sql(server, "SELECT COUNT(*) FROM due")[0][0]


def settle(server: Running, within: float = 60) -> None:
    """Wait until all is answered and delivered, pictures too."""
    end = time.monotonic() + within
    while unsettled(server):
        assert time.monotonic() < end, f"not settled:\n{server.printed()}"
        time.sleep(0.05)


def told(person: Person, server: Running, answer: Any, since: int) -> list[dict[str, Any]]:
    """What a person got for something that was acknowledged."""
    assert answer.status == 200, answer
    settle(server)
    return person.got[since:]


def say(person: Person, server: Running, text: str, **more: Any) -> list[dict[str, Any]]:
    since = len(person.got)
    return told(person, server, person.say(text, **more), since)


def press(person: Person, server: Running, title: str, *ticked: str) -> list[dict[str, Any]]:
    since = len(person.got)
    return told(person, server, person.press(title, ticked=ticked), since)


def shown(messages: list[dict[str, Any]]) -> str:
    return "\n".join(texts(message) for message in messages)


def heard(server: Running, conversation: str) -> list[str]:
    """What the assistant was told in a conversation, in order."""
    query = (
        "SELECT data FROM events WHERE sender_id = ? AND type_name = 'user' ORDER BY timestamp, id"
    )
    return [json.loads(row[0])["text"] for row in sql(server, query, conversation)]


def spoken(server: Running, conversation: str) -> list[str]:
    """What the assistant said in a conversation, in order."""
    query = (
        "SELECT data FROM events WHERE sender_id = ? AND type_name = 'bot' ORDER BY timestamp, id"
    )
    return [json.loads(row[0])["text"].strip() for row in sql(server, query, conversation)]


# --- who may send --------------------------------------------------------------------------------


def test_s01_the_address_is_verified(server: Running) -> None:
    body, headers = json_request({"type": "url_verification", "challenge": "3eZbrw1aBm2rZgRNFdxV2"})
    answer = request(server.port, PATH, body, headers)
    assert answer.status == 200
    assert answer.json == {"challenge": "3eZbrw1aBm2rZgRNFdxV2"}


def forged(**headers: str | None) -> dict[str, str]:
    body = json.dumps(event_body(message_event("U1FORGED", "xyzzy", "1.1"))).encode()
    good = {"Content-Type": "application/json", **signed(body)}
    wanted = {**good, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return {name: value for name, value in wanted.items() if value is not None}


FORGED = {
    "no signature": forged(X_Slack_Signature=None),
    "no timestamp": forged(X_Slack_Request_Timestamp=None),
    "another signature": forged(X_Slack_Signature="v0=" + "0" * 64),
    "half a signature": forged(X_Slack_Signature="v0="),
    "not ASCII": forged(X_Slack_Signature="v0=\xfc"),
    "no number": forged(X_Slack_Request_Timestamp="now"),
    "another time": forged(X_Slack_Request_Timestamp=str(int(time.time()) - 1)),
    "nothing": {"Content-Type": "application/json"},
}


@pytest.mark.parametrize("headers", FORGED.values(), ids=FORGED.keys())
def test_s03_what_slack_did_not_sign_is_refused(headers: dict[str, str], server: Running) -> None:
    body = json.dumps(event_body(message_event("U1FORGED", "xyzzy", "1.1"))).encode()
    before = sql(server, "SELECT COUNT(*) FROM accepted")
    answer = request(server.port, PATH, body, headers)
    assert answer.status == 401
    assert answer.json["error"] == "unauthorized"
    assert sql(server, "SELECT COUNT(*) FROM accepted") == before


@pytest.mark.parametrize("age", [301, 3600, -301])
def test_s03_an_old_signature_is_refused(age: int, ann: Person, server: Running) -> None:
    body = json.dumps(event_body(message_event(ann.id, "hello", "1.1"))).encode()
    headers = {"Content-Type": "application/json", **signed(body, at=time.time() - age)}
    assert ann.send(body, headers).status == 401
    # The same within the time is taken: it was the age that was refused.
    headers = {"Content-Type": "application/json", **signed(body, at=time.time() - age / 301 * 280)}
    if abs(age) == 301:
        assert ann.send(body, headers).status == 200
        settle(server)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe", b"hello"])
def test_s03_the_signature_comes_before_the_reading(body: bytes, server: Running) -> None:
    headers = {"Content-Type": "application/json", **signed(body, SECRET[::-1])}
    assert request(server.port, PATH, body, headers).status == 401


def test_a_signature_is_of_one_body(ann: Person) -> None:
    body, headers = json_request(event_body(message_event(ann.id, "hello", "1.1")))
    assert ann.send(body.replace(b"hello", b"jello"), headers).status == 401


ODD = {
    "null": b"null",
    "a list": b"[]",
    "a number": b"7",
    "half": b'{"type": ',
    "deep": b"[" * 100_000,
    "empty": b"",
}


@pytest.mark.parametrize("body", ODD.values(), ids=ODD.keys())
def test_a_signed_body_that_is_no_object_is_refused(body: bytes, server: Running) -> None:
    raw, headers = json_request(body)
    answer = request(server.port, PATH, raw, headers)
    assert answer.status == 400
    assert answer.json["error"] == "bad_request"


WRONG_TYPES: list[dict[str, Any]] = [
    {},
    {"type": "event_callback"},
    {"type": "event_callback", "event": None},
    {"type": "event_callback", "event": "message"},
    {"type": "event_callback", "event": []},
    {"type": None, "event": {"type": "message"}},
    event_body({"type": "message", "channel": 7, "user": [], "ts": {}, "text": None}),
    event_body({"type": "message", "channel": "D1", "user": "U1", "ts": "1.1"}, team_id=None),
    event_body(message_event("U1ODD", "x", "yesterday")),
    event_body(message_event("../U1", "x", "1.1")),
    event_body(message_event("U1ODD", "x", "1.1"), authorizations="none", team_id="T/../1"),
    {"type": "app_rate_limited", "minute_rate_limited": 1518467820, "team_id": TEAM},
    event_body({"type": "reaction_added", "user": "U1ODD", "reaction": "wave"}),
    event_body({"type": "app_home_opened", "user": "U1ODD", "channel": "D1ODD", "tab": "home"}),
    event_body({"type": "tokens_revoked", "tokens": {"bot": ["U1"]}}),
]


@pytest.mark.parametrize("body", WRONG_TYPES, ids=lambda body: str(body)[:60])
def test_what_is_not_a_message_is_quietly_acknowledged(
    body: dict[str, Any], server: Running
) -> None:
    before = sql(server, "SELECT COUNT(*) FROM accepted")
    assert request(server.port, PATH, *json_request(body)).status == 200
    assert sql(server, "SELECT COUNT(*) FROM accepted") == before


# --- a conversation ------------------------------------------------------------------------------


def test_s02_an_answer_is_posted_the_way_new_apps_do(ann: Person, server: Running) -> None:
    assert texts(say(ann, server, "hello")[0])
    call = ann.slack.called("chat.postMessage")[-1].args
    assert not {"as_user", "type", "username"} & set(call)
    assert call["unfurl_links"] is False
    assert call["parse"] == "none"


def test_a_whole_assessment_by_buttons_ends_in_a_plan(ann: Person, server: Running) -> None:
    last = say(ann, server, ACHES)[-1]
    assert "\n1. " not in texts(last)  # the list is to be ticked, and not told twice
    assert "\n16. " in last["text"]  # who cannot see it hears it whole
    assert len(options(last)) == 16
    assert titles(last) == ["Send", "None of these", "Skip"]
    wanted = {
        "How long": "2 to 6 weeks",
        "How did it start": "Slowly, bit by bit",
        "How bad": "3",
        "How old": "16 to 49",
    }
    last = press(ann, server, "None of these")[-1]
    for _ in range(8):
        if not titles(last) or last["text"].count("?") == 0:
            break
        choice = next((title for words, title in wanted.items() if words in last["text"]), None)
        if options(last):
            last = press(ann, server, "Send", *options(last)[:2])[-1]
        elif choice and choice in titles(last):
            last = press(ann, server, choice)[-1]
        else:
            break
    everything = shown(ann.got)
    assert "fits" in everything or "sounds like" in everything
    assert len(heard(server, ann.conversation)) >= 4
    assert ann.slack.refused == []


def test_danger_signs_that_are_ticked_warn(ann: Person, server: Running) -> None:
    say(ann, server, ACHES)
    answer = press(
        ann, server, "Send", "It is hot or looks red or darker", "I have a fever or feel ill"
    )
    warning = answer[0]
    first = warning["blocks"][0]["text"]["text"].splitlines()[0]
    assert first.startswith("*")
    assert first.endswith("*")
    ticked = heard(server, ann.conversation)[-1]
    assert ticked == "It is hot or looks red or darker. I have a fever or feel ill"


def test_ticks_of_both_groups_count(ann: Person, server: Running) -> None:
    say(ann, server, ACHES)
    press(ann, server, "Send", "It gives way under me", "Pain in my groin or hip")
    assert heard(server, ann.conversation)[-1] == "It gives way under me. Pain in my groin or hip"


def test_nothing_ticked_is_not_none_of_these(ann: Person, server: Running) -> None:
    say(ann, server, ACHES)
    assert shown(press(ann, server, "Send")) == phrase("nothing_ticked")
    assert heard(server, ann.conversation) == [ACHES]


def test_a_whole_assessment_by_text_ends_in_an_urgent_warning(ann: Person, server: Running) -> None:
    say(ann, server, ACHES)
    say(ann, server, "no")
    say(ann, server, "about three weeks")
    warning = say(ann, server, LOCKED)[0]
    assert warning["blocks"][0]["text"]["text"].startswith("*")
    assert "today" in warning["text"] or "now" in warning["text"]
    assert ann.slack.refused == []


def test_s10_a_button_sends_its_words(ann: Person, server: Running) -> None:
    say(ann, server, ACHES)
    press(ann, server, "None of these")
    assert heard(server, ann.conversation)[-1] == "None of these"


def test_a_button_of_an_older_question_is_answered(ann: Person, server: Running) -> None:
    say(ann, server, ACHES)
    first = ann.got[-1]
    press(ann, server, "None of these")
    press(ann, server, "Less than a week")
    since = len(ann.got)
    answer = told(ann, server, ann.press("None of these", first), since)
    assert shown(answer) != phrase("button_expired")
    assert heard(server, ann.conversation)[-1] == "None of these"


@pytest.mark.parametrize("value", [button_id("call me"), "None of these", "/restart", "", None, 7])
def test_a_button_that_was_never_offered_has_expired(
    value: Any, ann: Person, server: Running
) -> None:
    say(ann, server, ACHES)
    action = {"type": "button", "action_id": "press-0", "value": value}
    since = len(ann.got)
    answer = told(ann, server, ann.interact(press_body(ann.id, ann.got[-1], action)), since)
    assert phrase("button_expired") in shown(answer)
    assert heard(server, ann.conversation) == [ACHES]


def test_a_button_offered_to_somebody_else_has_expired(
    ann: Person, server: Running, slack: FakeSlack
) -> None:
    say(ann, server, ACHES)
    bob = Person(slack, server.port)
    seen = {**ann.got[-1], "channel": bob.channel}
    answer = told(bob, server, bob.press("None of these", seen), 0)
    assert phrase("button_expired") in shown(answer)


# --- once ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", ["http_timeout", "http_error", "unknown_error"])
def test_s05_s06_what_slack_repeats_is_answered_once(
    reason: str, ann: Person, server: Running
) -> None:
    event = event_body(message_event(ann.id, "hello", ann.slack.ts()))
    raw, headers = json_request(event)
    # A repeat is not dropped for being one: the first may never have arrived.
    retry = {**headers, "X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": reason}
    assert ann.send(raw, retry).status == 200
    assert ann.send(raw, headers).status == 200
    assert ann.send(raw, {**retry, "X-Slack-Retry-Num": "2"}).status == 200
    settle(server)
    assert heard(server, ann.conversation) == ["hello"]


def test_s07_the_same_at_once_is_answered_once(ann: Person, server: Running) -> None:
    raw, headers = json_request(event_body(message_event(ann.id, "hello", ann.slack.ts())))
    threads = [threading.Thread(target=ann.send, args=(raw, headers)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    settle(server)
    assert heard(server, ann.conversation) == ["hello"]


def test_a_press_that_is_repeated_counts_once(ann: Person, server: Running) -> None:
    say(ann, server, ACHES)
    action = {"type": "button", "action_id": "press-16", "value": button_id("None of these")}
    body = press_body(ann.id, ann.got[-1], action)
    for _ in range(3):
        assert ann.interact(body).status == 200
    settle(server)
    assert heard(server, ann.conversation) == [ACHES, "None of these"]


def test_s08_a_message_that_is_a_mention_too_is_answered_once(ann: Person, server: Running) -> None:
    ts = ann.slack.ts()
    assert ann.event({**mention_event(ann.id, "hello", ts), "channel": ann.channel}).status == 200
    assert ann.say("<@U0BOT> hello", ts).status == 200
    settle(server)
    assert heard(server, ann.conversation) == ["hello"]


# --- what is not answered ------------------------------------------------------------------------


def ignored(person: Person, server: Running, event: dict[str, Any]) -> None:
    before = sql(server, "SELECT COUNT(*) FROM accepted")
    assert person.event(event).status == 200
    assert sql(server, "SELECT COUNT(*) FROM accepted") == before


SUBTYPES = [
    *("message_changed", "message_deleted", "message_replied", "channel_join", "channel_leave"),
    *(
        "channel_topic",
        "channel_name",
        "bot_message",
        "bot_add",
        "pinned_item",
        "ekm_access_denied",
    ),
    *("tombstone", "reminder_add", "assistant_app_thread", "huddle_thread", "what_comes_next_year"),
]


@pytest.mark.parametrize("subtype", SUBTYPES)
def test_s09_what_only_happened_is_not_answered(subtype: str, ann: Person, server: Running) -> None:
    event = message_event(ann.id, "<@U1> has joined the channel", ann.slack.ts(), subtype=subtype)
    ignored(ann, server, event)


def test_its_own_messages_are_not_answered(ann: Person, server: Running) -> None:
    own = from_bot("How long have you had it?", ann.channel, ann.slack.ts())
    ignored(ann, server, own)
    own.pop("bot_id")
    own.pop("app_id")
    ignored(ann, server, own)
    ignored(ann, server, message_event(ann.id, "beep", ann.slack.ts(), bot_id="B2", subtype=None))
    ignored(ann, server, message_event("USLACKBOT", "hi", ann.slack.ts(), channel=ann.channel))


def test_what_is_edited_is_not_answered_again(ann: Person, server: Running) -> None:
    ts = ann.slack.ts()
    say(ann, server, "hello", ts=ts)
    edited = message_event(ann.id, "hello there", ts, edited={"user": ann.id, "ts": "1.2"})
    changed = {**message_event(ann.id, "", "2.2"), "subtype": "message_changed", "message": edited}
    ignored(ann, server, changed)
    ignored(ann, server, edited)
    assert heard(server, ann.conversation) == ["hello"]


def test_what_is_said_in_a_channel_to_others_is_not_answered(ann: Person, server: Running) -> None:
    event = message_event(ann.id, "my knee hurts", ann.slack.ts(), channel_type="channel")
    ignored(ann, server, {**event, "channel": CHANNEL})


def test_s24_a_file_without_words_gets_a_kind_sentence(ann: Person, server: Running) -> None:
    file = {"id": "F1", "mimetype": "image/jpeg", "url_private": "https://files.example/xyzzy.jpg"}
    got = say(ann, server, "", subtype="file_share", files=[file])
    assert shown(got) == phrase("only_words")
    assert heard(server, ann.conversation) == []
    assert not any("xyzzy" in str(row) for row in sql(server, "SELECT * FROM accepted"))


def test_s24_the_words_with_a_file_are_read(ann: Person, server: Running) -> None:
    say(ann, server, "my knee is swollen", subtype="file_share", files=[{"id": "F1"}])
    assert heard(server, ann.conversation) == ["my knee is swollen"]


def test_nothing_that_can_be_read_gets_a_kind_sentence(ann: Person, server: Running) -> None:
    assert shown(say(ann, server, "<@U0BOT>")) == phrase("nothing_to_read")
    assert shown(say(ann, server, " \u200b\x00 /".replace("\u200b", ""))) == phrase(
        "nothing_to_read"
    )
    assert heard(server, ann.conversation) == []


def test_s11_other_interactions_are_quietly_acknowledged(ann: Person, server: Running) -> None:
    say(ann, server, ACHES)
    tick = {"type": "checkboxes", "action_id": "ticks", "selected_options": []}
    before = sql(server, "SELECT COUNT(*) FROM accepted")
    for body in (
        press_body(ann.id, ann.got[-1], tick),
        {"type": "view_submission", "user": {"id": ann.id}, "team": {"id": TEAM}, "view": {}},
        {"type": "view_closed", "user": {"id": ann.id}},
        {"type": "shortcut", "callback_id": "x", "user": {"id": ann.id}},
        {"type": "message_action", "user": {"id": ann.id}},
        {"type": "block_suggestion"},
        {"type": "block_actions", "actions": []},
        {"type": "block_actions", "actions": [None]},
        {"type": "block_actions"},
        {},
    ):
        assert ann.interact(body).status == 200
    assert sql(server, "SELECT COUNT(*) FROM accepted") == before


# --- how Slack writes ----------------------------------------------------------------------------


def test_s17_s23_marks_and_escapes_are_read_as_they_were_written(
    ann: Person, server: Running
) -> None:
    say(ann, server, "pain &lt; 3 &amp; no swelling, see <http://a.example|a.example>")
    say(ann, server, "write me: <mailto:ann@a.example|ann@a.example> or <http://b.example/x>")
    assert heard(server, ann.conversation) == [
        "pain < 3 & no swelling, see a.example",
        "write me: ann@a.example or http://b.example/x",
    ]


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "APPLICATION/JSON"])
def test_s20_the_kind_of_the_body_may_have_parameters(
    kind: str, ann: Person, server: Running
) -> None:
    raw, headers = json_request(event_body(message_event(ann.id, "hello", ann.slack.ts())))
    assert ann.send(raw, {**headers, "Content-Type": kind}).status == 200
    settle(server)
    assert heard(server, ann.conversation) == ["hello"]


def test_another_kind_of_body_is_refused(ann: Person) -> None:
    raw, headers = json_request(event_body(message_event(ann.id, "hello", "1.1")))
    assert ann.send(raw, {**headers, "Content-Type": "text/plain"}).status == 400


@pytest.mark.parametrize(
    "text", ["/greet", '/greet{"age": 3}', "/ /deny", '/set_slot{"has_fever": false}']
)
def test_s21_a_slash_reaches_no_intent(text: str, ann: Person, server: Running) -> None:
    say(ann, server, text)
    assert heard(server, ann.conversation) == [text.lstrip("/ ")]
    query = "SELECT data FROM events WHERE sender_id = ? AND type_name = 'user'"
    told_as = json.loads(sql(server, query, ann.conversation)[0][0])["parse_data"]["intent"]
    assert told_as["name"] != "set_slot"
    assert "restart" not in str(
        sql(server, "SELECT type_name FROM events WHERE sender_id = ?", ann.conversation)
    )


def test_a_lone_surrogate_is_no_trouble(ann: Person, server: Running) -> None:
    raw, headers = json_request(
        json.dumps(event_body(message_event(ann.id, "he\ud800llo", ann.slack.ts()))).encode()
    )
    assert ann.send(raw, headers).status == 200
    settle(server)
    assert heard(server, ann.conversation) == ["hello"]


@pytest.mark.parametrize("letters", [2_001, 40_000, 1_000_000])
def test_what_is_too_long_gets_a_kind_sentence(letters: int, ann: Person, server: Running) -> None:
    start = time.monotonic()
    answer = ann.say("a" * letters)
    assert time.monotonic() - start < 3
    assert shown(told(ann, server, answer, 0)) == phrase("too_long")
    assert heard(server, ann.conversation) == []
    assert shown(say(ann, server, "hello"))


def test_more_than_slack_ever_sends_is_refused(ann: Person) -> None:
    assert ann.say("🏃" * 1_000_000).status == 413


# --- channels ------------------------------------------------------------------------------------


def in_channel(slack: FakeSlack, ts: str) -> list[dict[str, Any]]:
    return [m for m in slack.posted(CHANNEL) if m.get("thread_ts") == ts]


def test_s04_a_mention_in_a_channel_is_moved_to_private(ann: Person, server: Running) -> None:
    ts = ann.slack.ts()
    assert ann.mention("my knee hurts when i jog, xyzzy", ts).status == 200
    settle(server)
    assert [texts(m) for m in in_channel(ann.slack, ts)] == [phrase("write_in_private")]
    assert not any("thread_ts" not in m for m in ann.slack.posted(CHANNEL))
    assert ann.got  # what was asked is answered where nobody else reads it
    assert heard(server, ann.conversation) == ["my knee hurts when i jog, xyzzy"]


def test_a_bare_mention_is_greeted_in_private(ann: Person, server: Running) -> None:
    thread = ann.slack.ts()
    assert ann.mention("", thread_ts=thread).status == 200
    settle(server)
    assert [texts(m) for m in in_channel(ann.slack, thread)] == [phrase("write_in_private")]
    assert len(ann.got) == 1


def test_s22_what_is_said_in_private_is_not_told_in_a_channel(ann: Person, server: Running) -> None:
    say(ann, server, "i have pain behind my right kneecap and a fever")
    ts = ann.slack.ts()
    ann.mention("what did i tell you?", ts)
    settle(server)
    assert [texts(m) for m in in_channel(ann.slack, ts)] == [phrase("write_in_private")]


def test_two_people_have_two_conversations(ann: Person, server: Running, slack: FakeSlack) -> None:
    bob = Person(slack, server.port)
    say(ann, server, ACHES)
    say(bob, server, "hello")
    assert heard(server, bob.conversation) == ["hello"]
    assert heard(server, ann.conversation) == [ACHES]


def test_an_answer_in_a_thread_stays_there(ann: Person, server: Running) -> None:
    thread = ann.slack.ts()
    got = say(ann, server, "hello", thread_ts=thread)
    assert {m["thread_ts"] for m in got} == {thread}


# --- the slash command ---------------------------------------------------------------------------


def test_s12_the_command_is_answered_in_private(ann: Person, server: Running) -> None:
    start = time.monotonic()
    answer = ann.command("is ice any use for a sore knee?")
    assert time.monotonic() - start < 3
    assert answer.json == {"response_type": "ephemeral", "text": phrase("answer_in_private")}
    settle(server)
    assert "15 minutes" in shown(ann.got)
    assert heard(server, ann.conversation) == ["is ice any use for a sore knee?"]


def test_the_bare_command_greets(ann: Person, server: Running) -> None:
    assert ann.command("").status == 200
    settle(server)
    assert len(ann.got) == 1


def test_s12_a_form_that_is_neither_is_refused(ann: Person) -> None:
    assert ann.send(*form_request({"hello": "there"})).status == 400
    assert ann.send(*form_request({"payload": "no JSON"})).status == 400
    assert ann.send(*form_request({"ssl_check": "1", "token": "x"})).status == 200
    form = {**command_form(ann.id, "hello"), "user_id": "?"}
    assert ann.send(*form_request(form)).status == 200


# --- limits of what is posted --------------------------------------------------------------------


def test_s14_more_buttons_than_five_are_all_there(ann: Person, server: Running) -> None:
    say(ann, server, ACHES)
    press(ann, server, "None of these")
    press(ann, server, "Less than a week")
    press(ann, server, "Slowly, bit by bit")
    assert "10" in [title for m in ann.got for title in titles(m)]


def test_s13_pictures_come_with_words_for_who_cannot_see_them(ann: Person, server: Running) -> None:
    say(ann, server, "hello")
    say(ann, server, "my knee hurts")
    for _ in range(4):
        if "Where does it hurt" in shown(ann.got):
            break
        press(ann, server, "None of these")
    files = [f for m in ann.slack.posted(ann.channel) for f in m.get("files", ())]
    assert files, server.printed()
    assert files[0]["filename"] == "kneemap.png"
    assert files[0]["alt_txt"]
    assert files[0]["bytes"].startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("method", "fault"),
    [
        ("files.getUploadURLExternal", {"error": "file_upload_size_restricted"}),
        ("files.getUploadURLExternal", {"status": 500}),
        ("upload", {"status": 500}),
        ("files.completeUploadExternal", {"error": "internal_error"}),
        ("files.completeUploadExternal", {"drop": True}),
    ],
)
def test_a_picture_that_fails_loses_no_words(
    method: str, fault: dict[str, Any], ann: Person, server: Running
) -> None:
    ann.slack.fault(method, times=10, **fault)
    say(ann, server, "my knee hurts")
    press(ann, server, "None of these")
    assert "Where does it hurt" in shown(ann.got)
    assert "Front" in " ".join(titles(ann.got[-1]))


# --- when Slack or the database fails ------------------------------------------------------------


def test_s16_a_rate_limit_is_kept_to(ann: Person, server: Running) -> None:
    ann.slack.fault("chat.postMessage", times=2, status=429, retry_after=2)
    since = len(ann.slack.called("chat.postMessage"))
    assert len(say(ann, server, "hello")) == 1
    times = [call.at for call in ann.slack.called("chat.postMessage")[since:]]
    assert len(times) == 3
    assert all(later - sooner >= 2 for sooner, later in itertools.pairwise(times))


FAULTS: dict[str, dict[str, Any]] = {
    "S15 500": {"status": 500, "times": 2},
    "S15 503": {"status": 503},
    "S15 an error that passes": {"error": "internal_error"},
    "S15 502 with JSON": {"status": 502, "error": "fatal_error"},
    "S25 dropped": {"drop": True, "times": 2},
    "reply lost": {"drop": True, "after": True},
    "500 although it was posted": {"status": 500, "after": True},
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_what_fails_is_posted_once_in_the_end(
    fault: dict[str, Any], ann: Person, server: Running
) -> None:
    ann.slack.fault("chat.postMessage", **fault)
    assert len(say(ann, server, "hello")) == 1
    assert len(say(ann, server, ACHES)) == 1
    assert heard(server, ann.conversation) == ["hello", ACHES]


def test_s19_a_slow_slack_does_not_hold_up_the_acknowledgement(
    ann: Person, server: Running
) -> None:
    ann.slack.fault("chat.postMessage", slow=5)
    start = time.monotonic()
    assert ann.say("hello").status == 200
    assert ann.say("how are you").status == 200
    assert request(server.port, "/health").status == 200
    assert time.monotonic() - start < 3
    settle(server)
    assert len(ann.got) == 2


def test_blocks_that_are_refused_leave_the_words(ann: Person, server: Running) -> None:
    ann.slack.fault("chat.postMessage", error="invalid_blocks")
    got = say(ann, server, LOCKED)
    assert got[0]["blocks"] == []
    assert "today" in got[0]["text"] or "now" in got[0]["text"]


@pytest.mark.parametrize("error", ["user_disabled", "channel_not_found", "account_inactive"])
def test_what_slack_will_never_take_is_given_up_and_logged(
    error: str, ann: Person, server: Running
) -> None:
    ann.slack.fault("chat.postMessage", error=error, times=3)
    calls = len(ann.slack.called("chat.postMessage"))
    assert say(ann, server, LOCKED) == []
    tried = len(ann.slack.called("chat.postMessage")) - calls
    assert heard(server, ann.conversation) == [LOCKED]  # the turn is kept all the same
    lines = [line for line in server.printed().splitlines() if f"reason={error}" in line]
    assert len(lines) == tried >= 1
    assert any("warning=True" in line for line in lines)
    assert not any(ann.id in line for line in lines)


def test_who_cannot_be_written_to_is_given_up(server: Running, slack: FakeSlack) -> None:
    ann = Person(slack, server.port)
    slack.fault("conversations.open", error="cannot_dm_bot", times=3)
    assert ann.command("hello").status == 200
    settle(server)
    assert ann.got == []
    assert "reason=cannot_dm_bot" in server.printed()


def test_slack_away_for_a_while_loses_nothing(tmp_path: Path) -> None:
    slack = FakeSlack()
    with slack.running():
        url, ann = slack.url, Person(slack, 0)
    with serving(tmp_path, **KEYS, KNEEWISE_SLACK_API_BASE_URL=url) as server:
        ann.port = server.port
        for text in ("hello", LOCKED):
            assert ann.say(text).status == 200
        time.sleep(2)
        assert unsettled(server)
        assert ann.got == []
        with slack.running():
            settle(server)
            assert heard(server, ann.conversation) == ["hello", LOCKED]
            assert len(ann.got) >= 2
            # A warning goes first.
            assert ann.got[0]["blocks"][0]["text"]["text"].startswith("*")


def test_a_database_that_is_away_has_slack_send_again(ann: Person, server: Running) -> None:
    raw, headers = json_request(event_body(message_event(ann.id, "hello", ann.slack.ts())))
    sql(server, "ALTER TABLE accepted RENAME TO away", change=True)
    try:
        answer = ann.send(raw, headers)
        assert (answer.status, answer.json["error"]) == (503, "failed")
        # A command is never sent again, so who gave it is told.
        command = ann.command("hello")
        assert command.json == {"response_type": "ephemeral", "text": APOLOGY}
    finally:
        sql(server, "ALTER TABLE away RENAME TO accepted", change=True)
    assert len(told(ann, server, ann.send(raw, headers), 0)) == 1
    assert heard(server, ann.conversation) == ["hello"]


# --- a burst, and crashes ------------------------------------------------------------------------


def test_s27_sixty_in_a_burst_are_answered_in_order(ann: Person, server: Running) -> None:
    wanted = [f"is ice any use, number {n}" for n in range(60)]
    for text in wanted:
        start = time.monotonic()
        assert ann.say(text).status == 200
        assert time.monotonic() - start < 3
    settle(server, within=PATIENCE)
    assert heard(server, ann.conversation) == wanted
    assert len(ann.got) >= 60


def test_more_than_that_is_answered_once_that_it_is_too_much(ann: Person, server: Running) -> None:
    file = {"subtype": "file_share", "files": [{"id": "F1"}]}
    for _ in range(110):
        assert ann.say("", **file).status == 200
    settle(server)
    got = [texts(m) for m in ann.got]
    assert got.count(phrase("slow_down")) == 1
    assert 60 <= got.count(phrase("only_words")) < 100


def test_a_crash_between_acknowledgement_and_answer_loses_nothing(
    tmp_path: Path, slack: FakeSlack
) -> None:
    settings = {**KEYS, "KNEEWISE_SLACK_API_BASE_URL": slack.url}
    wanted = [f"is ice any use, number {n}" for n in range(12)]
    with serving(tmp_path, **settings) as first:
        ann = Person(slack, first.port)
        for text in wanted:
            assert ann.say(text).status == 200
        first.process.send_signal(signal.SIGKILL)
        first.process.wait(20)
        assert unsettled(first) > 1  # it was in time
        before = len(heard(first, ann.conversation))
        assert before < 12
    with serving(tmp_path, **settings) as second:
        settle(second)
        assert heard(second, ann.conversation) == wanted
        posted = [texts(message) for message in ann.got]
        wanted_posts = spoken(second, ann.conversation)
        # The very one that was posted when the crash came may be there twice.
        assert any(
            posted[:n] + posted[n + extra :] == wanted_posts
            for n, extra in [(0, 0), *((n, 1) for n in range(len(posted)))]
        ), (posted, wanted_posts)
        ann.port = second.port
        # What was seen before the crash is not answered again after it.
        assert say(ann, second, "is heat any use?")
        assert press(ann, second, titles(ann.got[-1])[0]) if titles(ann.got[-1]) else True


# --- forgetting, and what is written where -------------------------------------------------------


@pytest.mark.parametrize("how", ["words", "command"])
def test_forgetting_deletes_all_for_good(how: str, ann: Person, server: Running) -> None:
    word = f"plugh{ann.id.lower()}"
    folder = server.log.parent
    say(ann, server, f"{ACHES} since {word}")
    assert holds(folder, word)
    if how == "words":
        assert say(ann, server, "please forget me")
    else:
        assert ann.command("forget me").status == 200
        settle(server)
    query = "SELECT COUNT(*) FROM events WHERE sender_id = ?"
    assert sql(server, query, ann.conversation) == [(0,)]
    for table in ("accepted", "due"):
        assert not any(ann.id in str(row) for row in sql(server, f"SELECT * FROM {table}"))  # noqa: S608
    wait_until_gone(folder, word)
    wait_until_gone(folder, ann.id)


def test_once_answered_no_words_are_left_in_the_post(ann: Person, server: Running) -> None:
    say(ann, server, "xyzzy pain under my left kneecap")
    rows = [*sql(server, "SELECT * FROM accepted"), *sql(server, "SELECT * FROM due")]
    assert not any("xyzzy" in str(row) or ann.id in str(row) for row in rows)


def test_nothing_of_a_person_is_in_the_log(ann: Person, server: Running) -> None:
    say(ann, server, "xyzzy pain under my left kneecap")
    ann.command("xyzzy in private")
    ann.mention("xyzzy in a channel")
    ann.slack.fault("chat.postMessage", drop=True)
    say(ann, server, "xyzzy with trouble")
    ann.send(*form_request({"payload": "xyzzy"}))
    ann.send(b"xyzzy", {"Content-Type": "application/json"})
    settle(server)
    printed = server.printed()
    assert "Kneewise answers" in printed
    for private in (
        "xyzzy",
        "kneecap",
        "hello",
        TOKEN,
        SECRET,
        ann.id,
        ann.channel,
        TEAM,
        "Traceb",
    ):
        assert private not in printed, private


def test_the_manifest_asks_for_what_is_used_and_no_more(ann: Person, server: Running) -> None:
    say(ann, server, "my knee hurts")
    press(ann, server, "None of these")  # the question with a picture
    ann.command("hello")
    ann.slack.fault("chat.postMessage", drop=True, after=True)
    say(ann, server, "is ice any use?")
    beyond = {"app_mentions:read", "commands"}  # for what Slack sends, not for what is called
    assert ann.slack.granted == ann.slack.used_scopes | beyond
    # In a channel it may not look whether its pointer arrived, and does without.
    missing = [line for line in ann.slack.refused if "missing_scope" in line]
    assert not [line for line in missing if "conversations.replies" not in line]


# --- Socket Mode ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def by_socket(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Running, FakeSlack]]:
    """A server without a public address, and a Slack of its own."""
    folder = tmp_path_factory.mktemp("socket")
    with FakeSlack().running() as slack:
        slack.fault("apps.connections.open", status=503, times=3)  # Slack is not there at first
        keys = {"KNEEWISE_SLACK_TOKEN": TOKEN, "KNEEWISE_SLACK_APP_TOKEN": APP_TOKEN}
        settings = {**keys, "KNEEWISE_SLACK_API_BASE_URL": slack.url, "LOG_LEVEL": "INFO"}
        with serving(folder, **settings) as server:
            wait_for_connection(slack, 1)
            yield server, slack
        assert "secret-ticket" not in server.printed()
        assert APP_TOKEN not in server.printed()
        assert "was destroyed but it is pending" not in server.printed()


def wait_for_connection(slack: FakeSlack, number: int) -> None:
    end = time.monotonic() + 60
    while slack.connections < number or not slack._sockets:
        assert time.monotonic() < end
        time.sleep(0.1)


_envelopes = itertools.count(1)


def envelope(kind: str, payload: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "envelope_id": f"envelope-{next(_envelopes)}",
        "type": kind,
        "payload": payload,
        "accepts_response_payload": kind == "slash_commands",
        **more,
    }


def acknowledged(slack: FakeSlack, name: str, within: float = 10) -> dict[str, Any] | None:
    end = time.monotonic() + within
    while time.monotonic() < end:
        found = [a for a in slack.acknowledged if a["envelope_id"] == name]
        if found:
            return found[0]
        time.sleep(0.02)
    return None


def test_socket_mode_takes_events_presses_and_commands(
    by_socket: tuple[Running, FakeSlack],
) -> None:
    server, slack = by_socket
    ann = Person(slack, server.port)
    event = event_body(message_event(ann.id, ACHES, slack.ts()))
    sent = [envelope("events_api", event, retry_attempt=n, retry_reason="") for n in (0, 1)]
    for one in sent:
        slack.push(one)
        assert acknowledged(slack, one["envelope_id"])
    settle(server)
    assert heard(server, ann.conversation) == [ACHES]
    assert titles(ann.got[-1])[0] == "Send"
    action = {"type": "button", "action_id": "press-16", "value": button_id("None of these")}
    slack.push(envelope("interactive", press_body(ann.id, ann.got[-1], action)))
    command = envelope("slash_commands", command_form(ann.id, "is ice any use?"))
    slack.push(command)
    receipt = acknowledged(slack, command["envelope_id"])
    assert receipt
    assert receipt["payload"]["text"] == phrase("answer_in_private")
    settle(server)
    assert heard(server, ann.conversation) == [ACHES, "None of these", "is ice any use?"]


def test_socket_mode_keeps_the_order(by_socket: tuple[Running, FakeSlack]) -> None:
    server, slack = by_socket
    ann = Person(slack, server.port)
    wanted = [f"is ice any use, number {n}" for n in range(20)]
    for text in wanted:
        slack.push(envelope("events_api", event_body(message_event(ann.id, text, slack.ts()))))
    time.sleep(1)
    settle(server)
    assert heard(server, ann.conversation) == wanted


def test_socket_mode_does_not_acknowledge_what_was_not_stored(
    by_socket: tuple[Running, FakeSlack],
) -> None:
    server, slack = by_socket
    ann = Person(slack, server.port)
    one = envelope("events_api", event_body(message_event(ann.id, "hello", slack.ts())))
    sql(server, "ALTER TABLE accepted RENAME TO away", change=True)
    try:
        slack.push(one)
        assert acknowledged(slack, one["envelope_id"], within=2) is None
    finally:
        sql(server, "ALTER TABLE away RENAME TO accepted", change=True)
    slack.push(one)
    assert acknowledged(slack, one["envelope_id"])
    settle(server)
    assert heard(server, ann.conversation) == ["hello"]


@pytest.mark.parametrize("way", ["asked to", "cut"])
def test_socket_mode_connects_again(way: str, by_socket: tuple[Running, FakeSlack]) -> None:
    server, slack = by_socket
    number = slack.connections
    if way == "asked to":
        slack.push({"type": "disconnect", "reason": "refresh_requested", "debug_info": {}})
    else:
        slack.close_sockets()
    wait_for_connection(slack, number + 1)
    ann = Person(slack, server.port)
    one = envelope("events_api", event_body(message_event(ann.id, "hello", slack.ts())))
    slack.push(one)
    assert acknowledged(slack, one["envelope_id"])
    settle(server)
    assert len(ann.got) == 1


def test_with_socket_mode_alone_nothing_is_taken_by_http(
    by_socket: tuple[Running, FakeSlack],
) -> None:
    server, slack = by_socket
    answer = Person(slack, server.port).say("hello")
    assert (answer.status, answer.json["error"]) == (404, "off")
