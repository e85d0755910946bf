"""What the coach shows beside its words: cards of the known shapes, and the diary as files."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from test_coach_talk import DONE, KB, TODAY, coached, say, with_plan

from kneewise.channels.attachments import attachments
from kneewise.coach.diary import Entry
from kneewise.replies import Reply

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = json.loads((ROOT / "widget/cards.schema.json").read_text(encoding="utf-8"))
DIARY = tuple(
    Entry(TODAY - timedelta(days=days), km=4.0, during=2.0, step="run_less") for days in (4, 2, 0)
)
WITH_DIARY = coached(with_plan(), entries=DIARY)


def cards_of(reply: Reply) -> list[dict[str, Any]]:
    """The cards of a reply as they leave, checked against the schema."""
    custom = json.loads(json.dumps(reply.as_message()["json_message"]))
    Draft202012Validator(SCHEMA).validate(custom)
    return list(custom["cards"])


def message_of(reply: Reply) -> dict[str, Any]:
    """A reply as a channel gets it."""
    message = reply.as_message()
    return {"text": message["text"], "custom": message["json_message"]}


def test_progress_is_a_chart_with_the_steps_of_the_plan() -> None:
    (reply,) = say("how am i doing", "show_progress", WITH_DIARY).replies
    (card,) = cards_of(reply)
    assert card["type"] == "chart"
    assert card["alt"] in reply.text
    assert card["steps"]["items"]
    assert [file.filename for file in attachments(message_of(reply))] == ["pain.png"]


def test_the_export_is_the_diary_as_csv_and_json() -> None:
    (reply,) = say("export", "export_diary", WITH_DIARY).replies
    assert {card["type"] for card in cards_of(reply)} == {"file"}
    files = {file.filename: file.content().decode() for file in attachments(message_of(reply))}
    rows = list(csv.DictReader(io.StringIO(files["knee-diary.csv"])))
    assert [row["day"] for row in rows] == [entry.day.isoformat() for entry in DIARY]
    days = json.loads(files["knee-diary.json"])
    assert len(days["days" if "days" in days else "entries"]) == len(DIARY)
    assert rows[-1]["day"] in reply.text


def test_the_summary_is_a_page_and_the_same_in_words() -> None:
    (reply,) = say("for my physio", "summary_for_doctor", WITH_DIARY).replies
    (card,) = cards_of(reply)
    assert card["type"] == "summary"
    assert card["chart"]["type"] == "chart"
    assert all(row["value"] in reply.text for row in card["rows"])
    (file,) = attachments(message_of(reply))
    assert file.content().startswith(b"%PDF")
    (plain,) = say("in plain text please", "summary_for_doctor", WITH_DIARY).replies
    assert plain.cards == ()
    (page,) = say("it was textbook, a page please", "summary_for_doctor", WITH_DIARY).replies
    assert page.cards, "the words stand inside of others"


@pytest.mark.parametrize("slot", list(KB.before_a_plan))
def test_a_question_before_a_plan_has_the_card_of_its_kind(slot: str) -> None:
    told = {name: 1.0 for name in KB.before_a_plan if name != slot}
    reply = say("plan", "make_plan", coached(DONE, told=told)).replies[-1]
    wanted = {"pain": ["scale"], "several": ["choices"]}.get(KB.before_a_plan[slot].reads, [])
    assert reply.slot == slot
    assert [card["type"] for card in (cards_of(reply) if reply.cards else [])] == wanted
