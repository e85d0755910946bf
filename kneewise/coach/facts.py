"""What a plan is made of: what was told of the knee, the running, and what is at hand. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kneewise.coach.diary import FARTHEST, WORST_PAIN
from kneewise.triage import CHILD_BELOW, Assessment, Facts, rank

EQUIPMENT = ("roller", "band", "insoles")
TRIED = ("ice", "insoles", "rolling", "rest", "strength", "medicine", "physio")
"""What can have been tried and did not help."""
GOALS = ("run_again", "race")
OLDEST = 120
LONGEST_AGO = 40_000
PAINS = ("running", "stairs", "morning", "severity", "squatting")


@dataclass(frozen=True)
class PlanFacts:
    """What a plan is made of. None: not told.

    Pains are 0 to 10: while running, on stairs, in the morning after, at its worst (`severity`),
    and on a squat. Distances are km: of a usual week, and the longest run of the last 30 days.
    `age` is the lowest age that fits what was told. `equipment`, `tried` hold ids of `EQUIPMENT`
    and `TRIED`; `cautions` hold signs that are present (`pregnant`, `numb_skin`, ...); `flags` the
    red flags that must be looked at first. `checked`: the danger signs were answered. `fits`:
    False if the pain fits something else better than runner's knee.

    Raises:
        ValueError: a number is out of its range.
    """

    running: float | None = None
    stairs: float | None = None
    morning: float | None = None
    severity: float | None = None
    squatting: float | None = None
    weekly_km: float | None = None
    longest_km: float | None = None
    duration_days: float | None = None
    goal: str | None = None
    equipment: tuple[str, ...] = ()
    tried: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    age: float | None = None
    child: bool = False
    checked: bool = False
    fits: bool = True

    def __post_init__(self) -> None:
        most = {"weekly_km": FARTHEST, "longest_km": FARTHEST, "duration_days": LONGEST_AGO}
        for name, limit in {**dict.fromkeys(PAINS, WORST_PAIN), **most, "age": OLDEST}.items():
            value = getattr(self, name)
            if value is not None and not 0 <= value <= limit:
                raise ValueError(f"{name} is {value}, not 0 to {limit:g}")

    @property
    def pain(self) -> float | None:
        """The pain that decides how to run: while running, else at its worst."""
        known = self.severity if self.running is None else self.running
        return _most(known, self.morning)

    @property
    def worst(self) -> float | None:
        """The highest pain told."""
        return _most(*(getattr(self, name) for name in PAINS))

    @property
    def is_child(self) -> bool:
        """True for someone under 16."""
        return self.age < CHILD_BELOW if self.age is not None else self.child


def _most(*values: float | None) -> float | None:
    return max((value for value in values if value is not None), default=None)


def facts_of(facts: Facts, assessment: Assessment, *, checked: bool, **told: Any) -> PlanFacts:
    """The facts of a plan from those of an assessment.

    Args:
        facts: what was told of the knee.
        assessment: its triage.
        checked: the danger signs were answered.
        told: what the assessment does not hold: `running`, `weekly_km`, `equipment` and so on.

    Raises:
        ValueError: a number is out of its range.
    """
    first = [flag.id for flag in assessment.flags if rank(flag.urgency) >= rank("soon")]
    known: dict[str, Any] = {
        "severity": facts.severity,
        "duration_days": facts.duration_days,
        "cautions": tuple(sorted(sign for sign, there in facts.signs.items() if there)),
        "flags": tuple(first),
        "age": facts.age if facts.age is not None else _AGES.get(facts.age_group or ""),
        "child": facts.is_child,
        "checked": checked,
        "fits": assessment.fits_runners_knee,
    }
    return PlanFacts(**{**known, **told})


_AGES = {"16_to_49": 16.0, "50_or_over": 50.0}
