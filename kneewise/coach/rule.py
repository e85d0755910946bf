"""The pain rule as a traffic light: green goes on, amber does less, red stops. Pure.

Source: up to 2 out of 10, normal within an hour, no worse next morning: g-pain-rule. The bands
above it are our own precaution, g-bands (evidence base, section 2.2).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from kneewise.coach.diary import PAINS, Entry, between

GREEN, AMBER, RED = "green", "amber", "red"
GREEN_TO = 2.0
"""The most pain, 0 to 10, that is green (g-pain-rule)."""
AMBER_TO = 5.0
"""The most pain that is amber; more is red (g-bands)."""
SLIGHT = 1.0
"""A rise of this many points is what people's numbers differ by (precaution)."""
LOOK_BACK = timedelta(days=7)
"""How old the pain from before a run may be, to compare it with (precaution)."""


@dataclass(frozen=True)
class Light:
    """The light of one day: green, amber or red.

    `reasons` are ids of `knowledge/coach.yml`, the worst first. `missing` names what the pain rule
    asks and nobody told: "during", "morning". A light with something missing may only hold, and
    never lets a plan step up. `slight`: amber for no more than one point above the pain before the
    run, all of it at 2 or less; people say 0 one day and 1 the next of the same knee, so the plan
    waits for a second such day before it goes back (precaution).
    """

    colour: str
    reasons: tuple[str, ...]
    missing: tuple[str, ...] = ()
    slight: bool = False

    @property
    def sure(self) -> bool:
        """True if all that the pain rule asks was told."""
        return not self.missing


def light(entry: Entry, before: Sequence[Entry] = ()) -> Light | None:
    """The light of an entry, or None if it tells nothing of the knee.

    Args:
        entry: one day.
        before: the diary; the pain of the days before tells what "no worse" means.
    """
    red = tuple(_red(entry))
    if red:
        return Light(RED, red)
    normal = usual(entry, before)
    amber = tuple(_amber(entry, normal))
    if amber:
        return Light(AMBER, amber, slight=_is_slight(entry, amber, normal))
    if entry.worst is None and entry.settled is None and entry.worse is None:
        return None
    missing = tuple(_missing(entry))
    return Light(GREEN, ("green_missing" if missing else "green",), missing)


def usual(entry: Entry, before: Sequence[Entry]) -> float | None:
    """The pain before the run of a day: the newest told within `LOOK_BACK`, 0 to 10."""
    recent = between(before, entry.day - LOOK_BACK, entry.day - timedelta(days=1))
    for old in sorted(recent, key=lambda e: e.day, reverse=True):
        told = old.morning if old.morning is not None else old.pain
        if told is not None:
            return told
    return None


def _red(entry: Entry) -> Iterable[str]:
    yield from entry.signs
    if entry.worst is not None and entry.worst > AMBER_TO:
        yield "over_5"


def _amber(entry: Entry, normal: float | None) -> Iterable[str]:
    if any(value is not None and value > GREEN_TO for value in map(entry.__getattribute__, PAINS)):
        yield "over_2"
    if entry.settled is False or (entry.settled is None and _above(entry.after, normal)):
        yield "not_settled"
    if entry.worse or (entry.worse is None and _above(entry.morning, normal)):
        yield "worse_morning"


def _is_slight(entry: Entry, reasons: Sequence[str], normal: float | None) -> bool:
    """True if numbers alone made it amber, by a point at most, and none of them is over 2."""
    if "over_2" in reasons or entry.worse or entry.settled is False or normal is None:
        return False
    return max(entry.after or 0, entry.morning or 0) - normal <= SLIGHT


def _above(pain: float | None, normal: float | None) -> bool:
    return pain is not None and normal is not None and pain > normal


def _missing(entry: Entry) -> Iterable[str]:
    """What is still to be told of a run; a day without a run needs its pain only."""
    if entry.ran and entry.during is None:
        yield "during"
    if entry.ran and entry.morning is None and entry.worse is None:
        yield "morning"
