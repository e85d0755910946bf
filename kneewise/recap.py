"""Say back what was understood. People act on advice that repeats their words correctly.

Source: Bickmore 2021 (evidence base, section 6.2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from kneewise.knowledge import Knowledge
from kneewise.questions import danger_signs_of
from kneewise.state import SIGN_SLOT
from kneewise.triage import Facts

ORDER = (
    "child",
    "location",
    "other_places",
    "side",
    "triggers",
    "duration_days",
    "onset",
    "severity",
    "age",
    "age_group",
)
DAYS_A_WEEK, DAYS_A_MONTH, DAYS_A_YEAR = 7, 30, 365


def describe(facts: Facts, names: Iterable[str], kb: Knowledge) -> str:
    """The facts named, in plain words: "pain around the kneecap, worse on stairs".

    `names` are fields of `Facts` or `has_<sign>`; what is not known is left out.
    """
    wanted = set(names)
    parts = [words for name in ORDER if name in wanted and (words := _field(facts, name, kb))]
    signs = [name[len(SIGN_SLOT) :] for name in names if name.startswith(SIGN_SLOT)]
    parts += _signs(facts, signs, kb)
    return ", ".join(dict.fromkeys(parts))


def everything(facts: Facts) -> tuple[str, ...]:
    """The names of all facts that are known, for a recap before the advice."""
    return (*ORDER, *(SIGN_SLOT + sign for sign in facts.signs))


def present_signs(facts: Facts, kb: Knowledge) -> str:
    """The signs that are present, in plain words."""
    return ", ".join(kb.words["sign"][sign].say for sign, there in facts.signs.items() if there)


def _signs(facts: Facts, signs: list[str], kb: Knowledge) -> list[str]:
    """Signs said yes to and no to; a whole checklist of no is said in one go."""
    words = kb.words["sign"]
    yes = [words[sign].say for sign in signs if facts.signs.get(sign) is True]
    no = [sign for sign in signs if facts.signs.get(sign) is False]
    listed = danger_signs_of(kb)
    if sum(sign in listed for sign in no) > len(listed) // 2:
        others = any(facts.has(sign) for sign in listed)
        return [*yes, kb.phrases["no_other_danger_signs" if others else "no_danger_signs"]]
    return [*yes, *(words[sign].no for sign in no)]


def _field(facts: Facts, name: str, kb: Knowledge) -> str | None:
    """One fact in words, or None if it is not known."""
    value = getattr(facts, name)
    if value is None or value in ((), False):
        return None
    if name in kb.words:
        return kb.words[name][value].say
    return _OTHER_WORDS[name](value, kb)


def _triggers(value: tuple[str, ...], kb: Knowledge) -> str:
    return ", ".join(kb.words["trigger"][trigger].say for trigger in value)


def how_long(days: float, kb: Knowledge) -> str:
    """A length of time as people say it: days under two weeks, then weeks, months and years."""
    if days <= 1:
        return kb.phrases["days_one"]
    for least, unit, name in (
        (2 * DAYS_A_YEAR, DAYS_A_YEAR, "years"),
        (2 * DAYS_A_MONTH, DAYS_A_MONTH, "months"),
        (2 * DAYS_A_WEEK, DAYS_A_WEEK, "weeks"),
    ):
        if days >= least:
            return kb.phrases[name].format(number=round(days / unit))
    return kb.phrases["days"].format(number=round(days))


def _places(value: tuple[str, ...], kb: Knowledge) -> str:
    return ", ".join(kb.words["location"][place].say for place in value)


_OTHER_WORDS: Mapping[str, Callable[[Any, Knowledge], str]] = {
    "child": lambda _, kb: kb.phrases["child"],
    "triggers": _triggers,
    "other_places": _places,
    "duration_days": how_long,
    "severity": lambda value, kb: kb.phrases["severity"].format(number=f"{value:g}"),
    "age": lambda value, kb: kb.phrases["age"].format(number=f"{value:g}"),
    "age_group": lambda value, kb: kb.phrases[value],
}
"""How the facts that are not in symptoms.yml are worded."""
