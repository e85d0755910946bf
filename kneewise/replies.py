"""Make messages of knowledge: every text a runner reads about a knee is put together here.

Nothing is worded here. The words come from `knowledge/`; each message carries what it is about,
how urgent it is, what it rests on and which danger signs it warns of.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from kneewise.knowledge import Exercise, Knowledge, Question, RedFlag, Region, Topic
from kneewise.questions import DANGER_SIGNS, SCREEN

EXERCISES = "exercises"
"""The topic whose parts are in exercises.yml."""
CARDS_VERSION = 1
"""Of the shapes of cards (docs/cards.md). A screen that does not know it shows the text alone."""
NAMED_IN_SHORT = 3
"""Sources that a short answer names; the others are counted, and in its metadata."""


@dataclass(frozen=True)
class Reply:
    """One message. `response` names a response of domain.yml that holds the text instead.

    `exercise` is the id of the one it explains. `cards` are what a screen can show with it, and
    `beside` the text that then stands beside them, if that is not the whole text.
    """

    text: str = ""
    topic: str = ""
    buttons: tuple[str, ...] = ()
    exercise: str | None = None
    cards: tuple[Mapping[str, Any], ...] = ()
    beside: str | None = None
    urgency: str | None = None
    sources: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    slot: str | None = None
    response: str | None = None
    values: tuple[tuple[str, str], ...] = ()

    def as_message(self) -> dict[str, Any]:
        """The keyword arguments for `dispatcher.utter_message`.

        A button sends its own title: typing the words does the same on every channel.
        """
        metadata: dict[str, Any] = {
            "topic": self.topic,
            "urgency": self.urgency,
            "sources": list(self.sources),
            "flags": list(self.flags),
        }
        if self.slot:
            metadata["slot"] = self.slot
        message: dict[str, Any] = {"metadata": metadata, **dict(self.values)}
        if self.response:
            message["response"] = self.response
        else:
            message["text"] = self.text
        if self.buttons:
            message["buttons"] = [{"title": title, "payload": title} for title in self.buttons]
        if self.cards:
            beside = {} if self.beside is None else {"text": self.beside}
            cards = [dict(card) for card in self.cards]
            message["json_message"] = {"v": CARDS_VERSION, **beside, "cards": cards}
        return message


@dataclass(frozen=True)
class Writer:
    """Writes replies from one knowledge base for one region."""

    kb: Knowledge
    region: Region

    def phrase(self, name: str, /, **values: str) -> str:
        """A phrase of phrases.yml, filled in. Raises KeyError if there is none of that name."""
        return self.fill(self.kb.phrases[name], **values)

    def fill(self, text: str, /, **values: str) -> str:
        """Put the region's numbers, and the values given, into a text."""
        region = self.region
        return text.strip().format(
            emergency=region.emergency,
            advice=region.advice,
            hospital=region.hospital,
            doctor=region.doctor,
            crisis=region.crisis or self.kb.phrases["no_crisis_line"],
            **values,
        )

    def only_english(self, language: str) -> Reply:
        """Say in another language that only English is read.

        The number stands there alone: the words around it in regions.yml are English.
        """
        numbers = re.findall(r"\d+", self.region.emergency)
        region = replace(self.region, emergency=" / ".join(numbers) or self.region.emergency)
        text = Writer(self.kb, region).fill(self.kb.languages[language].reply)
        return Reply(text, "out_of_scope")

    def sources(self, ids: Iterable[str], most: int | None = None) -> str:
        """The line that names what a message rests on; with `most`, the first so many by name."""
        names = [self.kb.sources[source].name for source in dict.fromkeys(ids)]
        line = self.phrase("sources", names="; ".join(names[:most]))
        more = len(names) - most if most else 0
        return line + self.phrase("more_sources", number=str(more)) if more > 0 else line

    def says(self, name: str, topic: str, /, **values: str) -> Reply:
        """A message that is one phrase."""
        return Reply(self.phrase(name, **values), topic)

    def short(self, topic: Topic, *, alone: bool, part: Mapping[str, Any] | None = None) -> Reply:
        """The short answer; `alone` when no question follows, so that it may suggest what next.

        `part` of the plan, if given, answers for this runner's own numbers instead.
        """
        lines = [self.fill(part["text"] if part else topic.short)]
        sources = part["sources"] if part else topic.sources
        lines.append(self.fill(topic.changes))
        lines.append(self.sources(sources, NAMED_IN_SHORT))
        titles = tuple(self.kb.topics[topic_id].title for topic_id in topic.next)
        return Reply(
            "\n".join(lines),
            topic.id,
            buttons=(self.kb.phrases["tell_more"], *titles) if alone else (),
            sources=sources,
        )

    def full(self, topic: Topic, *, steps: bool = True) -> Reply:
        """The full answer, with its steps unless they must wait for the screening answer."""
        lines = [self.fill(topic.full)]
        if steps and topic.steps:
            lines.append(self.phrase("steps"))
            lines += [f"{n}. {self.fill(step)}" for n, step in enumerate(topic.steps, 1)]
        if topic.not_if:
            lines.append(self.phrase("not_if", text=self.fill(topic.not_if)))
        lines.append(self.fill(topic.changes))
        lines.append(self.sources(topic.sources))
        titles = tuple(self.kb.topics[topic_id].title for topic_id in topic.next)
        return Reply(
            "\n".join(lines),
            topic.id,
            buttons=(*self._parts(topic), *titles),
            sources=topic.sources,
        )

    def _parts(self, topic: Topic) -> tuple[str, ...]:
        """What can be asked of a topic in detail: each exercise."""
        return tuple(e.name for e in self.kb.exercises) if topic.id == EXERCISES else ()

    def screened(self, topic: Topic, *, clear: bool) -> Reply:
        """What follows the screening question: the steps, or why to leave it."""
        if not topic.screen:
            return self.full(topic)
        lines = [self.fill(topic.screen.none if clear else topic.screen.any)]
        if clear:
            lines += [f"{n}. {self.fill(step)}" for n, step in enumerate(topic.steps, 1)]
        lines.append(self.fill(topic.changes))
        lines.append(self.sources(topic.sources))
        return Reply("\n".join(lines), topic.id, sources=topic.sources)

    def exercise(self, exercise: Exercise, topic: Topic) -> Reply:
        """One exercise: how, how much, easier, harder, when to go on, and who should not."""
        lines = [f"{exercise.name}:"]
        lines += [f"{n}. {self.fill(step)}" for n, step in enumerate(exercise.how, 1)]
        for name in ("dose", "easier", "harder", "move_on", "not_if"):
            lines.append(self.phrase(name, text=self.fill(getattr(exercise, name))))
        lines.append(self.fill(topic.changes))
        lines.append(self.sources(exercise.sources))
        text = "\n".join(lines)
        return Reply(text, topic.id, sources=exercise.sources, exercise=exercise.id)

    def question(self, question: Question, before: str = "", *, again: bool = False) -> Reply:
        """Ask a question, after a word on what was just said; `again` explains it once more."""
        labels = tuple(option.label for option in question.options)
        asked = question.again if again else question.ask
        lines = [line for line in (before, self.fill(asked)) if line]
        if question.slot == DANGER_SIGNS:
            lines += [f"{n}. {label}" for n, label in enumerate(labels, 1)]
            labels = (*labels, self.kb.phrases["none_of_these"])
        elif question.slot.startswith(SCREEN):
            topic = self.kb.topics[question.slot[len(SCREEN) :]]
            lines += [f"- {item}" for item in topic.screen.items] if topic.screen else []
        extra = () if question.reads == "yes_no" else (self.kb.phrases["skip"],)
        return Reply(
            "\n".join(lines),
            "question",
            buttons=(*labels, *extra),
            slot=question.slot,
        )

    def urgent(self, flags: tuple[RedFlag, ...], told: str) -> Reply:
        """The warning: where to get help first, then why and what not to do."""
        worst, others = flags[0], flags[1:]
        lines = [self.fill(worst.say)]
        if told:
            lines.append(self.phrase("what_you_told", signs=told))
        lines.append(self.fill(worst.why))
        if worst.do_not:
            lines.append(self.fill(worst.do_not))
        if worst.precaution:
            lines.append(self.phrase("precaution"))
        lines += [self.phrase("also", say=self.fill(flag.say)) for flag in others[:2]]
        sources = tuple(s for flag in flags for s in flag.sources)
        if sources:
            lines.append(self.sources(sources))
        return Reply(
            "\n".join(lines),
            "urgent",
            urgency=worst.urgency,
            sources=tuple(dict.fromkeys(sources)),
            flags=tuple(flag.id for flag in flags),
        )

    def reminder(self, flags: tuple[RedFlag, ...]) -> Reply:
        """The warning once more, short: it stands until it is taken back."""
        worst = flags[0]
        return replace(
            self.says("reminder", "urgent", say=self.fill(worst.say)),
            urgency=worst.urgency,
            sources=worst.sources,
            flags=tuple(flag.id for flag in flags),
        )
