"""What a screen can show beside the words of a message. Pure.

A card advises nothing that the text does not: a channel without pictures leaves it out.
The shapes are documented for whoever draws them in `docs/cards.md`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from kneewise.answers import WORST_PAIN
from kneewise.knowledge import Question, RedFlag, Region, Source
from kneewise.questions import DANGER_SIGNS, is_coach, is_known
from kneewise.replies import NAMED_IN_SHORT, Reply, Writer
from kneewise.scene import Turn
from kneewise.state import State

SIDES = {"left": "side_left", "right": "side_right", "both": "side_both"}
VIEWS = {"front": "view_front", "back": "view_back"}
LEVELS = {
    "emergency": "level_emergency",
    "same_day": "level_same_day",
    "soon": "level_soon",
}
"""The phrase that names each of them."""
SEEN_FROM_BEHIND = frozenset({"behind"})
"""Places that are in the drawing from behind; all others are in the one from the front."""
ARTICLE = "article"
DOI, PMC = "https://doi.org/", "https://pmc.ncbi.nlm.nih.gov/articles/"

Card = dict[str, Any]


def dressed(turn: Turn, write: Writer) -> Turn:
    """The turn with the cards of each reply."""
    return replace(turn, replies=tuple(_dress(reply, turn.state, write) for reply in turn.replies))


def _dress(reply: Reply, state: State, write: Writer) -> Reply:
    cards: list[Card] = [dict(card) for card in reply.cards]
    beside = reply.beside
    if reply.flags and reply.topic == "urgent":
        cards.append(urgent(reply, write))
    if reply.exercise:
        cards.append(exercise(reply.exercise, write))
        beside = ""
    question = _asked(reply.slot, write)
    if question and is_coach(question.slot):
        cards += [card for card in (_question(question, write),) if card]
    elif question:
        cards += [card for card in (_question(question, write),) if card]
        cards.append(progress(question.slot, state, write))
        beside = _without_list(reply.text, question) if question.slot == DANGER_SIGNS else beside
    if reply.sources:
        cards.append(sources(reply, write))
    return replace(reply, cards=tuple(cards), beside=beside)


def _asked(slot: str | None, write: Writer) -> Question | None:
    kb = write.kb
    asked = (kb.questions, kb.before_a_plan, kb.along_the_way)
    return next((found for questions in asked if (found := questions.get(slot or ""))), None)


def _without_list(text: str, question: Question) -> str:
    """A question without the numbered list under it, which the card shows to tick."""
    listed = {f"{n}. {option.label}" for n, option in enumerate(question.options, 1)}
    return "\n".join(line for line in text.split("\n") if line not in listed)


def _question(question: Question, write: Writer) -> Card | None:
    """The card that takes the answer, for the questions that have one."""
    build = _QUESTIONS.get(question.reads)
    return build(question, write) if build else None


def kneemap(question: Question, write: Writer) -> Card:
    """A knee to tap on: where, and on which side."""
    say = write.phrase
    return {
        "type": "kneemap",
        "drawing": "kneemap.svg",
        "hint": say("map_hint"),
        "sides": [{"side": side, "title": say(name)} for side, name in SIDES.items()],
        "views": [{"id": view, "title": say(name)} for view, name in VIEWS.items()],
        "zones": [
            {
                "id": option.value,
                "title": option.label,
                "view": "back" if option.value in SEEN_FROM_BEHIND else "front",
            }
            for option in question.options
        ],
        "send": say("send"),
    }


def signs(question: Question, write: Writer) -> Card:
    """The danger signs to tick."""
    none = {"title": write.phrase("none_of_these")}
    return {**choices(question, write), "type": "signs", "none": none}


def choices(question: Question, write: Writer) -> Card:
    """Options of which several can hold."""
    items = [{"title": option.label} for option in question.options]
    return {"type": "choices", "items": items, "send": write.phrase("send")}


def scale(question: Question, write: Writer) -> Card:
    """A number from the least to the most that the question knows."""
    numbers = [int(option.value) for option in question.options] or [0, WORST_PAIN]
    return {
        "type": "scale",
        "min": min(numbers),
        "max": max(numbers),
        "low": write.phrase("pain_lowest"),
        "high": write.phrase("pain_highest"),
        "send": write.phrase("send"),
    }


_QUESTIONS: Mapping[str, Callable[[Question, Writer], Card]] = {
    "location": kneemap,
    "signs": signs,
    "triggers": choices,
    "severity": scale,
    "pain": scale,
    "several": choices,
}


def progress(slot: str, state: State, write: Writer) -> Card:
    """How far the questions are. Answers can come unasked, so the number is about right only."""
    settled = {*state.progress.answered, *state.progress.skipped}
    asked = write.kb.questions
    done = sum(
        other != slot and (other in settled or is_known(other, state.facts, write.kb))
        for other in asked
    )
    label = write.phrase("progress", done=str(done + 1), of=str(len(asked)))
    return {"type": "progress", "done": done + 1, "of": len(asked), "label": label}


def urgent(reply: Reply, write: Writer) -> Card:
    """The warning in two lines, with whom to call."""
    worst = write.kb.flag(reply.flags[0])
    return {
        "type": "urgent",
        "level": worst.urgency,
        "title": write.phrase(LEVELS[worst.urgency]),
        "text": write.fill(worst.say),
        "call": [
            {"label": _call(name, number, worst, write), "number": number.replace(" ", "")}
            for name, number in numbers_to_call(worst, write.region)
        ],
        "acknowledge": write.phrase("acknowledge"),
    }


def numbers_to_call(flag: RedFlag, region: Region) -> tuple[tuple[str, str], ...]:
    """The numbers that the advice of a flag names, as they are written, the first to call first.

    Each with what it is for: emergency, advice or crisis.
    """
    named = [pair for pair in region.call.items() if "{" + pair[0] + "}" in flag.say]
    return tuple(sorted(named, key=lambda pair: flag.say.find("{" + pair[0] + "}")))


def _call(name: str, number: str, flag: RedFlag, write: Writer) -> str:
    """What is on the button. Where the emergency number is only for the worst, it says so."""
    if name == "emergency" and flag.urgency != "emergency":
        return write.phrase("call_if_worse", number=number)
    return write.phrase("call", number=number)


def exercise(exercise_id: str, write: Writer) -> Card:
    """One exercise with its drawing."""
    found = next(e for e in write.kb.exercises if e.id == exercise_id)
    parts = ("dose", "easier", "harder", "move_on", "not_if")
    stop = write.fill(write.kb.topics["exercises"].changes)
    return {
        "type": "exercise",
        "id": found.id,
        "title": found.name,
        "drawing": f"{found.id}.svg",
        "alt": found.alt,
        "steps": [write.fill(step) for step in found.how],
        **{name: write.fill(getattr(found, name)) for name in parts},
        "stop_if": stop,
    }


def sources(reply: Reply, write: Writer) -> Card:
    """What the message rests on, to be seen with one tap.

    `line` is the line of the text that says the same, so that it need not be shown twice.
    """
    lines = (write.sources(reply.sources, NAMED_IN_SHORT), write.sources(reply.sources))
    return {
        "type": "sources",
        "title": write.phrase("sources_title"),
        "line": next((line for line in lines if reply.text.endswith(line)), ""),
        "items": [cited(write.kb.sources[source], write) for source in reply.sources],
    }


def cited(source: Source, write: Writer) -> Card:
    """One source: what a runner calls it, what it is, and where it can be read."""
    label = write.phrase("from_article") if source.id == ARTICLE else _label(source)
    return {"label": label, "cite": source.cite, "url": address(source.cite)}


def _label(source: Source) -> str:
    """The name, with its year where the name does not say it: "Guideline, 2019"."""
    name = source.name[:1].upper() + source.name[1:]
    return name if source.year is None or str(source.year) in name else f"{name}, {source.year}"


def address(cite: str) -> str | None:
    """Where a source can be read, if its citation holds a DOI or a PubMed Central number."""
    doi = re.search(r"doi:(10\.\S+?)[.,;)]*(?:\s|$)", cite)
    pmc = re.search(r"PMC\d+", cite)
    if doi:
        return DOI + doi[1]
    return f"{PMC}{pmc[0]}/" if pmc else None
