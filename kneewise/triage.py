"""From facts to how soon someone should be seen, and what the pain fits. Pure and table-driven.

The tables are `knowledge/red_flags.yml` and `knowledge/conditions.yml`; the rules of reading them
are here, and nothing clinical is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from kneewise.knowledge import URGENCIES, Condition, Knowledge, RedFlag

CHILD_BELOW = 16
"""Age under which exercises need a clinician first (evidence base, section 5: our choice,
because of slipped hip and growth-plate problems)."""


@dataclass(frozen=True)
class Facts:
    """What the runner told about one knee.

    `signs` maps a sign to True (said yes) or False (said no); a sign that is not there was never
    answered. `age` is in years, `duration_days` in days, `severity` from 0 to 10. `other_places`
    were picked beside the `location`, on a map or a list.
    """

    location: str | None = None
    other_places: tuple[str, ...] = ()
    side: str | None = None
    triggers: tuple[str, ...] = ()
    onset: str | None = None
    duration_days: float | None = None
    severity: float | None = None
    age: float | None = None
    age_group: str | None = None
    child: bool = False
    signs: Mapping[str, bool] = field(default_factory=dict)

    def at_each_place(self) -> Iterator[Facts]:
        """The same facts for each place that hurts, the main one first."""
        for place in (self.location, *self.other_places):
            yield replace(self, location=place, other_places=())

    @property
    def is_child(self) -> bool:
        """True for someone under 16, or a writer's own child whose age was not told."""
        if self.age is not None:
            return self.age < CHILD_BELOW
        return self.child or self.age_group == "under_16"

    def has(self, sign: str) -> bool:
        """True if the sign was said to be present."""
        return self.signs.get(sign) is True


@dataclass(frozen=True)
class Assessment:
    """What follows from the facts: the flags that are present, worst first, and what fits."""

    urgency: str | None
    flags: tuple[RedFlag, ...]
    fits: tuple[Condition, ...]

    @property
    def holds_self_care(self) -> bool:
        """True if someone has to look at the knee before any self-care."""
        return bool(self.flags) and rank(self.flags[0].urgency) >= rank("soon")

    @property
    def fits_runners_knee(self) -> bool:
        """True if nothing fits the facts better than runner's knee."""
        return bool(self.fits) and self.fits[0].id == "patellofemoral_pain"


def rank(urgency: str) -> int:
    """Place of an urgency in the order self_care < routine < soon < same_day < emergency."""
    return URGENCIES.index(urgency)


def _age_group_age(facts: Facts) -> tuple[float, float] | None:
    """The lowest and highest age that the facts allow, or None if the age is not known."""
    if facts.age is not None:
        return facts.age, facts.age
    if facts.is_child:
        return 0, CHILD_BELOW - 1
    return {"16_to_49": (16.0, 49.0), "50_or_over": (50.0, 120.0)}.get(facts.age_group or "")


def _age_from(facts: Facts, years: float) -> bool:
    known = _age_group_age(facts)
    return known is not None and known[1] >= years and known[0] >= min(years, 50)


_CHECKS: Mapping[str, Callable[[Facts, Any], bool]] = {
    "signs": lambda f, v: all(f.has(sign) for sign in v),
    "any_signs": lambda f, v: any(f.has(sign) for sign in v),
    "no_signs": lambda f, v: not any(f.has(sign) for sign in v),
    "location": lambda f, v: f.location in v,
    "not_location": lambda f, v: f.location not in v,
    "triggers": lambda f, v: bool(set(f.triggers) & set(v)),
    "onset": lambda f, v: f.onset == v,
    "age_under": lambda f, v: (_age_group_age(f) or (999, 999))[1] < v,
    "age_from": _age_from,
    "days_from": lambda f, v: f.duration_days is not None and f.duration_days >= v,
    "severity_from": lambda f, v: f.severity is not None and f.severity >= v,
    "severity_to": lambda f, v: f.severity is not None and f.severity < v + 1,
    "severity_known": lambda f, v: (f.severity is not None) is v,
    "child": lambda f, v: f.is_child is v,
}
"""What each key of a test in the knowledge files asks of the facts."""

TEST_KEYS = frozenset(_CHECKS)


def holds(test: Mapping[str, Any], facts: Facts) -> bool:
    """True if every line of the test holds for the facts. An unknown fact never holds.

    Raises:
        KeyError: the test asks something that is not in `TEST_KEYS`.
    """
    return all(_CHECKS[key](facts, value) for key, value in test.items())


def triage(facts: Facts, kb: Knowledge) -> Assessment:
    """Decide how soon someone should be seen, and what the pain fits.

    The most urgent flag wins; several flags are returned worst first. Without a flag the urgency
    is that of what fits best, or None while nothing is known. Where several places hurt, each is
    looked at; what is most urgent comes first.
    Source: `knowledge/red_flags.yml`, ordered as in the evidence base, section 3.
    """
    present = [
        flag
        for flag in kb.red_flags
        if any(holds(test, at) for at in facts.at_each_place() for test in flag.when)
    ]
    flags = tuple(sorted(present, key=lambda flag: -rank(flag.urgency)))
    by_place = [_fitting(at, kb) for at in facts.at_each_place()]
    # The most urgent leads: pain in front makes pain behind no more harmless.
    by_place.sort(key=lambda fits: -rank(fits[0].urgency) if fits else 0)
    fits = tuple({fit.id: fit for at in by_place for fit in at}.values())
    urgencies = [flag.urgency for flag in flags] + [condition.urgency for condition in fits[:1]]
    return Assessment(
        urgency=max(urgencies, key=rank) if urgencies else None, flags=flags, fits=fits
    )


def _fitting(facts: Facts, kb: Knowledge) -> tuple[Condition, ...]:
    """The conditions that the facts fit, best supported first, runner's knee first on a tie."""
    scored = [
        (sum(holds(test, facts) for test in condition.supports), condition)
        for condition in kb.conditions
        if any(holds(test, facts) for test in condition.fits)
        and not any(holds(test, facts) for test in condition.against)
    ]
    order = {condition.id: place for place, condition in enumerate(kb.conditions)}
    ranked = sorted(scored, key=lambda pair: (-pair[0], order[pair[1].id]))
    return tuple(condition for _, condition in ranked)
