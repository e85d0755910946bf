"""What the patterns found and what the clauses mean become one list of facts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kneewise.symptoms.facts import STATUSES, Fact
from kneewise.symptoms.meaning import Meant, Sense, Thresholds, join
from kneewise.symptoms.phrasings import NOTHING

AT = Thresholds(
    warn=0.7, alone=0.8, ask=0.4, urgent=0.2, overrule=0.8, context=0.7, unheard=0.97, place=0.5,
    replace=0.8,
)  # fmt: skip
URGENT = frozenset({"breathless_chest_pain"})


def sign(value, status="present", start=0, end=5):
    return Fact("sign", value, status, start, end)


def place(value, status="present", start=0, end=5):
    return Fact("location", value, status, start, end)


def meant(start=0, end=20, places=None, **likely):
    """A clause; `_denied` stands for the status, as a name cannot start with a tilde."""
    named = {name.replace("_", "~", 1) if name[0] == "_" else name: p for name, p in likely.items()}
    return Meant(start, end, named, places or {})


def joined(facts, *clauses, whole=None, at=AT):
    return join(facts, Sense(whole or clauses[0], clauses, URGENT), at)


# --- what the meaning adds ---


@pytest.mark.parametrize(
    ("likely", "status"),
    [
        ({"swelling": 0.39}, None),
        ({"swelling": 0.41}, "unsure"),
        ({"swelling": 0.69}, "unsure"),
        ({"swelling": 0.71}, "present"),
        # an emergency is asked about sooner, and warned about no later
        ({"breathless_chest_pain": 0.19}, None),
        ({"breathless_chest_pain": 0.21}, "unsure"),
        ({"breathless_chest_pain": 0.69}, "unsure"),
        ({"breathless_chest_pain": 0.71}, "present"),
        # several signs together make it likely that one is there; which one must be clear too
        ({"swelling": 0.25, "hot_red": 0.2}, "unsure"),
        ({"swelling": 0.45, "hot_red": 0.3}, "present"),
        ({"swelling": 0.3, "hot_red": 0.28, "fever": 0.2}, "unsure"),
        # what is not there, or no sign, is none
        ({NOTHING: 0.99}, None),
        ({"_denied": 0.99}, None),
        ({}, None),
    ],
)
def test_a_sign_heard_warns_asks_or_is_nothing(likely, status):
    best = next(iter(likely), "")
    expected = [sign(best, status, 0, 20)] if status else []
    assert joined([], meant(**likely)) == expected


@pytest.mark.parametrize(
    ("likely", "status"),
    [
        ({"hot_red": 0.99}, "unsure"),  # a clear alarm is asked about
        ({"hot_red": 0.69}, None),
        ({"swelling": 0.99}, None),  # no alarm by itself: a sprained ankle is fat, too
        ({"breathless_chest_pain": 0.99}, "present"),
        ({"breathless_chest_pain": 0.21}, "unsure"),
    ],
)
def test_in_a_message_about_something_else_only_danger_is_heard(likely, status):
    clause = meant(**likely)
    sense = Sense(clause, (clause,), URGENT, alarms=URGENT | {"hot_red"}, outside=True)
    found = join([], sense, AT)
    assert [fact.status for fact in found] == ([status] if status else [])


def test_a_sign_stands_where_its_clause_stands():
    found = joined([], meant(0, 9, swelling=0.9), meant(11, 30, fever=0.5), whole=meant(0, 30))
    assert found == [sign("swelling", "present", 0, 9), sign("fever", "unsure", 11, 30)]


def test_the_surest_clause_decides():
    unsure, sure = meant(0, 9, swelling=0.5), meant(10, 20, swelling=0.9)
    for clauses in ((unsure, sure), (sure, unsure)):
        assert joined([], *clauses, whole=meant()) == [sign("swelling", "present", 10, 20)]


def test_where_the_whole_speaks_of_nothing_a_clause_must_be_surer():
    nothing = meant(0, 40, **{NOTHING: 0.98})
    for chance, status in ((0.79, "unsure"), (0.81, "present")):
        (fact,) = joined([], meant(swelling=chance), whole=nothing)
        assert fact.status == status


def test_a_denial_elsewhere_in_the_message_does_not_touch_a_clear_clause():
    (fact,) = joined([], meant(swelling=0.99), whole=meant(0, 40, _denied=0.9))
    assert fact.status == "present"


@pytest.mark.parametrize("status", ["_past", "_other_person", "_hypothetical"])
def test_in_another_context_a_clause_only_asks(status):
    elsewhere, here = meant(0, 40, **{status: 0.71}), meant(0, 40, **{status: 0.69})
    assert joined([], meant(swelling=0.99), whole=elsewhere)[0].status == "unsure"
    assert joined([], meant(swelling=0.99), whole=here)[0].status == "present"


# --- with what the patterns found ---


def test_a_known_sign_is_not_added_again():
    known = sign("swelling", start=3, end=8)
    assert joined([known], meant(swelling=0.99)) == [known]


@pytest.mark.parametrize("status", sorted(set(STATUSES) - {"present", "unsure"}))
def test_a_sign_that_is_not_there_makes_others_in_its_clause_a_question(status):
    known = sign("swelling", status, start=3, end=8)
    other = sign("hot_red", "unsure", 0, 20)
    assert set(joined([known], meant(hot_red=0.99))) == {known, other}
    beside = meant(21, 40, hot_red=0.99)
    assert joined([known], meant(), beside, whole=meant(0, 40)) == [
        known,
        sign("hot_red", "present", 21, 40),
    ]


@pytest.mark.parametrize("status", ["present", "unsure"])
def test_a_sign_that_is_there_leaves_others_as_they_are(status):
    known = sign("fever", status, start=3, end=8)
    assert sign("hot_red", "present", 0, 20) in joined([known], meant(hot_red=0.99))


@pytest.mark.parametrize("meaning", ["denied", "past", "other_person", "hypothetical"])
@pytest.mark.parametrize("read", ["present", "unsure"])
def test_a_sure_meaning_overrules_the_status_read(read, meaning):
    known = sign("swelling", read, start=3, end=8)
    assert joined([known], meant(**{f"_{meaning}": 0.81})) == [replace(known, status=meaning)]
    assert joined([known], meant(**{f"_{meaning}": 0.69})) == [known]


@pytest.mark.parametrize("read", sorted(set(STATUSES) - {"present", "unsure"}))
def test_a_status_other_than_present_is_not_overruled(read):
    known = sign("swelling", read, start=3, end=8)
    assert joined([known], meant(_hypothetical=0.99)) == [known]


def test_only_the_clause_of_a_sign_overrules_it():
    known = sign("swelling", start=3, end=8)
    assert joined([known], meant(0, 10), meant(10, 20, _denied=0.99), whole=meant()) == [known]


def test_where_only_the_whole_is_about_something_else_a_sign_read_becomes_a_question():
    known = sign("swelling", start=3, end=8)
    asked = replace(known, status="unsure")
    assert joined([known], meant(0, 10), whole=meant(_other_person=0.71)) == [asked]
    nothing = meant(0, 10, **{NOTHING: 0.98})
    assert joined([known], nothing) == [asked]
    assert joined([known], meant(0, 10, **{NOTHING: 0.9}), whole=nothing) == [known]


@pytest.mark.parametrize("kind", ["trigger", "side", "onset", "severity"])
def test_other_facts_are_left_as_they_are(kind):
    known = Fact(kind, "some", "present", 3, 8)
    assert joined([known], meant(_denied=0.99, **{NOTHING: 0.0})) == [known]


# --- places ---


@pytest.mark.parametrize(("chance", "found"), [(0.49, []), (0.51, [place("front", end=20)])])
def test_a_place_is_added_if_none_was_read(chance, found):
    assert joined([], meant(places={"front": chance, NOTHING: 0.3, "~denied": 0.9})) == found


@pytest.mark.parametrize("places", [{NOTHING: 0.99}, {"~denied": 0.99}, {}])
def test_no_place_is_no_place(places):
    assert joined([], meant(places=places)) == []


def test_of_several_places_the_likeliest_is_added():
    first, second = meant(0, 9, {"front": 0.6}), meant(10, 20, {"outside": 0.8, "front": 0.1})
    assert joined([], first, second, whole=meant()) == [place("outside", start=10, end=20)]


def test_a_place_that_was_read_stays_unless_another_is_clearly_meant():
    read = place("front", start=3, end=8)
    assert joined([read], meant(places={"outside": 0.79})) == [read]
    assert joined([read], meant(places={"outside": 0.81, "front": 0.15})) == [read]
    assert joined([read], meant(places={"outside": 0.81})) == [place("outside", end=20)]


def test_a_place_that_was_denied_leaves_room_for_another():
    denied = place("front", "denied", start=3, end=8)
    assert set(joined([denied], meant(places={"outside": 0.6}))) == {
        denied,
        place("outside", end=20),
    }


# --- all of it ---


def test_facts_are_sorted_by_where_they_stand():
    facts = [sign("fever", start=25, end=30), Fact("trigger", "stairs", "present", 2, 5)]
    clauses = meant(10, 20, swelling=0.9), meant(21, 40, {"front": 0.9})
    found = joined(facts, *clauses, whole=meant(0, 40))
    assert [fact.value for fact in found] == ["stairs", "swelling", "front", "fever"]


def test_nothing_meant_leaves_the_facts():
    facts = [sign("fever"), place("front"), Fact("severity", 7.0, "present", 6, 7)]
    assert joined(facts, meant()) == facts


def test_no_facts_and_no_meaning_is_nothing():
    assert join([], Sense(meant(), ()), Thresholds()) == []


NAMES = ("swelling", "fever", "breathless_chest_pain", "~denied", "~past", NOTHING)
CHANCES = st.floats(0, 1, allow_nan=False)
CLAUSES = st.builds(
    lambda start, length, likely, places: Meant(start, start + length, likely, places),
    st.integers(0, 30),
    st.integers(1, 20),
    st.dictionaries(st.sampled_from(NAMES), CHANCES),
    st.dictionaries(st.sampled_from(["front", "outside", "~denied", NOTHING]), CHANCES),
)
FACTS = st.lists(
    st.builds(
        lambda value, status, start: sign(value, status, start, start + 4),
        st.sampled_from(["swelling", "fever", "pop"]),
        st.sampled_from(STATUSES),
        st.integers(0, 40),
    ),
    max_size=3,
    unique_by=lambda fact: fact.value,
)


@given(FACTS, st.lists(CLAUSES, max_size=4), CLAUSES)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_whatever_is_meant_no_sign_is_lost_or_told_twice(facts, clauses, whole):
    found = join(facts, Sense(whole, tuple(clauses), URGENT), AT)
    signs = [fact.value for fact in found if fact.kind == "sign"]
    assert len(signs) == len(set(signs))
    assert {fact.value for fact in facts} <= set(signs)
    assert all(fact.status in STATUSES for fact in found)
    assert [(f.start, f.end) for f in found] == sorted((f.start, f.end) for f in found)
    assert not {str(fact.value)[0] for fact in found} & {"~"}
    assert NOTHING not in signs
