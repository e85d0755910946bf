"""The pictures and documents of real cards."""

from __future__ import annotations

from datetime import date

from kneewise import knowledge, sheets
from kneewise.cards import dressed
from kneewise.channels.attachments import attachments
from kneewise.coach.diary import Entry
from kneewise.questions import question_for
from kneewise.replies import Reply, Writer
from kneewise.scene import Turn
from kneewise.state import State
from kneewise.triage import Facts

KB = knowledge.load()
WRITE = Writer(KB, KB.region("uk"))
DAY = date(2026, 11, 26)
DIARY = (Entry(date(2026, 11, 2), km=5, during=4), Entry(DAY, pain=2))
CHART = sheets.chart(DIARY, WRITE)
FACTS = Facts(location="front", side="left", severity=4)
SUMMARY = sheets.summary(FACTS, WRITE, DAY, sheets.Course(DIARY))
PNG, PDF = b"\x89PNG", b"%PDF-"


def message_of(reply: Reply) -> dict[str, object]:
    """A reply as it reaches a channel."""
    message = dressed(Turn((reply,), State()), WRITE).replies[0].as_message()
    return {"text": message["text"], "custom": message["json_message"]}


def test_a_question_for_the_place_brings_the_knee() -> None:
    (found,) = attachments(message_of(WRITE.question(question_for("pain_location", KB))))
    assert (found.filename, found.asks, found.is_document) == ("kneemap.png", True, False)
    assert found.content().startswith(PNG)
    assert found.alt


def test_an_exercise_brings_its_drawing_with_words_for_who_cannot_see_it() -> None:
    exercise = KB.exercises[0]
    (found,) = attachments(message_of(WRITE.exercise(exercise, KB.topics["exercises"])))
    assert (found.alt, found.asks) == (exercise.alt, False)
    assert found.content().startswith(PNG)


def test_a_chart_and_a_summary_that_holds_it() -> None:
    cards = [CHART, SUMMARY]
    chart, summary = attachments({"text": "Here.", "custom": {"v": 1, "cards": cards}})
    assert (chart.alt, chart.content()[:4]) == (CHART["alt"], PNG)
    assert (summary.title, summary.is_document) == (SUMMARY["title"], True)
    without = sheets.summary(FACTS, WRITE, DAY)
    (alone,) = attachments({"text": "Here.", "custom": {"v": 1, "cards": [without]}})
    assert summary.content().startswith(PDF)
    assert len(summary.content()) > len(alone.content())


def test_other_cards_and_versions_bring_nothing() -> None:
    signs = message_of(WRITE.question(question_for("danger_signs", KB)))
    assert list(attachments(signs)) == []
    assert list(attachments({"custom": {"v": 2, "cards": [CHART]}})) == []
    assert list(attachments({"text": "Hello."})) == []
