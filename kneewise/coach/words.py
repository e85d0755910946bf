"""The words of knowledge/reminders.yml, compiled: how people name a time, and what it is about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any

from kneewise.coach.clock import Quiet

_SPOKEN = re.compile(r"[^\w\s:./+~@-]|[./](?!\d)")
_DOTTED = re.compile(r"\b([ap])\.? ?m\b\.?")
_SUM = re.compile(r"\b([2-9]0) ([1-9])\b(?!:)")
"""A number in two words: twenty five, by then 20 5."""
_HALVES = re.compile(r"\b(\d{1,2}) and a half\b")


@dataclass(frozen=True)
class Part:
    """A part of the day: the time that is meant by its name, and its first and last minute."""

    pattern: re.Pattern[str]
    time: time
    start: int
    end: int


@dataclass(frozen=True)
class Repeat:
    """Days that come again: weekdays, or every so many days."""

    pattern: re.Pattern[str]
    days: tuple[int, ...]
    every: int

    @property
    def daily(self) -> bool:
        """True for every day there is."""
        return not self.days and self.every == 1


@dataclass(frozen=True)
class Words:
    """All of them. `times` are the times of the day for what nobody named one for."""

    quiet: Quiet
    ice: Mapping[str, Any]
    snooze: int
    times: Mapping[str, time]
    about: Mapping[str, re.Pattern[str]]
    all: re.Pattern[str]
    parts: tuple[Part, ...]
    days: Mapping[str, re.Pattern[str]]
    weekdays: tuple[re.Pattern[str], ...]
    span: re.Pattern[str]
    repeats: tuple[Repeat, ...]
    months: tuple[str, ...]
    units: Mapping[str, str]
    numbers: re.Pattern[str]
    values: Mapping[str, int]
    zones: Mapping[str, Mapping[str, str]]

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Words:
        """Compile the file. Raises KeyError, ValueError: something is missing or no time."""
        values = {word: int(number) for word, number in raw["numbers"].items()}
        return cls(
            quiet=Quiet(_time(raw["quiet"]["from"]), _time(raw["quiet"]["to"])),
            ice=raw["ice"],
            snooze=int(raw["snooze"]["minutes"]),
            times={what: _time(text) for what, text in raw["times"].items()},
            about={what: _any(words) for what, words in raw["about"].items()},
            all=_any(raw["all"]),
            parts=tuple(_part(part) for part in raw["parts"]),
            days={day: _any(words) for day, words in raw["days"].items()},
            weekdays=tuple(_any(words) for words in raw["weekdays"]),
            span=_between([word for words in raw["weekdays"] for word in words]),
            repeats=tuple(
                Repeat(_any(r["words"]), tuple(r.get("days", ())), int(r.get("every", 1)))
                for r in raw["repeats"]
            ),
            months=tuple(_alternatives([month]) for month in raw["months"]),
            units={unit: _alternatives(words) for unit, words in raw["units"].items()},
            numbers=_any(values),
            values=values,
            zones=raw["zones"],
        )

    def plain(self, text: str) -> str:
        """A text as the patterns want it: small letters, numbers as digits, few signs."""
        spoken = _DOTTED.sub(r"\1m", text.lower().replace("’", "'"))
        spoken = _SPOKEN.sub(" ", spoken.replace("'", ""))
        spoken = re.sub(r"(?<=[a-z])-(?=[a-z])", " ", self.span.sub(" to ", spoken))
        counted = self.numbers.sub(lambda found: str(self.values[found[0]]), spoken)
        added = _SUM.sub(lambda found: str(int(found[1]) + int(found[2])), counted)
        return " ".join(_HALVES.sub(r"\1.5", added).split())

    def topic(self, text: str) -> str | None:
        """What a reminder is to be about: ice, exercise, check_in or run; None: it is not said."""
        plain = self.plain(text)
        return next((what for what, said in self.about.items() if said.search(plain)), None)


def _part(raw: Mapping[str, Any]) -> Part:
    return Part(_any(raw["words"]), _time(raw["time"]), _minute(raw["from"]), _minute(raw["to"]))


def _minute(text: str) -> int:
    """The minute of the day; 24:00 is its end."""
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def _time(text: str) -> time:
    return time.fromisoformat(text)


def _any(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{_alternatives(words)})(?!\w)")


def _between(words: list[str]) -> re.Pattern[str]:
    """The dash of "mon-fri"; any other between letters is a blank: "twenty-five"."""
    day = _alternatives(words)
    after = "|".join(rf"(?<=\b{word})" for word in words)
    return re.compile(rf"(?:{after})-(?=(?:{day})\b)")


def _alternatives(words: Iterable[str]) -> str:
    """The longest first, or "day after tomorrow" would be read as tomorrow."""
    spelled = sorted((word.replace("-", " ") for word in words), key=len, reverse=True)
    return "|".join(re.escape(word).replace(r"\*", r"\w*") for word in spelled)
