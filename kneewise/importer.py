"""Give every topic file its intent and rule, so that a topic is added without touching rules."""

from __future__ import annotations

from rasa.shared.core.domain import Domain
from rasa.shared.core.training_data.story_reader.yaml_story_reader import (
    YAMLStoryReader,
)
from rasa.shared.core.training_data.structures import StoryGraph
from rasa.shared.importers.rasa import RasaFileImporter

from kneewise import knowledge

RULES = """
version: "3.1"
rules:
{rules}
"""
RULE = """
- rule: Answer the topic {topic}
  steps:
  - intent: ask_{topic}
  - action: action_answer_topic
"""


class TopicImporter(RasaFileImporter):
    """The project's files, plus what follows from `knowledge/topics`."""

    def get_domain(self) -> Domain:
        """The domain of the files, with an intent for each topic that has none there."""
        domain = super().get_domain()
        intents = {f"ask_{topic}" for topic in knowledge.load().topics}
        missing = sorted(intents - set(domain.intents))
        return domain.merge(Domain.from_dict({"intents": missing})) if missing else domain

    def get_stories(self, exclusion_percentage: int | None = None) -> StoryGraph:
        """The stories and rules of the files, with a rule for each topic."""
        rules = "".join(RULE.format(topic=topic) for topic in sorted(knowledge.load().topics))
        steps = YAMLStoryReader().read_from_string(RULES.format(rules=rules))
        return super().get_stories(exclusion_percentage).merge(StoryGraph(steps))
