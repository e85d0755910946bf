"""The custom action of the stock project: one a turn, which says the answer of the intent heard.

`benchmarks.serving_stock` copies this file into the project as `actions.py`, beside `answers.json`.
It is what a Rasa developer writes: no knowledge, no triage, no state; so it costs less than ours.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

FILE = Path(__file__).with_name("answers.json")
FALLBACK = "nlu_fallback"


class Say(Action):
    """Say the answer of the latest intent."""

    answers: dict[str, list[dict[str, Any]]] = (
        json.loads(FILE.read_text("utf-8")) if FILE.is_file() else {}
    )

    def name(self) -> str:
        """The name in domain.yml of the stock project."""
        return "action_say"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Utter every message of the answer."""
        intent = (tracker.latest_message.get("intent") or {}).get("name") or FALLBACK
        for message in self.answers.get(intent) or self.answers[FALLBACK]:
            dispatcher.utter_message(**message)
        return []
