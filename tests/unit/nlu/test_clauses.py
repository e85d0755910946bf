"""Each of several questions and statements in a message becomes a clause of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from rasa.shared.nlu.training_data.message import Message

from kneewise.nlu.clauses import END, LEAST_WORDS, MAX_CLAUSES, START, ClauseSplitter, split

NLP = spacy.load(Path(__file__).resolve().parents[3] / "assets" / "spacy_en")


def texts(text: str) -> list[str]:
    return [clause.text for clause in split(NLP(text))]


@pytest.mark.parametrize(
    "text",
    [
        "should i ice it",
        "how long should i ice it for",
        "which exercises can i do",
        "i don't know if i can run or not",
        "3.5 miles in my knee hurts",
        "my knee hurts!!!",
        "runners knee",
        "no",
        "",
        " , . ",
        "🦵",
    ],
)
def test_one_clause_needs_no_splitting(text: str) -> None:
    assert texts(text) == []


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        # stops
        ("sore on stairs. what is it? when will it go", [
            "sore on stairs", "what is it", "when will it go",
        ]),
        ("my knee aches - can i run", ["my knee aches", "can i run"]),
        ("it's swollen; what now", ["it's swollen", "what now"]),
        ("line one\nline two here", ["line one", "line two here"]),
        ("no swelling, no locking", ["no swelling", "no locking"]),
        ("stairs hurt, hills don't", ["stairs hurt", "hills don't"]),
        # joints
        ("it hurts and i cant walk", ["it hurts", "i cant walk"]),
        ("it hurts and my calf is swollen", ["it hurts", "my calf is swollen"]),
        ("it aches & is it safe", ["it aches", "is it safe"]),
        # a question without a stop before it
        ("it hurts can i run", ["it hurts", "can i run"]),
        (
            "hurts under the kneecap, can I run and should I ice",
            ["hurts under the kneecap", "can I run", "should I ice"],
        ),
        # turns
        ("it is swollen but it does not lock", ["it is swollen", "it does not lock"]),
        ("no pain at rest though stairs kill me", ["no pain at rest", "stairs kill me"]),
    ],
)  # fmt: skip
def test_stops_joints_questions_and_turns_part_clauses(text: str, clauses: list[str]) -> None:
    assert texts(text) == clauses


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("hot to touch or it buckles", ["hot to touch", "it buckles"]),
        ("is it better to use ice or to use heat", ["is it better to use ice", "to use heat"]),
        # after a "no", it goes on
        ("my knee never locks or gives way", []),
        ("cannot run or walk", []),
        ("it doesnt lock or give way, but it is hot", ["it doesnt lock or give way", "it is hot"]),
        # the "no" is of another clause
        ("no swelling, hot to touch or it buckles", ["no swelling", "hot to touch", "it buckles"]),
    ],
)
def test_or_parts_clauses_unless_it_goes_on_with_a_no(text: str, clauses: list[str]) -> None:
    assert texts(text) == clauses


@pytest.mark.parametrize("joint", ["and", "or"])
def test_a_shared_ask_is_heard_for_each_thing(joint: str) -> None:
    text = f"it aches, should i ice {joint} stretch it"
    first, ice, stretch = split(NLP(text))
    assert [first.text, ice.text, stretch.text] == [
        "it aches",
        "should i ice",
        "should i stretch it",
    ]
    assert (ice.start, ice.end) == (stretch.start, stretch.end)
    assert text[ice.start : ice.end] == f"should i ice {joint} stretch it"


@pytest.mark.parametrize(
    "text",
    [
        "hurts under the kneecap, can I run and should I ice",
        "knee hurts 🙂🙂, can i run; it's swollen",
        "no swelling...   and it never locks or gives way!  what now",
        "sore on stairs\n\nwhat is it",
    ],
)
def test_the_offsets_point_at_the_text(text: str) -> None:
    found = split(NLP(text))
    assert len(found) > 1
    for clause in found:
        assert text[clause.start : clause.end].strip() == clause.text
    ends = [at for clause in found for at in (clause.start, clause.end)]
    assert ends == sorted(ends)


def test_a_single_word_is_no_clause_of_its_own() -> None:
    assert texts("ouch, it locks up and it is hot") == ["it locks up", "it is hot"]


def test_a_pasted_page_gives_a_bounded_number_of_clauses() -> None:
    assert len(split(NLP("can i run. " * 500))) == MAX_CLAUSES


WORDS = "knee hurts no not n't or and but can should i it is how swollen ice run"
PIECES = st.sampled_from([*WORDS.split(), ",", ".", "?", "-", "\n", "🦵"])


@given(st.lists(PIECES, max_size=25), st.sampled_from([" ", "  ", ""]))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_whatever_is_written_clauses_lie_in_it(pieces: list[str], blank: str) -> None:
    text = blank.join(pieces)
    for clause in split(NLP(text)):
        assert 0 <= clause.start < clause.end <= len(text)
        assert clause.text == clause.text.strip()
        assert len(clause.text.split()) >= LEAST_WORDS


def message(text: str, **data: Any) -> Message:
    return Message(data={"text": text, "text_spacy_doc": NLP(text), **data})


def test_the_clauses_follow_their_message() -> None:
    whole = message("it aches, can i run")
    first, *clauses = ClauseSplitter({}).process([whole])
    assert first is whole
    assert [clause.get("text") for clause in clauses] == ["it aches", "can i run"]
    assert [(clause.get(START), clause.get(END)) for clause in clauses] == [(0, 8), (10, 19)]


def test_a_message_without_a_doc_is_left_as_it_is() -> None:
    empty = Message(data={"text": ""})
    assert ClauseSplitter({}).process([empty]) == [empty]
