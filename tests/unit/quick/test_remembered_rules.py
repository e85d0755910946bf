"""The rules that remember predict what Rasa's rule policy predicts, step by step."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.policies.rule_policy import RULES, RulePolicy
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionReverted,
    ActiveLoop,
    AllSlotsReset,
    BotUttered,
    ConversationPaused,
    DefinePrevUserUtteredFeaturization,
    Event,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from rasa.shared.core.generator import TrainingDataGenerator
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.core.training_data.structures import StoryGraph
from rasa.shared.importers.importer import TrainingDataImporter

from kneewise.quick.rules import RememberedRules, all_short, last_steps
from kneewise.testing import Assistant

ROOT = Path(__file__).resolve().parents[3]


def made(kind: type[RulePolicy], like: RulePolicy, **changes: Any) -> Any:
    """A policy with the rules of another one."""
    context = ExecutionContext(graph_schema=GraphSchema({}))
    parts: dict[str, Any] = {"featurizer": like.featurizer, "lookup": like.lookup, **changes}
    return kind(dict(like.config), like._model_storage, like._resource, context, **parts)


@pytest.fixture
def quick(assistant: Assistant) -> RememberedRules:
    """The rules of the model, with nothing remembered."""
    assert assistant.agent.processor
    nodes = assistant.agent.processor.graph_runner._nodes  # type: ignore[attr-defined]
    policy = nodes["run_RulePolicy0"]._component
    assert type(policy) is RememberedRules
    fresh = made(RememberedRules, policy)
    assert isinstance(fresh, RememberedRules)
    return fresh


@pytest.fixture
def stock(quick: RememberedRules) -> RulePolicy:
    """The same rules in Rasa's own policy."""
    policy = made(RulePolicy, quick)
    assert type(policy) is RulePolicy
    return policy


@pytest.fixture
def domain(assistant: Assistant) -> Domain:
    return assistant.agent.domain


def shown(prediction: PolicyPrediction) -> dict[str, Any]:
    """All that a prediction says."""
    return dict(vars(prediction))


def same(
    quick: RulePolicy, stock: RulePolicy, tracker: DialogueStateTracker, domain: Domain
) -> None:
    expected = shown(stock.predict_action_probabilities(tracker, domain))
    for _ in range(2):  # the second one is remembered
        given = quick.predict_action_probabilities(tracker, domain)
        assert shown(given) == expected
        given.probabilities[0] = 7.0  # what takes it may change it
        given.events.append(SlotSet("age", 1))


def stories(domain: Domain) -> Iterator[DialogueStateTracker]:
    """The rules and stories of the training data, and the test stories, as trackers."""
    files = (str(ROOT / "config.yml"), str(ROOT / "domain.yml"), [str(ROOT / "data")])
    trained = TrainingDataImporter.load_from_config(*files).get_stories()
    tested = StoryGraph(YAMLStoryReader(domain).read_from_file(ROOT / "tests" / "test_stories.yml"))
    for graph in (trained, tested):
        yield from TrainingDataGenerator(
            graph, domain, remove_duplicates=False, augmentation_factor=0
        ).generate()


def test_every_story_is_predicted_the_same(
    quick: RememberedRules, stock: RulePolicy, domain: Domain
) -> None:
    seen = 0
    for story in stories(domain):
        events = list(story.events)
        for end in range(1, len(events) + 1):
            tracker = DialogueStateTracker.from_events("x", events[:end], domain.slots)
            same(quick, stock, tracker, domain)
            seen += 1
    assert seen > 200
    assert 0 < len(quick._remembered) < seen


def any_event(chance: random.Random, domain: Domain) -> Event:
    """Something that may happen in a conversation, and some of what hardly ever does."""
    intent = {"name": chance.choice([*domain.intents, None]), "confidence": 0.9}
    action = chance.choice([*domain.action_names_or_texts, "action_listen", "action_listen"])
    usual: list[Event] = [
        UserUttered(chance.choice(["hi", None]), intent),
        UserUttered("yes", {"name": chance.choice(domain.intents)}),
        ActionExecuted(action),
        ActionExecuted(chance.choice(["action_assess", "action_answer_topic"])),
        ActionExecuted("action_listen"),
        SlotSet("age", 40),
        BotUttered("hello"),
        DefinePrevUserUtteredFeaturization(chance.random() < 0.1),
    ]
    rare: list[Event] = [
        SessionStarted(), Restarted(), AllSlotsReset(), UserUtteranceReverted(), ActionReverted(),
        ConversationPaused(), ActiveLoop(chance.choice(["action_assess", None])),
    ]  # fmt: skip
    return chance.choice(usual if chance.random() < 0.95 else rare)


@pytest.mark.parametrize("seed", range(12))
def test_any_conversation_is_predicted_the_same(
    seed: int, quick: RememberedRules, stock: RulePolicy, domain: Domain
) -> None:
    chance = random.Random(seed)  # noqa: S311 - a conversation to try
    tracker = DialogueStateTracker("x", domain.slots)
    for _ in range(60):
        tracker.update(any_event(chance, domain), domain)
        same(quick, stock, tracker, domain)


def test_a_turn_of_a_long_conversation_is_remembered(
    quick: RememberedRules, domain: Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracker = DialogueStateTracker("x", domain.slots)
    turn: list[Event] = [
        UserUttered("hi", {"name": "greet"}),
        ActionExecuted("action_small_talk"),
        ActionExecuted("action_listen"),
    ]
    for _ in range(2):
        for event in turn:
            tracker.update(event, domain)
            quick.predict_action_probabilities(tracker, domain)
    asked: list[DialogueStateTracker] = []
    monkeypatch.setattr(
        RulePolicy, "predict_action_probabilities", lambda *args, **_: asked.append(args[1])
    )
    for event in turn:
        tracker.update(event, domain)
        quick.predict_action_probabilities(tracker, domain)
    assert asked == []
    tracker.update(ActionReverted(), domain)
    quick.predict_action_probabilities(tracker, domain)
    assert asked == [tracker]


LISTEN = '{"prev_action": {"action_name": "action_listen"}, "user": {"intent": "greet"}'


@pytest.mark.parametrize(
    ("rule", "short"),
    [
        (f"[{LISTEN}}}]", True),
        (f"[{LISTEN}}}, {LISTEN}}}]", True),
        (f"[{LISTEN}}}, {LISTEN}}}, {LISTEN}}}]", False),
        (f'[{LISTEN}, "slots": {{"age": [1.0]}}}}]', False),
        (f'[{LISTEN}, "active_loop": {{"name": "form"}}}}]', False),
        ('[{"user": {"text": "hi"}}]', False),
        ('[{"user": {"intent": "greet", "entities": ["age"]}}]', False),
    ],
)
def test_other_rules_are_not_remembered(rule: str, short: bool, quick: RememberedRules) -> None:
    assert all_short([rule]) is short
    lookup = {**quick.lookup, RULES: {rule: "action_assess"}}
    assert made(RememberedRules, quick, lookup=lookup)._short is short


def test_the_rules_of_the_model_are_short(quick: RememberedRules) -> None:
    assert len(quick.lookup[RULES]) > 50
    assert quick._short


def test_what_changes_the_past_is_not_remembered() -> None:
    said = [ActionExecuted("action_listen"), UserUttered("hi", {"name": "greet"})]
    assert last_steps(said) is not None
    for event in (ActionReverted(), UserUtteranceReverted(), ActiveLoop("form")):
        assert last_steps([*said, event]) is None
