"""The training data are whole, and no test repeats them: a test of known lines proves nothing."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa_sdk.executor import ActionExecutor

from kneewise import cli, training
from kneewise.knowledge import Knowledge
from kneewise.knowledge import load as load_knowledge
from kneewise.nlu.topics import COACH_BUTTONS
from kneewise.symptoms.phrasings import PLACES, SIGNS, phrasings

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"

OFTEN = (
    "what_is_it", "causes", "what_to_do", "can_i_run", "mileage_load", "ice", "medication",
    "exercises", "shoes_orthotics", "brace_tape", "recovery_time", "see_doctor",
    "diagnosis_imaging",
)  # fmt: skip
"""Topics that people ask often."""
LEAST_OFTEN, LEAST, LEAST_OUT_OF_SCOPE = 40, 20, 150
LEAST_STORIES, LEAST_SAID, LEAST_UNSEEN = 45, 550, 1500
LEAST_LEARNT = {"data/nlu.yml": 6000, "knowledge/phrasings": 7000}
"""How many lines are there at the least: a gate that reads nothing lets everything pass."""

WITHOUT_EXAMPLES = {"nlu_fallback", "reminder_due"}
"""Intents that nobody writes: what is left when nothing is understood, and what the server says."""
RASAS_OWN = {"action_session_start", "action_restart"}
"""Actions that Rasa itself calls, so that a rule for them is not needed."""
SHORT = 2
"""Messages of so many words mean the same wherever they stand: "yes", "thank you"."""


def same(text: str) -> str:
    """A text as it is compared: no case, no punctuation, no apostrophes, single blanks."""
    text = unicodedata.normalize("NFKC", text).lower().replace("’", "'").replace("'", "")
    return " ".join(re.sub(r"[^\w\s]|_", " ", text).split())


@lru_cache(maxsize=1)
def domain() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "domain.yml").read_text("utf-8"))


@lru_cache(maxsize=1)
def examples() -> dict[str, list[str]]:
    """The lines of data/nlu.yml, by intent."""
    data = yaml.safe_load((ROOT / "data/nlu.yml").read_text("utf-8"))
    return {
        part["intent"]: [line[2:] for line in part["examples"].splitlines() if line.strip()]
        for part in data["nlu"]
        if "intent" in part
    }


@lru_cache(maxsize=1)
def rules() -> dict[str, str]:
    """The action that answers each intent, by the rules of the files and of the topics."""
    data = yaml.safe_load((ROOT / "data/rules.yml").read_text("utf-8"))
    written = {rule["steps"][0]["intent"]: rule["steps"][1]["action"] for rule in data["rules"]}
    return written | {f"ask_{topic}": "action_answer_topic" for topic in load_knowledge().topics}


@lru_cache(maxsize=1)
def stories() -> list[dict[str, Any]]:
    return yaml.safe_load((TESTS / "test_stories.yml").read_text("utf-8"))["stories"]


def user_steps() -> list[dict[str, Any]]:
    return [step for story in stories() for step in story["steps"] if "user" in step]


def without_entities(text: str) -> str:
    """A line of a test story without its annotations."""
    return re.sub(r"\[([^\]]*)\]\{[^}]*\}", r"\1", text).strip()


def messages_of_tests() -> list[tuple[str, str]]:
    """Every message that a test sends, with the file it stands in."""
    found = [("test_stories.yml", without_entities(step["user"])) for step in user_steps()]
    for path in sorted((TESTS / "conversations").rglob("*.yml")):
        name = str(path.relative_to(TESTS))
        found += [(name, str(turn["say"])) for turn in yaml.safe_load(path.read_text("utf-8"))]
    for path in sorted((TESTS / "unseen").rglob("*.yml")):
        messages = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)["messages"]
        found += [(str(path.relative_to(TESTS)), message["say"]) for message in messages]
    return found


def buttons(kb: Knowledge) -> set[str]:
    """The words that stand on buttons: a test may press them."""
    fixed = ("answer_yes", "answer_no", "answer_unsure", "none_of_these", "skip", "tell_more",
             "something_else")  # fmt: skip
    words = [kb.phrases[name] for name in fixed] + [topic.title for topic in kb.topics.values()]
    asked = (*kb.questions.values(), *kb.before_a_plan.values(), *kb.along_the_way.values())
    words += [option.label for question in asked for option in question.options]
    words += [kb.coach.says[name].text for name in COACH_BUTTONS]
    said = [response for part in domain()["responses"].values() for response in part]
    words += [button["title"] for response in said for button in response.get("buttons") or ()]
    return {same(word) for word in words}


def learnt_from(source: str) -> list[str]:
    """All that the assistant learns from in a file or folder."""
    if source == "data/nlu.yml":
        return [line for lines in examples().values() for line in lines]
    return [phrasing.text for kind in (SIGNS, PLACES) for phrasing in phrasings(kind)]


@pytest.mark.parametrize("source", LEAST_LEARNT)
def test_no_test_repeats_a_training_line(source, kb):
    known = {same(line) for line in learnt_from(source)} - buttons(kb)
    repeated = [
        f"{file}: {text}"
        for file, text in messages_of_tests()
        if same(text) in known and len(same(text).split()) > SHORT
    ]
    assert repeated == []


def test_every_kind_of_test_was_looked_at():
    files = [file for file, _ in messages_of_tests()]
    assert files.count("test_stories.yml") > LEAST_STORIES
    assert sum(file.startswith("conversations") for file in files) > LEAST_SAID
    assert sum(file.startswith("unseen") for file in files) >= LEAST_UNSEEN
    assert len({file for file in files if file.startswith("unseen")}) > 1


@pytest.mark.parametrize("source", LEAST_LEARNT)
def test_all_that_is_learnt_from_was_looked_at(source):
    assert len(learnt_from(source)) > LEAST_LEARNT[source]


def test_no_line_means_two_things():
    seen: dict[str, set[str]] = {}
    for intent, lines in examples().items():
        for line in lines:
            seen.setdefault(same(line) or line, set()).add(intent)
    assert {line: intents for line, intents in seen.items() if len(intents) > 1} == {}


def test_no_line_stands_twice():
    counted = Counter(same(line) or line for lines in examples().values() for line in lines)
    assert [line for line, times in counted.items() if times > 1] == []


def test_every_intent_has_examples_and_every_example_an_intent(kb):
    intents = {*domain()["intents"], *(f"ask_{topic}" for topic in kb.topics)}
    assert intents - WITHOUT_EXAMPLES == set(examples())
    assert {intent for intent, lines in examples().items() if len(lines) < LEAST} == set()


@pytest.mark.parametrize("topic", sorted(load_knowledge().topics))
def test_a_topic_has_enough_examples(topic):
    least = LEAST_OFTEN if topic in OFTEN else LEAST
    assert len({same(line) for line in examples()[f"ask_{topic}"]}) >= least


def test_there_are_enough_lines_that_are_not_about_a_knee():
    assert len(set(examples()["out_of_scope"])) >= LEAST_OUT_OF_SCOPE


def test_often_asked_topics_exist(kb):
    assert set(OFTEN) <= set(kb.topics)


def test_every_intent_has_a_rule_and_every_rule_an_intent(kb):
    intents = {*domain()["intents"], *(f"ask_{topic}" for topic in kb.topics)}
    assert set(rules()) == intents


def test_every_action_is_used_and_none_is_unknown():
    actions = set(domain()["actions"])
    assert set(rules().values()) <= actions
    assert actions - set(rules().values()) - RASAS_OWN == set()


def test_every_action_of_the_domain_has_a_class_and_every_class_is_in_the_domain():
    executor = ActionExecutor()
    executor.register_package("actions")
    assert set(executor.actions) == set(domain()["actions"])


def test_every_response_is_said_and_every_one_said_exists():
    code = [p for name in ("kneewise", "actions") for p in (ROOT / name).rglob("*.py")]
    text = "\n".join(path.read_text("utf-8") for path in code)
    named = set(re.findall(r"\butter_(?!message\b)[a-z_]+\b", text))
    # Small talk that is said again has another wording: the code puts "_again" behind the name.
    named |= {f"{name}_again" for name in named if f'"{name}"' in text and '"_again"' in text}
    responses = set(domain()["responses"])
    assert responses - named == set(), "a response that nothing says"
    assert {name for name in named if not name.endswith("_again")} <= responses


def test_every_phrase_is_used(kb):
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "kneewise").rglob("*.py"))
    quoted = set(re.findall(r'"([a-z0-9_]+)"', code))
    named_by_value = {o.value for q in kb.questions.values() for o in q.options}
    assert {name for name in kb.phrases if name not in quoted | named_by_value} == set()


def test_there_are_stories_and_each_is_told_once():
    names = [story["story"] for story in stories()]
    assert len(names) >= LEAST_STORIES
    assert len(set(names)) == len(names)


def test_no_two_stories_hold_the_same_message(kb):
    said = Counter(same(without_entities(step["user"])) for step in user_steps())
    twice = {text for text, times in said.items() if times > 1}
    # "3" is a button too: the labels of the severity are its numbers.
    assert twice - buttons(kb) == set()


def test_the_stories_follow_every_rule():
    assert {step["intent"] for step in user_steps()} == set(rules())
    for story in stories():
        said, done = story["steps"][::2], story["steps"][1::2]
        for step, action in zip(said, done, strict=True):
            assert action == {"action": rules()[step["intent"]]}, story["story"]


@pytest.mark.parametrize(("result", "status"), [((0, 0), 1), ((2, 3), 1), ((3, 3), 0)])
def test_rasa_test_fails_on_a_wrong_story_and_on_none(result, status, monkeypatch):
    monkeypatch.setattr(training, "test_stories", lambda _: result)
    assert cli.rasa_test() == status


@pytest.mark.parametrize("text", ["", 'version: "3.1"\n', 'version: "3.1"\nstories: []\n'])
def test_a_file_without_stories_counts_none(text, tmp_path):
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_stories.yml").write_text(text, "utf-8")
    assert training.test_stories(tmp_path) == (0, 0)
