"""What Slack and people do, and what a connector makes of it: the cases of `channels_slack`.

Each says what happened, and whether that is what a runner needs. S01 to S26 are the rows of the
measurements of Rasa's own connector.
"""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable
from typing import Any

from benchmarks.connectors import Verdict
from benchmarks.slack_target import Target, fakes, sender

ACHES = "it aches around my left kneecap whenever i jog"
PLAIN = "thank you"
"""Answered by one text, without buttons and cards: so a case is about one thing only."""
SOON = 3.0
"""Seconds in which Slack wants to be answered."""
CHOICES = 18
"""What the first safety question offers: 16 signs, none of these, skip."""
BURST, CRASHED = 60, 8
OK, DENIED = 200, (400, 401)


def count(person: Any) -> str:
    """How many posts a person got."""
    number = len(person.got)
    return f"{number} answer{'s' * (number != 1)}"


def challenge(target: Target) -> Verdict:
    """S01: the address is verified."""
    body = sender.json_request({"type": "url_verification", "challenge": "xyz"})
    answer = target.person().send(*body)
    return f"{answer.status} {answer.text[:30]}", answer.status == OK and "xyz" in answer.text


def forged(target: Target) -> Verdict:
    """S03: an event with a forged signature."""
    person = target.person()
    body = json.dumps(sender.event_body(sender.message_event(person.id, "hello", "1.1"))).encode()
    headers = {"Content-Type": "application/json", **sender.signed(body, "another")}
    answer = person.send(body, headers)
    target.quiet()
    return f"{answer.status}, {count(person)}", answer.status in DENIED and not person.got


def stale(target: Target) -> Verdict:
    """S03: a signature that is 10 minutes old."""
    person = target.person()
    body = json.dumps(sender.event_body(sender.message_event(person.id, "hello", "1.1"))).encode()
    headers = sender.signed(body, at=time.time() - 600)
    answer = person.send(body, {"Content-Type": "application/json", **headers})
    target.quiet()
    return f"{answer.status}, {count(person)}", answer.status in DENIED and not person.got


