"""Rasa's rule policy, which remembers what it predicted for the same last steps."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable
from typing import Any

from rasa.core.policies.policy import PolicyPrediction
from rasa.core.policies.rule_policy import RULES, RulePolicy
from rasa.shared.core.constants import PREVIOUS_ACTION, USER
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    AllSlotsReset,
    BotUttered,
    DefinePrevUserUtteredFeaturization,
    Event,
    ReminderCancelled,
    ReminderScheduled,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ACTION_NAME, INTENT

KEPT = 4096
_SEEN = {PREVIOUS_ACTION: {ACTION_NAME}, USER: {INTENT}}
"""What the rules may look at in a state, so that a prediction can be remembered."""
_LONGEST = 2
"""The states of the longest rule: after an intent, and after the action that answered it."""
_BEGIN = (Restarted, SessionStarted)
_IGNORED = (SlotSet, AllSlotsReset, BotUttered, ReminderScheduled, ReminderCancelled)
"""Events that no rule here looks at."""


class RememberedRules(RulePolicy):
    """Predicts as `RulePolicy` does: it asks that, unless it has been asked the same before.

    Rasa replays the whole conversation four times for a prediction, twice a turn. The rules here
    look at the last two steps only; what they predict for these is kept. With any other rules,
    with loops, or after an event that changes the past, nothing is remembered.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._remembered: dict[Hashable, PolicyPrediction] = {}
        self._short = not self.config["use_nlu_confidence_as_score"] and all_short(
            self.lookup.get(RULES, {})
        )

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        """Predict the next action, from memory if it can be."""
        short = self._short and not domain.form_names and tracker.active_loop is None
        steps = last_steps(tracker.events) if short else None
        if steps is None or steps not in self._remembered:
            fresh = super().predict_action_probabilities(tracker, domain, rule_only_data, **kwargs)
            if steps is None or fresh.events or len(self._remembered) >= KEPT:
                return fresh
            self._remembered[steps] = fresh
        return _again(self._remembered[steps])

    def _rule_prediction(self, *args: Any, **kwargs: Any) -> PolicyPrediction:
        prediction = super()._rule_prediction(*args, **kwargs)
        # Conversations name the policy that predicted; it is Rasa's, whatever its class is called.
        prediction.policy_name = RulePolicy.__name__
        return prediction


def all_short(rules: Iterable[str]) -> bool:
    """True if rules, as Rasa writes them, look at no more than the last two steps.

    They may name the intent, and the action before; no slot, entity, text or loop.
    """
    return all(
        len(states) <= _LONGEST
        and all(
            set(names) <= _SEEN.get(kind, set())
            for state in states
            for kind, names in state.items()
        )
        for states in map(json.loads, rules)
    )


def last_steps(events: Iterable[Event]) -> Hashable | None:
    """What rules can know of the last two states of a conversation; None if that is not so plain.

    A state is what was done before, and what was said last; the state before the last action may
    have been told by an earlier message, so as many steps are taken as it needs.
    """
    steps: list[Hashable] = []
    actions, told = 0, False
    for event in reversed(list(events)):
        if isinstance(event, _BEGIN):
            return (*steps, "begin")
        if isinstance(event, ActionExecuted):
            actions += 1
            steps.append((event.action_name, event.action_text))
        elif isinstance(event, UserUttered):
            told = told or actions > 0
            steps.append((event.intent_name, event.use_text_for_featurization, bool(event.text)))
        elif isinstance(event, DefinePrevUserUtteredFeaturization):
            steps.append(event.use_text_for_featurization)
        elif not isinstance(event, _IGNORED):
            return None
        if actions >= _LONGEST and told:
            return tuple(steps)
    return (*steps, "begin")


def _again(prediction: PolicyPrediction) -> PolicyPrediction:
    """A prediction of its own: what takes it changes its probabilities and adds events."""
    return PolicyPrediction(
        list(prediction.probabilities),
        prediction.policy_name,
        prediction.policy_priority,
        is_end_to_end_prediction=prediction.is_end_to_end_prediction,
        is_no_user_prediction=prediction.is_no_user_prediction,
        hide_rule_turn=prediction.hide_rule_turn,
    )
