"""Reminders in conversation: set, list, cancel, put off, and what is said when one is due."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, tzinfo

from kneewise.coach import reminders, showing, times, zones
from kneewise.coach.moment import zone, zone_known
from kneewise.coach.reminders import Reminder, TooMany
from kneewise.coach.state import Coach
from kneewise.coach.wording import buttons, page, text
from kneewise.knowledge import Question
from kneewise.replies import Reply, Writer
from kneewise.scene import Scene, Turn
from kneewise.state import State

PREFIX = "reminder_"
WHEN, ZONE, WHAT = "reminder_when", "reminder_zone", "reminder_what"
TRAINING = ("exercise", "run")
"""What is not reminded of while a danger sign stands."""
A_MINUTE, AN_HOUR = 60, 3600
REACHES = {"page": "reminder_page", None: "reminder_no_reach"}
"""What is to be said of how a reminder will come; one that is sent needs no word."""


def wish(scene: Scene) -> Turn:
    """Set a reminder, or ask what for, when, and once in which time zone."""
    book = scene.kb.reminders
    said = scene.heard.text
    wanted = {"what": book.topic(said), "text": said}
    return _go_on(scene, wanted)


def _go_on(scene: Scene, wanted: dict[str, str | None]) -> Turn:
    """The next question about a reminder, or the reminder."""
    book, now = scene.kb.reminders, scene.heard.at
    what, said = wanted["what"], wanted["text"] or ""
    if what is None:
        return _ask(scene, WHAT, wanted)
    if _held(what, scene):
        return _refused(scene)
    when = times.read_when(said, now, zone(scene), book, what)
    if when is None and what == "ice":
        return _set(scene, times.ice_timer(now, book))
    if when is None:
        return _ask(scene, WHEN, wanted)
    by_the_clock = when.wall is not None or not times.is_span(said, book)
    if by_the_clock and zone_known(scene) is None:
        return _ask(scene, ZONE, wanted)
    return _set(scene, when.reminder(what))


def _ask(scene: Scene, slot: str, wanted: dict[str, str | None]) -> Turn:
    coach = replace(scene.state.coach, wanted=wanted)
    reply = scene.write.question(scene.kb.along_the_way[slot])
    return Turn((reply,), replace(scene.state, coach=coach, open_slot=slot))


def answered(scene: Scene, question: Question) -> Turn | None:
    """Read the answer to a question about a reminder; None if the message is none."""
    wanted = dict(scene.state.coach.wanted or {"what": None, "text": ""})
    book, said = scene.kb.reminders, scene.heard.text
    if question.slot == WHAT:
        if (what := book.topic(said)) is None:
            return None
        return _go_on(scene, {**wanted, "what": what, "text": f"{wanted['text']} {said}"})
    if question.slot == ZONE:
        named = zones.read_zone(said, scene.heard.at, scene.write.region.zones, book)
        if named is None:
            return None
        coach = replace(scene.state.coach, zone=named)
        return _go_on(replace(scene, state=replace(scene.state, coach=coach)), wanted)
    if times.read_when(said, scene.heard.at, zone(scene), book, wanted["what"]) is None:
        return None
    return _go_on(scene, {**wanted, "text": said})


def _held(what: str, scene: Scene) -> bool:
    """True for what nobody is to be reminded of while a danger sign stands."""
    return scene.assessment.holds_self_care and what in TRAINING


def _refused(scene: Scene) -> Turn:
    coach = replace(scene.state.coach, wanted=None)
    state = replace(scene.state, open_slot=None, coach=coach)
    return Turn((page(scene.write, "reminder", "reminder_held"),), state)


def _set(scene: Scene, new: Reminder) -> Turn:
    write, coach = scene.write, scene.state.coach
    state = replace(scene.state, open_slot=None, coach=replace(coach, wanted=None))
    try:
        kept = reminders.add(coach.reminders, new)
    except TooMany:
        return Turn((_says(write, "reminder_too_many", "button_reminders"),), state)
    told = text(write, "reminder_set", what=_what(new, write), when=when_words(new, scene))
    name = REACHES.get(scene.heard.reaches)
    lines = [told, *([text(write, name)] if name else [])]
    state = replace(state, coach=replace(state.coach, reminders=kept))
    return Turn(
        (Reply("\n".join(lines), "reminder", buttons=_offer(write, "button_reminders")),), state
    )


def listed(scene: Scene) -> Turn:
    """All reminders, each in a line."""
    kept = scene.state.coach.reminders
    if not kept:
        return Turn((_says(scene.write, "reminders_none", "button_remind"),), scene.state)
    rows = [f"{number}. {_row(one, scene)}" for number, one in enumerate(kept, 1)]
    lines = "\n".join((text(scene.write, "reminders_list"), *rows))
    return Turn(
        (Reply(lines, "reminder", buttons=_offer(scene.write, "button_remind")),), scene.state
    )


def cancelled(scene: Scene) -> Turn:
    """Take reminders away: those of a kind, or all."""
    coach, write = scene.state.coach, scene.write
    if not coach.reminders:
        return listed(scene)
    what = scene.kb.reminders.topic(scene.heard.text)
    named = [one for one in coach.reminders if one.what == what]
    everything = scene.kb.reminders.all.search(scene.kb.reminders.plain(scene.heard.text))
    gone = named if what else list(coach.reminders) if everything or _only(coach) else []
    if not gone:
        return listed(scene)
    kept = reminders.cancel(coach.reminders, ids=[one.id for one in gone])
    name = _what(gone[0], write) if what or len(gone) == 1 else text(write, "reminders_all")
    told = text(write, "reminders_cancelled", what=name)
    state = replace(scene.state, coach=replace(coach, reminders=kept))
    return Turn((Reply(told, "reminder"),), state)


def _only(coach: Coach) -> bool:
    return len(coach.reminders) == 1


def put_off(scene: Scene) -> Turn:
    """Remind once more of what was told last."""
    coach, write, book = scene.state.coach, scene.write, scene.kb.reminders
    if not coach.told_last:
        return Turn((_says(write, "nothing_to_snooze", "button_reminders"),), scene.state)
    if _held(coach.told_last[-1].what, scene):
        return _refused(scene)
    minutes = times.minutes_of(scene.heard.text, book) or book.snooze
    try:
        kept = reminders.snooze(coach.reminders, coach.told_last[-1], scene.heard.at, minutes)
    except TooMany:
        return Turn((_says(write, "reminder_too_many", "button_reminders"),), scene.state)
    new = next(one for one in kept if one not in coach.reminders)
    told = text(write, "reminder_snoozed", when=when_words(new, scene))
    state = replace(scene.state, coach=replace(coach, reminders=kept))
    return Turn((Reply(told, "reminder"),), state)


def due(scene: Scene) -> Turn:
    """Say what is due now; nothing if nothing is."""
    told, said, state = _settled(scene, scene.state)
    if any(one.what == "check_in" for one in told) and not state.open_slot:
        said, state = _check_in(scene, said, state)
    return Turn(tuple(said), state)


def told_besides(scene: Scene, turn: Turn) -> Turn:
    """The turn with what is due by now, for whoever wrote just then, or cannot be written to.

    A warning comes first; and nobody is asked two questions at once.
    """
    _, said, state = _settled(scene, turn.state)
    first = scene.assessment.holds_self_care
    replies = (*turn.replies, *said) if first else (*said, *turn.replies)
    return replace(turn, replies=replies, state=state)


def _settled(scene: Scene, state: State) -> tuple[tuple[Reminder, ...], list[Reply], State]:
    """What is due and told, in words, and the state after it; training is held by a danger sign."""
    quiet = scene.kb.reminders.quiet
    now, kept = reminders.settle(state.coach.reminders, scene.heard.at, zone(scene), quiet)
    told = tuple(one for one in now if not _held(one.what, scene))
    held = [page(scene.write, "reminder", "due_held")] if len(told) < len(now) else []
    coach = replace(state.coach, reminders=kept, told_last=told or state.coach.told_last)
    state = replace(state, coach=coach)
    said = [_due(one, replace(scene, state=state)) for one in told]
    return told, [*held, *said], state


def _check_in(scene: Scene, replies: list[Reply], state: State) -> tuple[list[Reply], State]:
    """A check-in is a question: how it was."""
    day = scene.heard.at.astimezone(zone(scene)).date()
    question = scene.kb.along_the_way["diary_day"]
    state = replace(state, coach=replace(state.coach, noting=day), open_slot=question.slot)
    return [*replies, scene.write.question(question)], state


def _due(one: Reminder, scene: Scene) -> Reply:
    """What a reminder says; one to run says if the diary is against it."""
    write = scene.write
    own = showing.today_reply(scene) if one.what == "run" else None
    if own:
        return replace(own, buttons=(*own.buttons, *_offer(write, "button_snooze")))
    name = "due_ice_again" if one.what == "ice" and one.told else f"due_{one.what}"
    offered = _OFFERED.get(one.what, ())
    return page(write, "reminder", name, buttons=(*offered, "button_snooze"))


_OFFERED = {"run": ("button_today",), "check_in": ("button_log",)}
"""The buttons of what is told."""


def when_words(one: Reminder, scene: Scene) -> str:
    """When a reminder comes, as people say it."""
    write, now, there = scene.write, scene.heard.at, zone(scene)
    at = one.at.astimezone(there)
    clock = f"{at.hour}:{at:%M}"
    if one.wall is not None:
        return _every(one, f"{one.wall.hour}:{one.wall:%M}", write)
    seconds = (one.at - now).total_seconds()
    if seconds < AN_HOUR:
        minutes = round(seconds / A_MINUTE)
        name = "in_minutes" if minutes > 1 else "in_a_minute"
        return text(write, name, **({"number": str(minutes)} if minutes > 1 else {}))
    return _on_day(at, now, there, clock, write)


def _on_day(at: datetime, now: datetime, there: tzinfo, clock: str, write: Writer) -> str:
    ahead = (at.date() - now.astimezone(there).date()).days
    if ahead in (0, 1):
        return text(write, ("today_at", "tomorrow_at")[ahead], time=clock)
    return text(write, "day_at", day=f"{at:%a} {at.day} {at:%b}", time=clock)


def _every(one: Reminder, clock: str, write: Writer) -> str:
    if one.days:
        monday = datetime(2024, 1, 1)  # noqa: DTZ001 - any Monday, for the names of days
        names = [f"{monday.replace(day=1 + day):%a}" for day in one.days]
        return text(write, "days_at", days=", ".join(names), time=clock)
    if one.every > 1:
        return text(write, "every_days_at", number=str(one.every), time=clock)
    return text(write, "daily_at", time=clock)


def _row(one: Reminder, scene: Scene) -> str:
    what = _what(one, scene.write)
    return text(scene.write, "reminder_row", what=what, when=when_words(one, scene))


def _what(one: Reminder, write: Writer) -> str:
    return text(write, f"what_{one.what}")


def _says(write: Writer, name: str, *offered: str) -> Reply:
    return Reply(text(write, name), "reminder", buttons=_offer(write, *offered))


def _offer(write: Writer, *names: str) -> tuple[str, ...]:
    return buttons(write, names)