def _retries(target: Target, *reasons: str | None) -> Verdict:
    person = target.person()
    event = sender.event_body(sender.message_event(person.id, "hello", target.slack.ts()))
    raw, headers = sender.json_request(event)
    for number, reason in enumerate(reasons):
        retry = {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": reason}
        person.send(raw, {**headers, **(retry if reason else {})})
    target.quiet()
    return count(person), len(person.got) == 1


def retried_error(target: Target) -> Verdict:
    """S05: the same event again, as a retry after http_error."""
    return _retries(target, None, "http_error")


def retried_lost(target: Target) -> Verdict:
    """S06: only the retry after http_timeout arrives."""
    return _retries(target, "http_timeout")


def replayed(target: Target) -> Verdict:
    """S07: the same signed request sent again by somebody who saw it."""
    return _retries(target, None, None, None)


def doubled(target: Target) -> Verdict:
    """S08: one message that comes as a mention too."""
    person = target.person()
    ts = target.slack.ts()
    mention = sender.mention_event(person.id, "hello", ts)
    person.event({**mention, "channel": person.channel})
    person.say(f"<@{fakes.BOT_USER}> hello", ts)
    target.quiet()
    return count(person), len(person.got) == 1


def joined(target: Target) -> Verdict:
    """S09: a join notice."""
    person = target.person()
    person.say("<@U1> has joined the channel", subtype="channel_join")
    target.quiet()
    return count(person), not person.got


def file_only(target: Target) -> Verdict:
    """S24: a photo without words."""
    person = target.person()
    person.say("", subtype="file_share", files=[{"id": "F1", "mimetype": "image/jpeg"}])
    target.quiet()
    return count(person), len(person.got) == 1


def mention(target: Target) -> Verdict:
    """S04: a health question in a channel."""
    person = target.person()
    before = len(target.slack.posted(fakes.CHANNEL))
    person.mention("my knee hurts and i have a fever")
    target.quiet()
    there = target.slack.posted(fakes.CHANNEL)[before:]
    openly = [m for m in there if "thread_ts" not in m]
    told = "openly in the channel" if openly else "pointed to private in its thread"
    return f"{told}, {count(person)} in private", not openly and bool(person.got)


def buttons(target: Target) -> Verdict:
    """S10, S14: the choices of the safety question."""
    person = target.person()
    person.say(ACHES)
    target.quiet()
    shown = [t for m in person.got for t in (*sender.titles(m), *sender.options(m))]
    number = len([title for title in shown if title != "Send"])
    return f"{number} of {CHOICES} shown", number == CHOICES


def card(target: Target) -> Verdict:
    """An answer with a card, which Slack does not know."""
    person = target.person()
    person.say("is ice any use?")
    target.quiet()
    stored = bool(target.heard(person))
    told = f"{count(person)}, turn {'stored' if stored else 'lost'}"
    return told, bool(person.got) and stored


def by_buttons(target: Target) -> Verdict:
    """The safety question answered by a press on its last button."""
    person = target.person()
    person.say(ACHES)
    target.quiet()
    shown = next((m for m in person.got if "None of these" in sender.titles(m)), None)
    if shown is None:
        return "no such button", False
    before = len(person.got)
    person.press("None of these", shown)
    target.quiet()
    return count(person), len(person.got) > before


def other_interactions(target: Target) -> Verdict:
    """S11: a ticked box, a closed view, a shortcut."""
    person = target.person()
    message = {"ts": "9.1", "channel": person.channel, "blocks": []}
    tick = {"type": "checkboxes", "action_id": "ticks", "selected_options": []}
    ids = {"user": {"id": person.id}, "team": {"id": fakes.TEAM}}
    bodies = [
        sender.press_body(person.id, message, tick),
        {"type": "view_submission", "view": {}, **ids},
        {"type": "shortcut", "callback_id": "x", **ids},
    ]
    statuses = [person.interact(body).status for body in bodies]
    return str(statuses), statuses == [OK] * 3


def command(target: Target) -> Verdict:
    """S12: the slash command."""
    person = target.person()
    start = time.monotonic()
    answer = person.command("is ice any use?")
    taken = time.monotonic() - start
    target.quiet()
    return f"{answer.status}, {count(person)}", (
        answer.status == OK and taken < SOON and bool(person.got)
    )


def charset(target: Target) -> Verdict:
    """S20: application/json; charset=utf-8."""
    person = target.person()
    event = sender.event_body(sender.message_event(person.id, "hello", target.slack.ts()))
    raw, headers = sender.json_request(event)
    person.send(raw, {**headers, "Content-Type": "application/json; charset=utf-8"})
    target.quiet()
    return count(person), len(person.got) == 1


def _read(target: Target, text: str, wanted: str) -> Verdict:
    person = target.person()
    person.say(text)
    target.quiet()
    heard = [words for _, words in target.heard(person)]
    return " ".join(heard)[:60] or "nothing", heard == [wanted]


def escapes(target: Target) -> Verdict:
    """S17: `pain &lt; 3 &amp; no swelling`, as Slack escapes it."""
    return _read(target, "pain &lt; 3 &amp; no swelling", "pain < 3 & no swelling")


def links(target: Target) -> Verdict:
    """S23: an address that Slack made a link of."""
    return _read(target, "i am <mailto:ann@a.example|ann@a.example>", "i am ann@a.example")


def slash_intent(target: Target) -> Verdict:
    """S21: somebody types `/greet{"age": "99"}`."""
    person = target.person()
    person.say('/greet{"age": "99"}')
    target.quiet()
    heard = [words for _, words in target.heard(person)]
    ordered = bool(heard) and heard[0].startswith("/")
    return ("taken as a command" if ordered else "read as words"), bool(heard) and not ordered


def _with_fault(target: Target, method: str, **fault: Any) -> Verdict:
    person = target.person()
    target.slack.fault(method, **fault)
    person.say(PLAIN)
    target.quiet(40, 6)
    target.slack.mend()
    stored = bool(target.heard(person))
    told = f"{count(person)}, turn {'stored' if stored else 'lost'}"
    return told, len(person.got) == 1 and stored


def rate_limited(target: Target) -> Verdict:
    """S16: an answer, and the Web API answers 429 twice."""
    return _with_fault(target, "chat.postMessage", status=429, retry_after=1, times=2)


def server_error(target: Target) -> Verdict:
    """S15: an answer, and the Web API answers 500 twice."""
    return _with_fault(target, "chat.postMessage", status=500, times=2)


def dropped(target: Target) -> Verdict:
    """S25: an answer, and the connection is dropped twice."""
    return _with_fault(target, "chat.postMessage", drop=True, times=2)


def reply_lost(target: Target) -> Verdict:
    """An answer is posted, and the reply is lost."""
    return _with_fault(target, "chat.postMessage", drop=True, after=True)


def disabled(target: Target) -> Verdict:
    """S25: the person cannot be written to any more."""
    person = target.person()
    target.slack.fault("chat.postMessage", error="user_disabled", times=3)
    person.say(PLAIN)
    target.quiet()
    target.slack.mend()
    stored = bool(target.heard(person))
    return ("turn stored" if stored else "turn lost"), stored


def slow(target: Target) -> Verdict:
    """S19: the Web API takes 5 seconds."""
    person = target.person()
    target.slack.fault("chat.postMessage", slow=5)
    start = time.monotonic()
    person.say("hello")
    taken = time.monotonic() - start
    target.quiet(20, 6)
    told = "within 3 s" if taken < SOON else f"after {taken:.0f} s"
    return f"acknowledged {told}, {count(person)}", taken < SOON and bool(person.got)


def burst(target: Target) -> Verdict:
    """60 messages in a burst."""
    person = target.person()
    wanted = [f"{PLAIN} {n}" for n in range(BURST)]
    for text in wanted:
        person.say(text)
    target.quiet(300, 45)
    heard = [words for _, words in target.heard(person)]
    order = "in order" if heard == wanted else "not in order"
    return f"{len(heard)} answered, {order}", heard == wanted


def million(target: Target) -> Verdict:
    """A message of 1,000,000 characters."""
    person = target.person()
    person.say("a" * 1_000_000)
    start = time.monotonic()
    other = target.person()
    other.say("hello")
    held = time.monotonic() - start
    target.quiet(60, 10)
    told = f"others held up {held:.1f} s, {count(person)}"
    return told, held < SOON and len(person.got) == 1


def crashed(target: Target) -> Verdict:
    """Killed (kill -9) between acknowledgement and answer."""
    person = target.person()
    for n in range(CRASHED):
        person.say(f"{PLAIN} {n}")
    target.server.process.send_signal(signal.SIGKILL)
    target.server.process.wait(20)
    target.start()
    target.quiet(60, 6)
    heard = len({words for _, words in target.heard(person)})
    return f"{heard} of {CRASHED} answered", heard == CRASHED


CASES: tuple[Callable[[Target], Verdict], ...] = (
    *(challenge, forged, stale, retried_error, retried_lost, replayed, doubled, joined, file_only),
    *(
        mention,
        buttons,
        card,
        by_buttons,
        other_interactions,
        command,
        charset,
        escapes,
        links,
    ),
    *(slash_intent, rate_limited, server_error, dropped, reply_lost, disabled, slow, million),
    *(burst, crashed),
)
