"""What Telegram and people do, and what a connector makes of it: the cases of `channels_telegram`.

Each says what happened, and whether that is what a runner needs.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from typing import Any

from benchmarks.connectors import Verdict
from benchmarks.programs import running
from benchmarks.telegram_target import Person, Target, tg

OK, FORBIDDEN = 200, 403
SOON = 1.0
"""Seconds in which an update should be acknowledged, whatever the Bot API takes."""
HELD_UP = 3.0
"""Seconds for which one message may hold up all others."""
BURST, CRASHED = 60, 8
PRESSED = (
    *("None of these", "Front of the knee, or around the kneecap", "2 to 6 weeks"),
    *("Slowly, bit by bit", "Running", "3", "16 to 49"),
)
"""The answers that lead from the first pain to a plan."""

Case = Callable[[Target], Verdict]


def _count(person: Person) -> str:
    return f"{len(person.got)} answer{'s' * (len(person.got) != 1)}"


def _secret(target: Target) -> str:
    """What Telegram sends along, as it was told to."""
    return str(target.fake.webhook.get("secret_token", ""))


def _quiet(person: Person, update: Any) -> Verdict:
    """What an update should lead to: an acknowledgement and nothing else."""
    status = person.send(update, _secret(person.target))
    person.target.quiet()
    return f"{status}, {_count(person)}", status == OK and not person.got


def hello(target: Target) -> Verdict:
    """A message is answered."""
    person = target.person()
    status = person.say("hello")
    return f"{status}, {_count(person)}", (status, len(person.got)) == (OK, 1)


def plan(target: Target) -> Verdict:
    """An assessment by buttons, from first pain to a plan."""
    person = target.person()
    person.say("my knee hurts")
    for title in PRESSED:
        if person.press(title) != OK:
            return f"stopped before {title!r}", False
    done = "A plan for the next two weeks" in person.heard
    return "a plan" if done else "no plan", done


def warning(target: Target) -> Verdict:
    """An assessment by text, to an urgent warning."""
    person = target.person()
    person.say("it aches around my left kneecap whenever i jog")
    person.say("since this morning my calf is swollen and i am short of breath")
    return "warned" if "112" in person.heard else _count(person), "112" in person.heard


def forged(target: Target) -> Verdict:
    """A forged update, without the secret."""
    person = target.person()
    status = person.send(person.text("hello"), "forged")
    target.quiet()
    return f"{status}, {_count(person)}", status == FORBIDDEN and not person.got


def registered(target: Target) -> Verdict:
    """Registered with a secret and the wanted kinds of updates."""
    hook = target.fake.webhook
    given = [key for key in ("secret_token", "allowed_updates") if hook.get(key)]
    return ", ".join(given) or "neither", len(given) == len(("secret", "kinds"))


def open_set_webhook(target: Target) -> Verdict:
    """A stranger asks for /set_webhook."""
    before = len(target.fake.called("setWebhook"))
    answer = running.request(target.fake.bot_port, "/webhooks/telegram/set_webhook")
    after = len(target.fake.called("setWebhook"))
    refused = 400 <= answer.status < 500  # noqa: PLR2004 - the requests that are refused
    return f"{answer.status}", refused and before == after


def nothing(target: Target) -> Verdict:
    """A body that is `null`."""
    status = target.fake.post(b"null", target.fake.webhook.get("secret_token", ""))
    return f"{status}", OK <= status < 500  # noqa: PLR2004 - the server's own errors


def repeated(target: Target) -> Verdict:
    """An update that comes three times."""
    person = target.person()
    update = person.text("hello")
    for _ in range(3):
        person.send(update)
    target.quiet()
    return _count(person), len(person.got) == 1


def repeated_at_once(target: Target) -> Verdict:
    """An update that comes six times at once."""
    person = target.person()
    person.at_once([person.text("hello")] * 6, 20)
    target.quiet()
    return _count(person), len(person.got) == 1


def edited(target: Target) -> Verdict:
    """An edited message."""
    person = target.person()
    fake = target.fake
    message = fake.message(person.number, text="hello", edit_date=1)
    return _quiet(person, fake.update("edited_message", message))


def moved(target: Target) -> Verdict:
    """A live location that moves on."""
    person = target.person()
    place = {"latitude": 53.349805, "longitude": -6.26031, "live_period": 60}
    message = target.fake.message(person.number, location=place, edit_date=1)
    return _quiet(person, target.fake.update("edited_message", message))


def blocked_by_them(target: Target) -> Verdict:
    """News that somebody blocked the bot."""
    person = target.person()
    change = {"chat": tg.private(person.number), "from": tg.person(person.number), "date": 1}
    old, new = ({"user": tg.BOT, "status": status} for status in ("member", "kicked"))
    content = {**change, "old_chat_member": old, "new_chat_member": {**new, "until_date": 0}}
    return _quiet(person, target.fake.update("my_chat_member", content))


def post(target: Target) -> Verdict:
    """A post in a channel."""
    person = target.person()
    channel = {"id": -1001, "title": "News", "type": "channel"}
    content = {"message_id": 1, "sender_chat": channel, "chat": channel, "date": 1, "text": "news"}
    return _quiet(person, target.fake.update("channel_post", content))


def waiting(target: Target) -> Verdict:
    """A pressed button stops waiting."""
    person = target.person()
    person.say("hello")
    status = person.press("My knee hurts")
    ended = status == OK and all(target.fake.queries.values())
    return "it does" if ended else f"{status}, it goes on", ended


def forged_press(target: Target) -> Verdict:
    """A press of what was never offered: `/restart`."""
    person = target.person()
    person.say("hello")
    update = target.fake.press(person.number, "/restart", person.got[0].message)
    person.send(update)
    target.quiet()
    done = any(turn["text"] == "/restart" for turn in person.turns())
    return "carried out" if done else "not carried out", not done


def orphan(target: Target) -> Verdict:
    """A press whose message is gone."""
    person = target.person()
    return _quiet(person, target.fake.press(person.number, "b:1"))


def command(target: Target) -> Verdict:
    """Somebody types `/report_red_flag{...}`."""
    person = target.person()
    person.say('/report_red_flag{"has_fever": true}')
    turns = person.turns()
    taken = any(turn["text"].startswith("/") for turn in turns)
    if not turns:
        return "not stored", False
    return "taken at its word" if taken else "read as text", not taken


def payload(target: Target) -> Verdict:
    """`/start club_42` from a link."""
    person = target.person()
    person.say("/start club_42")
    kept = any((turn["metadata"] or {}).get("start") == "club_42" for turn in person.turns())
    return "kept and greeted" if kept else "lost", kept and "Kneewise" in person.heard


def help_at(target: Target) -> Verdict:
    """`/help@OurBot`."""
    person = target.person()
    person.say(f"/help@{tg.BOT['username']}")
    helped = "Ask me anything" in person.heard
    return "helped" if helped else f"{_count(person)}, no help", helped


def location(target: Target) -> Verdict:
    """A location."""
    person = target.person()
    person.send(person.content(location={"latitude": 53.349805, "longitude": -6.26031}))
    target.quiet()
    kept = any("53.34" in str(turn["text"]) for turn in person.turns())
    return f"{_count(person)}, {'stored' if kept else 'not stored'}", bool(person.got) and not kept


def voice(target: Target) -> Verdict:
    """A voice message."""
    person = target.person()
    note = {"file_id": "A", "file_unique_id": "A", "duration": 3}
    person.send(person.content(voice=note))
    target.quiet()
    return _count(person), len(person.got) == 1


def caption(target: Target) -> Verdict:
    """A photo with a question below it."""
    person = target.person()
    photo = [{"file_id": "A", "file_unique_id": "A", "width": 9, "height": 9}]
    person.send(person.content(photo=photo, caption="should i put ice on it"))
    target.quiet()
    read = [turn["text"] for turn in person.turns()] == ["should i put ice on it"]
    return "read" if read else "ignored", read


def group(target: Target) -> Verdict:
    """Two members of a group write to it."""
    fake, club = target.fake, tg.group(-1_001_000_000_000 - len(target.fake.calls))
    for text in ("my knee locked yesterday", "@KneewiseTestBot can i run?", "/help"):
        target.person().send(target.person().content(chat=club, text=text))
    target.quiet()
    posts = fake.to(club["id"])
    about = [sent for sent in posts if "in private" in sent.text]
    return f"{len(posts)} posts, {len(about)} of them a pointer", len(posts) == len(about) == 1


def million(target: Target) -> Verdict:
    """A text of 1,000,000 characters."""
    person = target.person()
    started = time.monotonic()
    status = person.send(person.text("knee " * 200_000))
    running.request(target.fake.bot_port, "/health")
    took = time.monotonic() - started
    target.quiet()
    return f"{status}, {_count(person)}, {took:.1f} s", len(person.got) == 1 and took < HELD_UP


def typing(target: Target) -> Verdict:
    """Typing is shown."""
    before = len(target.fake.called("sendChatAction"))
    target.person().say("hello")
    shown = len(target.fake.called("sendChatAction")) > before
    return "yes" if shown else "no", shown


def economical(target: Target) -> Verdict:
    """Calls of getMe for five messages."""
    before, person = len(target.fake.called("getMe")), target.person()
    for _ in range(5):
        person.send(person.text("hello"))
    target.quiet()
    made = len(target.fake.called("getMe")) - before
    return f"{made}", made == 0 and bool(person.got)


def slow(target: Target) -> Verdict:
    """Acknowledgement while the Bot API takes 5 s."""
    person = target.person()
    target.fake.fail("sendMessage", slow=5)
    started = time.monotonic()
    person.send(person.text("hello"))
    took = time.monotonic() - started
    target.quiet(still=6)
    return f"{took:.1f} s, {_count(person)}", took < SOON and len(person.got) == 1


def _failing(target: Target, delivered: bool, refusal: Any = None, **fault: Any) -> Verdict:
    """A send fails once; Telegram repeats an update that is not acknowledged."""
    person = target.person()
    target.fake.fail("sendMessage", refusal, **fault)
    update = person.text("should i put ice on it")
    statuses = [person.send(update)]
    target.quiet(still=4)
    stored = len(person.turns())
    if statuses[0] != OK:
        statuses.append(person.send(update))
        target.quiet()
    tries = " then ".join(map(str, statuses))
    told = f"{tries}, {_count(person)}, turn stored {stored} times at first"
    good = statuses == [OK] and stored == 1 and bool(person.got) == delivered
    return told, good


def flooded(target: Target) -> Verdict:
    """429 with a delay of 2 s at a send."""
    return _failing(target, True, tg.flood(2))


def failed(target: Target) -> Verdict:
    """500 at a send."""
    return _failing(target, True, tg.broken())


def dropped(target: Target) -> Verdict:
    """A connection that is dropped at a send."""
    return _failing(target, True, drop=True)


def blocked(target: Target) -> Verdict:
    """403 at every send: blocked by the user."""
    return _failing(target, False, tg.blocked(), times=99)


def lost(target: Target) -> Verdict:
    """A send whose reply is lost."""
    return _failing(target, True, lose_reply=True)


def at_once(target: Target) -> Verdict:
    """60 messages at once, acknowledged within 30 s, all stored in the end."""
    person = target.person()
    given = [person.text(f"my pain is {n % 10}, message {n}") for n in range(BURST)]
    known = person.at_once(given, 30)
    target.quiet(within=150, still=5)
    stored = len({turn["text"] for turn in person.turns()})
    return f"{known} acknowledged, {stored} stored", known == stored == BURST


def in_order(target: Target) -> Verdict:
    """60 messages one after the other, without waiting for answers: all, in order."""
    person = target.person()
    given = [f"my pain is {n % 10}, message {n}" for n in range(BURST)]
    known = sum(person.send(person.text(text), _secret(target)) == OK for text in given)
    target.quiet(within=150, still=5)
    stored = [turn["text"] for turn in person.turns()]
    order = "in order" if stored == given[: len(stored)] else "not in order"
    return f"{known} acknowledged, {len(stored)} stored, {order}", stored == given


def crashed(target: Target) -> Verdict:
    """Killed (kill -9) after the acknowledgement: what was acknowledged is answered."""
    person = target.person()
    given = [person.text(f"my pain is {n}") for n in range(CRASHED)]
    known = sum(person.send(update, _secret(target)) == OK for update in given)
    target.server.process.send_signal(signal.SIGKILL)
    target.server.process.wait(20)
    target.start()
    target.quiet(60, 6)
    stored = len({turn["text"] for turn in person.turns()})
    return f"{known} acknowledged, {stored} answered", known == stored == CRASHED


def private_log(target: Target) -> Verdict:
    """Words and numbers of people in the log."""
    person = target.person()
    person.say("xyzzy in my knee")
    printed = target.server.printed()
    found = [what for what in ("xyzzy", str(person.number)) if what in printed]
    return "some" if found else "none", not found


CASES: tuple[Case, ...] = (
    *(hello, plan, warning, registered, forged, open_set_webhook, nothing, repeated),
    *(repeated_at_once, edited, moved, blocked_by_them, post, waiting, forged_press, orphan),
    *(command, payload, help_at, location, voice, caption, group, million, typing, economical),
    *(slow, flooded, failed, dropped, blocked, lost, at_once, in_order, private_log, crashed),
)
