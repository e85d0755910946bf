"""The lines of a plan, in the order they are read. Pure; texts and sources in coach.yml."""

from __future__ import annotations

from collections.abc import Iterator

from kneewise.coach import ladder
from kneewise.coach.ladder import LADDER, REST, RUN_LESS, RUN_WALK, Level
from kneewise.coach.programme import (
    JUMP_SQUAT,
    RAISE,
    SQUAT,
    Line,
    Programme,
    is_new_to_running,
)
from kneewise.coach.rule import AMBER_TO, GREEN_TO

NO_ICE = frozenset(
    {
        "heart", "poor_circulation", "numb_skin", "raynaud", "broken_skin", "fever",
        "past_reaction", "cancer", "numb_cold_foot", "hot_red",
    }
)  # fmt: skip
"""Cautions that leave ice out until somebody was asked (g-ice-not, g-ice-raynaud)."""
NO_ROLLING = frozenset(
    {"calf_swelling", "leg_clot", "roller_risk", "broken_skin", "bone_infection", "blood_thinner"}
)
"""Cautions that leave rolling out (g-roll-care; blood thinners: precaution)."""
NO_INSOLES = frozenset({"numb_skin", "numb_cold_foot"})
"""Feet that cannot feel what rubs (precaution)."""
LEFT_OUT = frozenset({"ice", "insoles", "rolling"})
"""What is left out of the plan once it was tried and did not help."""
CADENCE_FROM = 1.0
"""Pain while running from which more steps a minute can help (g-form-relief)."""
LATE = 42
"""Days after which somebody should look at the latest (g-see-our-line)."""
OLDER = 50
"""Age from which a check is advised (g-age-50)."""


def lines(programme: Programme) -> tuple[Line, ...]:
    """Every line of the plan; never empty, each id with text and sources in `coach.yml`."""
    return tuple(line for group in groups(programme) for line in group)


def groups(programme: Programme) -> tuple[tuple[Line, ...], ...]:
    """The lines in four groups: running, strength, comfort, and whom to ask when."""
    makers = (_running, _strength, _comfort, _people)
    return tuple(tuple(make(programme)) for make in makers)


def running_lines(programme: Programme | Level, *, step_only: bool = False) -> tuple[Line, ...]:
    """How to run at a level, without why: what a move of the plan and "today" repeat."""
    level = programme.level if isinstance(programme, Programme) else programme
    if level.mode == REST:
        return (Line("run_rest"),)
    if level.mode == LADDER:
        rung = (_rung(level),)
        return rung if step_only else (*rung, Line("rung_next"))
    values = {"runs": level.runs, "single": level.single_km, "week": level.weekly_km}
    limit = Line("run_limit", tuple(values.items()))
    return (Line(level.mode),) if step_only else (Line(level.mode), limit, Line("no_jump"))


def _rung(level: Level) -> Line:
    """A rung in its own words: a walk, walk and run in turn, or a run."""
    rung = ladder.rung_of(level)
    distance = ("distance", rung.km)
    if not rung.run:
        return Line("rung_walk", (distance,))
    if not rung.walk:
        return Line("rung_run", (distance,))
    return Line("rung", (("walk", rung.walk), ("run", rung.run), distance))


def _running(programme: Programme) -> Iterator[Line]:
    level, facts = programme.level, programme.facts
    yield from _why(programme)
    yield from running_lines(programme)
    if level.mode != REST:
        yield Line("rest_day")
        yield Line("flat")
    if level.mode in (RUN_WALK, RUN_LESS):
        yield Line("slower")
        if facts.running is not None and CADENCE_FROM <= facts.running <= AMBER_TO:
            yield Line("cadence")
    yield Line("pain_rule")
    if facts.stairs is not None and facts.stairs > GREEN_TO:
        yield Line("stairs")


def _why(programme: Programme) -> Iterator[Line]:
    """Why the running is as it is at the start; later the verdict says why it moved."""
    facts, level = programme.facts, programme.level
    if programme.changed or programme.since != programme.began:
        return
    if level.mode == REST:
        yield Line("why_rest")
    elif is_new_to_running(programme):
        yield Line("why_new")
    elif level.mode == LADDER and (facts.pain is None or facts.longest_km is None):
        yield Line("why_unknown")
    elif (facts.worst or 0) > GREEN_TO:
        yield Line("why_halved")
        yield Line("older_advice")
    else:
        yield Line("why_less")


def _strength(programme: Programme) -> Iterator[Line]:
    facts, step = programme.facts, programme.strength
    if step == JUMP_SQUAT and not may_jump(programme):
        step = SQUAT
    yield Line({RAISE: "strength_raise", SQUAT: "strength_squat"}.get(step, "strength_jump"))
    if step == RAISE and (facts.worst or 0) > AMBER_TO:
        yield Line("strength_easier")
    yield Line("hip_band" if "band" in facts.equipment else "hip")
    yield Line("strength_rule")


def may_jump(programme: Programme) -> bool:
    """True if jump squats may be named at all: known to be 16 or over, and running is calm."""
    facts = programme.facts
    grown = facts.age is not None and not facts.is_child
    return grown and programme.level.mode == RUN_LESS


def _comfort(programme: Programme) -> Iterator[Line]:
    facts = programme.facts
    cautions = set(facts.cautions)
    if cautions & NO_ICE:
        yield Line("ice_left_out")
    elif "ice" not in facts.tried:
        yield Line("ice")
    if "insoles" not in facts.tried and not cautions & NO_INSOLES:
        yield Line("insoles")
    yield Line("shoes")
    if "roller" in facts.equipment and "rolling" not in facts.tried:
        yield Line("rolling_left_out" if cautions & NO_ROLLING else "rolling")
    if LEFT_OUT & set(facts.tried):
        yield Line("tried")


def _people(programme: Programme) -> Iterator[Line]:
    facts = programme.facts
    yield Line("medicine")
    if "pregnant" in facts.cautions:
        yield Line("pregnant")
    if "blood_thinner" in facts.cautions:
        yield Line("blood_thinner")
    if facts.goal == "race":
        yield Line("race")
    if (facts.age or 0) >= OLDER:
        yield Line("age_50")
    late = (facts.duration_days or 0) >= LATE
    yield Line("see_now" if late else "see_someone")
    yield Line("expect")
    yield Line("tell_me")
