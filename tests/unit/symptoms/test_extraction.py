"""Spans, spelling, people, speed and hostile text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kneewise.symptoms import about_child, extract
from kneewise.symptoms.facts import STATUSES
from kneewise.symptoms.lexicon import lexicon

HOSTILE = [
    "knee " * 400,
    "can not " * 250,
    "no swelling, " * 150,
    "if it is not that i can not walk " * 60,
    "pain " * 400,
    "my friend 's knee is swollen and " * 60,
    "it hurts when i run and ibuprofen tablets leg calf shin " * 36,
    "a" * 2000,
    "7/" * 1000,
    "1 " * 1000,
    "'" * 2000,
    "(" * 2000,
    "no no not never nothing " * 80,
    "cut graze wound stiff morning agony red calf flight " * 39,
]
USUAL = (
    "knee cap kills me coming downstairs after long runs for about three weeks now, no swelling "
    "though and it never locks or gives way, is ibuprofen ok and can I still run"
)


def spans(text: str) -> dict[str, str]:
    return {str(fact.value): text[fact.start : fact.end] for fact in extract(text)}


def test_spans_are_offsets_in_the_original() -> None:
    text = "Hi!  My knee’s SWOLEN… and I can't walk on it"
    assert spans(text) == {"swelling": "SWOLEN", "cannot_bear_weight": "can't walk on"}


def test_span_of_a_mended_phrase_is_what_was_typed() -> None:
    text = "i can barley walk"
    assert spans(text)["cannot_bear_weight"] == "can barley walk"


@pytest.mark.parametrize(
    "word", ["stolen", "sweating", "hopped", "looks", "acl", "mcl", "itb", "keen", "stars"]
)
def test_speller_never_touches_a_real_word(word: str) -> None:
    assert lexicon().spelling.mend_word(word) == (word,)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("swellling", "swelling"),
        ("stairz", "stairs"),
        ("kneeecap", "kneecap"),
        ("swoooollen", "swollen"),
    ],
)
def test_speller_mends_near_misses(typed: str, meant: str) -> None:
    assert lexicon().spelling.mend_word(typed) == (meant,)


@pytest.mark.parametrize(
    ("text", "child"),
    [
        ("my son's knee hurts", True),
        ("My 13 year old has a sore knee", True),
        ("our toddler is limping", True),
        ("my knee popped when I lifted my daughter", False),
        ("it started when I was a kid", False),
        ("my friend's knee hurts", False),
        ("oh boy does it hurt", False),
    ],
)
def test_about_child(text: str, child: bool) -> None:
    assert about_child(text) is child


def test_nothing_in_nothing() -> None:
    assert extract("") == []
    assert extract("   \n \U0001f600") == []


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_any_text_gives_sound_facts(text: str) -> None:
    for fact in extract(text):
        assert 0 <= fact.start < fact.end <= len(text)
        assert fact.status in STATUSES


def test_same_text_same_facts() -> None:
    assert extract(USUAL) == extract(USUAL)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_costs_about_what_its_length_does(text: str) -> None:
    """Twice the text takes twice the work; an expression that tries all ways takes far more."""
    assert _fastest(text[:2000]) < 6 * max(_fastest(text[:1000]), 0.001)


def _fastest(text: str, times: int = 3) -> float:
    """Seconds of processor time of the fastest run; the rest measures the machine's neighbours."""
    best = float("inf")
    for _ in range(times):
        started = time.thread_time()
        extract(text)
        best = min(best, time.thread_time() - started)
    return best
