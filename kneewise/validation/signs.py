"""Check what is said of signs, places and triggers against symptoms.yml, and the slots with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from kneewise.symptoms.patterns import compile_pattern
from kneewise.triage import TEST_KEYS, Facts, holds
from kneewise.validation.documents import Document, Place, Problem
from kneewise.validation.house import House, known

SIGN_LISTS = ("signs", "any_signs", "no_signs")
NEEDS_FACTS = {
    ("flags", "when"),
    ("elsewhere", "when"),
    ("conditions", "fits"),
    ("branches", "when"),
}
"""Tests that must not hold of somebody who told nothing yet."""
SECTIONS = ("locations", "sides", "triggers", "onsets", "signs")
PATTERN_LISTS = ("patterns", "maybe", "denies", "skip", "of_children", "anyone", "bare")
SLOT_VALUES = {"pain_location": "locations", "pain_side": "sides", "onset": "onsets"}
"""Slots of domain.yml whose values are those of a section of symptoms.yml."""
HAS = "has_"


def tests(house: House) -> Iterator[Problem]:
    """Every test asks something that triage knows, of values that are there."""
    for document, place, test in _tests(house):
        for key, value in test.items():
            yield from _line_of_test(house, document, (*place, key), value)
        if (place[0], place[-2]) in NEEDS_FACTS and _holds_of_nothing(test):
            yield document.problem(place, "it holds when nothing is known")


def screens(house: House) -> Iterator[Problem]:
    """The signs that answer the safety question of a topic are there."""
    for topic in house.topics.values():
        names = (topic.data.get("screen") or {}).get("signs") or ()
        signs = house.ids("symptoms", "signs")
        yield from known(topic, ("screen", "signs"), names, signs, "sign")


def _tests(house: House) -> Iterator[tuple[Document, Place, Mapping[str, Any]]]:
    """Every test of red flags, conditions and the plan, with its place."""
    for kind, lists, keys in (
        ("red_flags", ("flags", "elsewhere"), ("when",)),
        ("conditions", ("conditions",), ("fits", "supports", "against")),
        ("plan", ("parts", "branches"), ("when",)),
    ):
        for name in lists if house.has(kind) else ():
            for at, row in house[kind].rows(name):
                for key in keys:
                    for index, test in enumerate(row.get(key) or ()):
                        yield house[kind], (*at, key, index), test


def _holds_of_nothing(test: Mapping[str, Any]) -> bool:
    return set(test) <= TEST_KEYS and holds(test, Facts())


def _line_of_test(house: House, document: Document, place: Place, value: Any) -> Iterator[Problem]:
    key = place[-1]
    if key not in TEST_KEYS:
        names = ", ".join(sorted(TEST_KEYS))
        yield document.problem(place, f"triage knows no such test ({names})")
    elif key in SIGN_LISTS:
        yield from known(document, place, value, house.ids("symptoms", "signs"), "sign")
    elif key in ("location", "not_location"):
        yield from known(document, place, value, house.ids("symptoms", "locations"), "location")
    elif key == "triggers":
        yield from known(document, place, value, house.ids("symptoms", "triggers"), "trigger")
    elif key == "onset" and value not in house.ids("symptoms", "onsets"):
        yield document.problem(place, f'there is no onset "{value}"')


def symptoms(house: House) -> Iterator[Problem]:
    """What symptoms.yml says of its own values holds, and its patterns can be read."""
    document = house["symptoms"]
    values = frozenset().union(*(house.ids("symptoms", section) for section in SECTIONS))
    for section in SECTIONS:
        for at, entry in document.rows(section):
            for key in ("masks", "implies"):
                yield from known(document, (*at, key), entry.get(key) or (), values, "value")
    for place, message in _bad_patterns(document.file, _frozen(document.data)):
        yield document.problem(place, message)


_Patterns = tuple[tuple[tuple[str, str], ...], tuple[tuple[Place, str], ...]]


def _frozen(data: Mapping[str, Any]) -> _Patterns:
    """The word groups and all patterns, as values that can be remembered."""
    places = (
        ((section, value, key, index), pattern)
        for section in SECTIONS
        for value, entry in data[section].items()
        for key in PATTERN_LISTS
        for index, pattern in enumerate(entry.get(key) or ())
    )
    return tuple(data["words"].items()), tuple(places)


@lru_cache(maxsize=4)
def _bad_patterns(_file: str, patterns: _Patterns) -> tuple[tuple[Place, str], ...]:
    """The patterns that are no regular expression, or use a word group that is not there."""
    words, found = dict(patterns[0]), []
    for place, pattern in patterns[1]:
        try:
            compile_pattern(pattern, words)
        except (ValueError, RecursionError) as error:  # noqa: PERF203 - each is to be named
            found.append((place, f"cannot be read: {error.__cause__ or error}"))
    return tuple(found)


def slots(house: House) -> Iterator[Problem]:
    """Every sign has its slot and its entity in domain.yml, and the other way round."""
    signs = house.ids("symptoms", "signs")
    domain = house["domain"]
    for section in ("slots", "entities"):
        names = {_name(at, row): at for at, row in _rows(domain, section)}
        for sign in sorted(signs):
            if HAS + sign not in names:
                message = f'"{HAS}{sign}" is missing (a sign of symptoms.yml)'
                yield domain.problem((section,), message)
        for name, at in names.items():
            if name.startswith(HAS) and name[len(HAS) :] not in signs:
                yield domain.problem(at, f'"{name}" is no sign of symptoms.yml')


def slot_values(house: House) -> Iterator[Problem]:
    """Slots take exactly the values that symptoms.yml has."""
    domain = house["domain"]
    for slot, section in SLOT_VALUES.items():
        held = {_name(at, row): row for at, row in _rows(domain, "slots")}.get(slot)
        values = held.get("values") if isinstance(held, dict) else ()
        given = {str(value) for value in values or ()}
        wanted = house.ids("symptoms", section)
        if given != wanted:
            differ = ", ".join(sorted(given ^ wanted))
            message = f"differs from the {section} of symptoms.yml: {differ}"
            yield domain.problem(("slots", slot, "values"), message)


def _rows(document: Document, section: str) -> Iterator[tuple[Place, Any]]:
    """A section of a file whose shape Rasa checks, not we."""
    held = document.data.get(section)
    return document.rows(section) if isinstance(held, (dict, list)) else iter(())


def _name(at: Place, row: Any) -> str:
    """What an entry of domain.yml is called: a text, or the one key of a mapping."""
    if isinstance(at[-1], str):
        return at[-1]
    return str(next(iter(row), "") if isinstance(row, dict) else row)


def intents(house: House) -> Iterator[Problem]:
    """Every topic can be asked for: it has examples, and no examples lead to a topic not there."""
    nlu, ask = house["nlu"], "ask_"
    found = {str(row.get("intent")): at for at, row in _rows(nlu, "nlu") if isinstance(row, dict)}
    for topic in sorted(house.topic_ids):
        if ask + topic not in found:
            yield nlu.problem(("nlu",), f'"{ask}{topic}" is missing (a topic of knowledge/topics)')
    for intent, at in found.items():
        if intent.startswith(ask) and intent[len(ask) :] not in house.topic_ids:
            yield nlu.problem((*at, "intent"), f'"{intent}" is no topic of knowledge/topics')
