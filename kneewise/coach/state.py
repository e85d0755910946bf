"""What the coach remembers of a runner, and how it is kept in Rasa's slots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from kneewise.coach import diary, programme, reminders
from kneewise.coach.diary import Entry
from kneewise.coach.programme import Programme
from kneewise.coach.reminders import Reminder

COACH_SLOT, DIARY_SLOT = "coach", "diary"
"""The slots; both outlive a session, and "start again"."""


@dataclass(frozen=True)
class Coach:
    """What the coach knows beside the facts about the knee.

    `unit` is the one that distances are answered in, "km" or "miles"; `zone` an IANA time zone.
    `told` are the answers to the questions before a plan, in km and from 0 to 10, by slot; those
    that were skipped are None. `told_last` are the reminders that came last. `noting` is the day of
    the diary that an open question is about, and `wanted` what an open question about a reminder is
    to become. `checked` is when the questions about the knee last came to an end, with what was
    told then, for the summary. `waits` is what was asked for, and is given when they are through.
    """

    unit: str | None = None
    zone: str | None = None
    told: Mapping[str, Any] = field(default_factory=dict)
    programme: Programme | None = None
    entries: tuple[Entry, ...] = ()
    reminders: tuple[Reminder, ...] = ()
    told_last: tuple[Reminder, ...] = ()
    noting: date | None = None
    wanted: Mapping[str, Any] | None = None
    checked: Mapping[str, Any] | None = None
    waits: str | None = None

    @classmethod
    def from_slots(cls, slots: Mapping[str, Any]) -> Coach:
        """Read it from the slots. What is missing, or of an older version, counts as never told."""
        raw: Mapping[str, Any] = slots.get(COACH_SLOT) or {}
        noting = raw.get("noting")
        return cls(
            unit=raw.get("unit"),
            zone=raw.get("zone"),
            told=raw.get("told") or {},
            programme=programme.from_data(raw.get("programme")),
            entries=diary.from_data(slots.get(DIARY_SLOT) or ()),
            reminders=reminders.from_data(raw.get("reminders") or ()),
            told_last=reminders.from_data(raw.get("told_last") or ()),
            noting=date.fromisoformat(noting) if noting else None,
            wanted=raw.get("wanted"),
            checked=raw.get("checked"),
            waits=raw.get("waits"),
        )

    def to_slots(self) -> dict[str, Any]:
        """The slots that keep this: the inverse of `from_slots`. Nothing told is None."""
        kept = {
            "unit": self.unit,
            "zone": self.zone,
            "told": dict(self.told),
            "programme": self.programme and programme.as_data(self.programme),
            "reminders": reminders.as_data(self.reminders),
            "told_last": reminders.as_data(self.told_last),
            "noting": self.noting and self.noting.isoformat(),
            "wanted": self.wanted,
            "checked": self.checked,
            "waits": self.waits,
        }
        kept = {name: value for name, value in kept.items() if value}
        return {COACH_SLOT: kept or None, DIARY_SLOT: diary.as_data(self.entries) or None}

    def closed(self) -> Coach:
        """The same with no question of the coach open, and nothing waited for."""
        return replace(self, noting=None, wanted=None, waits=None)

    def of_another_day(self) -> Coach:
        """What outlives a session: answers that made no plan are asked for anew."""
        return replace(self.closed(), told=self.told if self.programme else {})

    def begun_anew(self) -> Coach:
        """What "start again" leaves: the diary, the plan, the reminders; not what the knee was."""
        return replace(self.of_another_day(), checked=None)
