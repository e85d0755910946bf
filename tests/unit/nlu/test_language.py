"""Another language, signs and pictures alone are not guessed at."""

from __future__ import annotations

import pytest
from rasa.shared.nlu.training_data.message import Message

from kneewise.nlu.language import LanguageGate
from kneewise.nlu.symptoms import SafetyGate, SymptomFacts

GUESS = {"name": "out_of_scope", "confidence": 0.6}
NEAR = {"name": "ask_ice", "confidence": 0.2}


def gated(text: str, intent: dict[str, object] | None = None) -> Message:
    """A message as it leaves the gate, after TopicJoiner has set what is given."""
    message = Message(
        {
            "text": text,
            "intent": intent or GUESS,
            "intent_ranking": [intent or GUESS, NEAR],
            "topics": ["ice"],
        }
    )
    return LanguageGate({}).process([message])[0]


def test_another_language_is_out_of_scope_and_asks_nothing() -> None:
    message = gated("soll ich das knie mit eis kühlen, es tut weh")
    sure = {"name": "out_of_scope", "confidence": 1.0}
    assert message.get("language") == "de"
    assert message.get("intent") == sure
    assert message.get("intent_ranking") == [sure, NEAR]
    assert message.get("topics") == []
    assert "language" in message.output_properties


def test_english_is_left_as_it_is() -> None:
    message = gated("should i put ice on it", NEAR)
    assert message.get("language") is None
    assert "language" in message.output_properties
    assert message.get("intent") == NEAR
    assert message.get("topics") == ["ice"]


@pytest.mark.parametrize("intent", ["affirm", "out_of_scope", "describe_pain"])
@pytest.mark.parametrize("text", ["🦵", "🏃🏃", "👍", "???", "...", "เข่าของฉันเจ็บ"])
def test_signs_and_pictures_are_asked_about(text: str, intent: str) -> None:
    message = gated(text, {"name": intent, "confidence": 0.5})
    assert message.get("intent")["name"] == "nlu_fallback"
    assert [row["name"] for row in message.get("intent_ranking")] == ["nlu_fallback"]
    assert message.get("topics") == []


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("bakers cyst", "ask_diagnosis_imaging"),
        ("7", "describe_pain"),
        ("7/10", "out_of_scope"),
        ("sdfkjh", "out_of_scope"),
    ],
)
def test_what_the_classifier_knows_is_not_taken_from_it(text: str, intent: str) -> None:
    assert gated(text, {"name": intent, "confidence": 0.6}).get("intent")["name"] == intent


def test_a_danger_sign_that_is_read_all_the_same_wins() -> None:
    message = gated("hola, tengo la rodilla mal: chest pain, no puedo respirar, ayuda por favor")
    assert message.get("language") == "es"
    facts = SymptomFacts(SymptomFacts.get_default_config())
    SafetyGate({}).process(facts.process([message]))
    assert message.get("intent")["name"] == "report_red_flag"
