"""What several tests of the coach share: days, facts, diaries and a writer."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import strategies as st

from kneewise import knowledge
from kneewise.coach import diary
from kneewise.coach.diary import DID, SIGNS, Entry
from kneewise.coach.facts import EQUIPMENT, GOALS, TRIED, PlanFacts
from kneewise.coach.programme import Programme, make
from kneewise.replies import Writer

KB = knowledge.load()
UK = Writer(KB, KB.region("uk"))
BEGAN = date(2026, 11, 2)
DAY = timedelta(days=1)
PAIN = st.none() | st.integers(0, 10).map(float) | st.floats(0, 10, allow_nan=False)
KM = st.none() | st.floats(0, 60, allow_nan=False)
CAUTIONS = (
    "pregnant", "blood_thinner", "numb_skin", "raynaud", "poor_circulation", "calf_swelling",
    "roller_risk", "night_pain",
)  # fmt: skip


def some(names):
    return st.lists(st.sampled_from(names), unique=True, max_size=4).map(tuple)


SAFE_FACTS = st.builds(
    PlanFacts,
    running=PAIN,
    stairs=PAIN,
    morning=PAIN,
    severity=PAIN,
    squatting=PAIN,
    weekly_km=st.none() | st.floats(0, 200, allow_nan=False),
    longest_km=KM,
    duration_days=st.none() | st.floats(0, 5000, allow_nan=False),
    goal=st.none() | st.sampled_from(GOALS),
    equipment=some(EQUIPMENT),
    tried=some(TRIED),
    cautions=some(CAUTIONS),
    age=st.none() | st.integers(16, 90).map(float),
    checked=st.just(True),
)
ANY_FACTS = st.builds(
    PlanFacts,
    running=PAIN,
    severity=PAIN,
    longest_km=KM,
    cautions=some((*CAUTIONS, "recent_surgery")),
    flags=some(("RF11", "RF17")),
    age=st.none() | st.floats(1, 100, allow_nan=False),
    child=st.booleans(),
    checked=st.booleans(),
    fits=st.booleans(),
)
NAMES = st.none() | st.sampled_from(["run_less", "walk_mile"])
ENTRIES = st.builds(
    Entry,
    day=st.integers(0, 50).map(lambda ago: BEGAN + ago * DAY),
    km=st.none() | st.sampled_from([0.0, 1.0, 1.6, 2.4, 3.2, 5.0, 12.0]),
    during=st.none() | st.integers(0, 7).map(float),
    after=st.none() | st.integers(0, 4).map(float),
    morning=st.none() | st.integers(0, 4).map(float),
    pain=st.none() | st.integers(0, 6).map(float),
    settled=st.none() | st.booleans(),
    worse=st.none() | st.booleans(),
    did=some(DID),
    step=NAMES,
    signs=st.just(()) | st.just(()) | st.just(()) | some(SIGNS),
)


@st.composite
def diaries(draw, calm=False):
    """A diary; a calm one has green days only."""
    entries: tuple[Entry, ...] = ()
    for entry in draw(st.lists(ENTRIES, max_size=40)):
        kept = Entry(entry.day, km=entry.km, during=0, morning=0, did=entry.did) if calm else entry
        entries = diary.add(entries, kept)
    return entries


def plan(**told) -> Programme:
    """A plan from these facts, which must have one."""
    made = make(PlanFacts(**{"checked": True, **told}), BEGAN)
    assert isinstance(made, Programme)
    return made


def on(number: int) -> date:
    """A day of the plan, counted from 0."""
    return BEGAN + number * DAY


def book(*entries: Entry) -> tuple[Entry, ...]:
    """A diary of these entries."""
    kept: tuple[Entry, ...] = ()
    for entry in entries:
        kept = diary.add(kept, entry)
    return kept


def green(number: int, km: float = 3.0, **told) -> Entry:
    """A run on a day of the plan that was green in all that the pain rule asks."""
    return Entry(on(number), **{"km": km, "during": 1, "after": 0, "morning": 0, **told})
