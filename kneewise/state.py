"""Where a conversation stands, as plain values, and how it is kept in Rasa's slots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any

from kneewise import clock
from kneewise.coach.state import Coach
from kneewise.symptoms import Fact
from kneewise.triage import Facts

SIGN_SLOT = "has_"
FACT_SLOTS: Mapping[str, str] = {
    "location": "pain_location",
    "other_places": "other_places",
    "side": "pain_side",
    "triggers": "pain_triggers",
    "onset": "onset",
    "duration_days": "duration_days",
    "severity": "severity",
    "age": "age",
    "age_group": "age_group",
    "child": "about_child",
}
"""The slot that keeps each field of `Facts`; signs have a slot each, `has_<sign>`."""
COACH = (
    "make_plan",
    "log_day",
    "show_progress",
    "export_diary",
    "summary_for_doctor",
    "set_reminder",
    "list_reminders",
    "cancel_reminder",
    "snooze_reminder",
)
"""The intents of the coach that people write; `reminder_due` comes from the server alone."""


@dataclass(frozen=True)
class Heard:
    """One message as it was understood.

    `topics` are topic ids, best first; `ranking` the topics next best, for a clarifying question;
    `language` is the language it is written in if that is not English; `at` is when it came, in
    UTC, `zone` the time zone that the browser named, and `reaches` how a reminder would reach who
    wrote it: "sent", on their open "page", or not at all.
    """

    text: str
    intent: str
    topics: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    ranking: tuple[str, ...] = ()
    child: bool = False
    language: str | None = None
    at: datetime = field(default_factory=clock.now)
    zone: str | None = None
    reaches: str | None = None


@dataclass(frozen=True)
class Progress:
    """How far the assessment is, and what the assistant said already.

    `phase` is idle, asking or done; `unsure` are signs to be confirmed; `warned` the flags that
    were told; `cleared` the topics whose screening question was answered with no; `tries` counts
    useless answers to the open question, `misses` messages in a row that were not understood.
    """

    phase: str = "idle"
    answered: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()
    warned: tuple[str, ...] = ()
    cleared: tuple[str, ...] = ()
    tries: int = 0
    misses: int = 0
    greeted: bool = False
    last_slot: str | None = None


@dataclass(frozen=True)
class State:
    """Everything an answer depends on besides the message itself."""

    facts: Facts = field(default_factory=Facts)
    progress: Progress = field(default_factory=Progress)
    open_slot: str | None = None
    last_topic: str | None = None
    coach: Coach = field(default_factory=Coach)

    @classmethod
    def from_slots(cls, slots: Mapping[str, Any]) -> State:
        """Read the state from a tracker's slots. Slots that are missing count as never set."""
        told: dict[str, Any] = {name: slots.get(slot) for name, slot in FACT_SLOTS.items()}
        signs = {
            slot[len(SIGN_SLOT) :]: value
            for slot, value in slots.items()
            if slot.startswith(SIGN_SLOT) and value is not None
        }
        told["triggers"] = tuple(told["triggers"] or ())
        told["other_places"] = tuple(told["other_places"] or ())
        told["child"] = bool(told["child"])
        return cls(
            facts=Facts(**told, signs=signs),
            progress=_progress(slots.get("progress") or {}),
            open_slot=slots.get("requested_slot"),
            last_topic=slots.get("last_topic"),
            coach=Coach.from_slots(slots),
        )

    def facts_as_slots(self) -> dict[str, Any]:
        """The slots of what was told about the knee."""
        slots: dict[str, Any] = {
            slot: getattr(self.facts, name) for name, slot in FACT_SLOTS.items()
        }
        slots["pain_triggers"] = list(self.facts.triggers) or None
        slots["other_places"] = list(self.facts.other_places) or None
        slots["about_child"] = self.facts.child or None
        slots.update({SIGN_SLOT + sign: value for sign, value in self.facts.signs.items()})
        return slots

    def to_slots(self) -> dict[str, Any]:
        """The slots that keep this state: the inverse of `from_slots`."""
        slots = self.facts_as_slots()
        slots["progress"] = asdict(self.progress, dict_factory=_lists)
        slots["requested_slot"] = self.open_slot
        slots["last_topic"] = self.last_topic
        return {**slots, **self.coach.to_slots()}


def changed_slots(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """The slots of `after` whose value differs from `before`; one that went away becomes None."""
    gone = {
        slot: None
        for slot, value in before.items()
        if slot.startswith(SIGN_SLOT) and value is not None and slot not in after
    }
    return gone | {slot: value for slot, value in after.items() if before.get(slot) != value}


def _lists(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A dict that survives JSON unchanged: tuples become lists."""
    return {key: list(value) if isinstance(value, tuple) else value for key, value in pairs}


def _progress(raw: Mapping[str, Any]) -> Progress:
    known = {f.name for f in fields(Progress)}
    values: dict[str, Any] = {key: value for key, value in raw.items() if key in known}
    for key, value in values.items():
        values[key] = tuple(value) if isinstance(value, list) else value
    return Progress(**values)
