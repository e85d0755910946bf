"""What a screen can show beside the words: never more than the words say."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from test_dialogue import KB, NO_DANGER, say

from kneewise.cards import address, dressed, numbers_to_call
from kneewise.channels.offers import offered
from kneewise.knowledge import URGENCIES
from kneewise.questions import question_for
from kneewise.replies import Reply, Writer
from kneewise.scene import Turn
from kneewise.state import Progress, State
from kneewise.triage import Facts, rank

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "widget/cards.schema.json").read_text(encoding="utf-8"))
UK, EU = Writer(KB, KB.region("uk")), Writer(KB, KB.region("eu"))


def custom_of(reply: Reply) -> dict[str, Any]:
    """What a reply carries for a screen, as it leaves, checked against the schema."""
    message = reply.as_message()
    custom: dict[str, Any] = json.loads(json.dumps(message["json_message"]))
    Draft202012Validator(SCHEMA).validate(custom)
    return custom


def cards_of(reply: Reply) -> dict[str, dict[str, Any]]:
    """The cards of a reply by their type."""
    return {card["type"]: card for card in custom_of(reply)["cards"]}


def dress(reply: Reply, state: State | None = None, write: Writer = UK) -> Reply:
    """One reply with its cards."""
    return dressed(Turn((reply,), state or State()), write).replies[0]


def ask(slot: str, state: State | None = None) -> Reply:
    """The reply that asks for a slot, with its cards."""
    return dress(UK.question(question_for(slot, KB)), state)


def test_a_message_without_cards_carries_nothing_for_a_screen() -> None:
    assert "json_message" not in dress(Reply("Hello.", "greeting")).as_message()


@pytest.mark.parametrize(
    ("slot", "kind"),
    [
        ("danger_signs", "signs"),
        ("pain_location", "kneemap"),
        ("pain_triggers", "choices"),
        ("severity", "scale"),
    ],
)
def test_a_question_that_is_easier_to_show_has_a_card(slot: str, kind: str) -> None:
    assert set(cards_of(ask(slot))) == {kind, "progress"}


@pytest.mark.parametrize("slot", ["danger_signs", "pain_location", "pain_triggers", "severity"])
def test_a_card_offers_what_the_buttons_offer_and_no_more(slot: str) -> None:
    reply = ask(slot)
    skip = KB.phrases["skip"]
    sides = {KB.phrases[name] for name in ("side_left", "side_right", "side_both")}
    on_cards = offered({"custom": custom_of(reply)})
    assert on_cards - sides == set(reply.buttons) - {skip}


def test_the_danger_signs_are_ticked_and_not_also_listed() -> None:
    custom = custom_of(ask("danger_signs"))
    first = KB.questions["danger_signs"].options[0].label
    assert first in [item["title"] for item in custom["cards"][0]["items"]]
    assert first not in custom["text"]
    assert custom["text"] == KB.questions["danger_signs"].ask
    assert first in ask("danger_signs").text


def test_what_was_said_before_a_question_stays_beside_its_card() -> None:
    reply = dress(UK.question(question_for("danger_signs", KB), "Got it: left knee."))
    assert custom_of(reply)["text"].startswith("Got it: left knee.")


def test_the_knee_map_has_every_place_once() -> None:
    zones = cards_of(ask("pain_location"))["kneemap"]["zones"]
    places = [option.value for option in KB.questions["pain_location"].options]
    assert [zone["id"] for zone in zones] == places
    assert [zone["id"] for zone in zones if zone["view"] == "back"] == ["behind"]


def test_the_progress_counts_what_is_known_or_was_left_out() -> None:
    assert cards_of(ask("danger_signs"))["progress"]["done"] == 1
    told = State(Facts(location="front", signs=NO_DANGER), Progress(skipped=("duration_days",)))
    card = cards_of(ask("onset", told))["progress"]
    assert (card["done"], card["of"]) == (4, len(KB.questions))
    assert "4" in card["label"]


def warn(flag_id: str, write: Writer) -> dict[str, Any]:
    """The urgent card of one flag."""
    return cards_of(dress(write.urgent((KB.flag(flag_id),), ""), write=write))["urgent"]


PINNED = [flag for flag in KB.red_flags if rank(flag.urgency) >= rank("soon")]


@pytest.mark.parametrize("flag", PINNED, ids=lambda flag: flag.id)
@pytest.mark.parametrize("region", KB.regions)
def test_every_warning_has_its_level_in_words(flag: Any, region: str) -> None:
    write = Writer(KB, KB.region(region))
    card = warn(flag.id, write)
    assert card["level"] == flag.urgency
    assert card["title"] == KB.phrases[f"level_{flag.urgency}"]
    assert card["text"] == write.fill(flag.say)
    if flag.urgency == "emergency" and "{emergency}" in flag.say:
        assert card["call"], "an emergency can be called with one tap"


def test_the_number_to_call_is_the_one_the_advice_names_first() -> None:
    assert [c["number"] for c in warn("RF01", UK)["call"]] == ["999"]
    assert [c["number"] for c in warn("RF06", UK)["call"]] == ["111", "999"]
    assert [c["number"] for c in warn("RF06", EU)["call"]] == ["112"]
    assert [c["number"] for c in warn("self_harm", UK)["call"]] == ["999", "116123"]


def test_where_the_emergency_number_is_for_the_worst_only_the_button_says_so() -> None:
    labels = [call["label"] for call in warn("RF06", UK)["call"]]
    assert labels == ["Call 111", "In an emergency: 999"]
    assert warn("RF01", UK)["call"][0]["label"] == "Call 999"


def test_a_number_is_in_the_words_of_its_region() -> None:
    """The button dials what the text says: nobody is sent to another number than is written."""
    for region in KB.regions.values():
        for name, number in region.call.items():
            found = re.search(rf"(?<!\d){re.escape(number)}(?!\d)", getattr(region, name))
            assert found, (region.id, name)


def test_no_number_without_a_number_in_the_region() -> None:
    silent = replace(KB.region("uk"), call={})
    assert numbers_to_call(KB.flag("RF01"), silent) == ()


def test_a_number_is_shown_as_it_is_written_and_dialled_without_spaces() -> None:
    first = warn("RF13", Writer(KB, KB.region("au")))["call"][0]
    assert first == {"label": "Call 1800 022 222", "number": "1800022222"}


@pytest.mark.parametrize("exercise", KB.exercises, ids=lambda e: e.id)
def test_an_exercise_is_shown_step_by_step(exercise: Any) -> None:
    reply = dress(UK.exercise(exercise, KB.topics["exercises"]))
    custom = custom_of(reply)
    card = cards_of(reply)["exercise"]
    assert custom["text"] == ""
    assert len(card["steps"]) == len(exercise.how)
    assert (ROOT / "widget/drawings" / card["drawing"]).is_file()
    for said in (*card["steps"], card["dose"], card["not_if"], card["stop_if"]):
        assert said in reply.text


def test_sources_name_the_article_and_the_year_and_replace_the_last_line() -> None:
    reply = dress(UK.short(KB.topics["ice"], alone=True))
    card = cards_of(reply)["sources"]
    assert card["line"]
    assert reply.text.endswith("\n" + card["line"])
    labels = [item["label"] for item in card["items"]]
    assert "From the article" in labels
    assert any("2019" in label for label in labels)
    assert len(card["items"]) == len(reply.sources)


def test_sources_that_no_line_names_are_shown_too() -> None:
    card = cards_of(dress(UK.reminder((KB.flag("RF06"),))))["sources"]
    assert card["line"] == ""
    assert card["items"]


@pytest.mark.parametrize(
    ("cite", "url"),
    [
        ("A et al. doi:10.2519/jospt.2019.0302 (read).", "https://doi.org/10.2519/jospt.2019.0302"),
        (
            "B et al. Br J 2016. doi:10.1136/bjsports-2024-108110.",
            "https://doi.org/10.1136/bjsports-2024-108110",
        ),
        ("C et al. PMC4975825.", "https://pmc.ncbi.nlm.nih.gov/articles/PMC4975825/"),
        ("NHS, Knee pain.", None),
    ],
)
def test_a_citation_leads_to_where_it_can_be_read(cite: str, url: str | None) -> None:
    assert address(cite) == url


def test_every_message_of_a_turn_is_dressed() -> None:
    turn = say("my knee locks and I can't put weight on it", topics=("what_is_it",))
    kinds = [set(cards_of(reply)) for reply in turn.replies if reply.cards]
    assert {"urgent", "sources"} in kinds
    assert {"sources"} in kinds


def test_every_level_that_holds_self_care_has_a_name() -> None:
    for level in URGENCIES:
        if rank(level) >= rank("soon"):
            assert KB.phrases[f"level_{level}"]
