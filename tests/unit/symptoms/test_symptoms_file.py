"""knowledge/symptoms.yml: what it shows a runner, and the examples beside each pattern."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from notation import found

from kneewise.symptoms.lexicon import KINDS, REAL_WORDS, knowledge_folder, vocabulary_mark

DATA: dict[str, Any] = yaml.load(
    (knowledge_folder() / "symptoms.yml").read_text("utf-8"), Loader=yaml.CSafeLoader
)
ENTRIES = [
    (kind, value, body) for section, kind in KINDS.items() for value, body in DATA[section].items()
]
EXAMPLES = [
    (kind, value, status, text)
    for kind, value, body in ENTRIES
    for status, texts in body["examples"].items()
    for text in texts
]
SHOWN = [(kind, value, body[key]) for kind, value, body in ENTRIES for key in ("label", "say")]
SIGNS = [(value, body) for kind, value, body in ENTRIES if kind == "sign"]
CONTRACT = {
    "sign": """
        swelling rapid_swelling locking giving_way cannot_bear_weight cannot_straighten
        hot_red fever deformity pop trauma calf_swelling breathless_chest_pain
        numb_cold_foot night_pain lump weight_loss painful_clicking child_limp groin_pain
        blood_thinner recent_surgery stuck kneecap_out open_wound big_crash tight_leg
        medicine_reaction saddle_numbness cannot_bend bone_tender cannot_lift_leg
        unwell_child spreading_redness cancer_history night_sweats bone_spot hop_pain
        past_stress_fracture periods_stopped worse_further many_joints morning_stiffness
        after_infection psoriasis gout_like not_improving pregnant self_harm
        other_emergency""",
    "location": "front below_kneecap above_kneecap inside outside behind whole shin hip_groin",
    "side": "left right both",
    "trigger": """
        running after_running stairs downhill squatting sitting rising kneeling jumping walking
        twisting bending""",
    "onset": "sudden gradual",
}


def test_guard_words_fit_the_vocabulary() -> None:
    text = (knowledge_folder() / REAL_WORDS).read_text("utf-8")
    assert f"# vocabulary {vocabulary_mark()}\n" in text, (
        "rebuild it: see kneewise/symptoms/guard.py"
    )


def statuses(kind: str, value: str, text: str) -> set[str]:
    return {status for k, v, status in found(text)[0] if (k, v) == (kind, value)}


@pytest.mark.parametrize(("kind", "values"), CONTRACT.items())
def test_every_value_of_the_contract_is_there(kind: str, values: str) -> None:
    assert {value for k, value, _ in ENTRIES if k == kind} == set(values.split())


@pytest.mark.parametrize(("kind", "value", "status", "text"), EXAMPLES)
def test_example_is_read_as_it_says(kind: str, value: str, status: str, text: str) -> None:
    assert statuses(kind, value, text) == (set() if status == "none" else {status})


@pytest.mark.parametrize(("kind", "value", "text"), SHOWN)
def test_what_a_runner_picks_is_understood(kind: str, value: str, text: str) -> None:
    assert statuses(kind, value, text) == {"present"}


@pytest.mark.parametrize(("value", "body"), SIGNS)
def test_denial_is_understood(value: str, body: dict[str, Any]) -> None:
    assert statuses("sign", value, body["no"]) == {"denied"}


@pytest.mark.parametrize(("value", "body"), SIGNS)
def test_question_names_its_sign(value: str, body: dict[str, Any]) -> None:
    assert body["ask"].endswith("?")
    assert statuses("sign", value, body["ask"]), body["ask"]


@pytest.mark.parametrize(("value", "body"), SIGNS)
def test_sign_has_an_example_of_each_sort(value: str, body: dict[str, Any]) -> None:
    assert body["examples"]["present"]
    assert value in {"child_limp", "self_harm", "other_emergency"} or body["examples"]["denied"]
