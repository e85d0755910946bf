"""Load knowledge/symptoms.yml once and keep it compiled."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from kneewise.symptoms.patterns import Pattern, any_of, compile_all
from kneewise.symptoms.people import People
from kneewise.symptoms.spelling import Spelling
from kneewise.symptoms.status import Statuses

# Section of the file -> kind of fact.
KINDS = {"locations": "location", "sides": "side", "triggers": "trigger", "onsets": "onset", "signs": "sign"}
# A whole word in a pattern: "knees?" is two of them, "swell\\w*" is none.
_WHOLE_WORD = re.compile(r"(?<![\w{\\])([a-z]+)(\??)(?![\w}\\*+{])")
_SHORTEST = 3
REAL_WORDS = "real_words.txt"


@dataclass(frozen=True, eq=False)
class Entry:
    """Everything that tells one value: a sign, a place, a trigger, a side or an onset."""

    kind: str
    value: str
    patterns: tuple[Pattern, ...]
    maybe: tuple[Pattern, ...]
    denies: tuple[Pattern, ...]
    of_children: tuple[Pattern, ...]
    anyone: tuple[Pattern, ...]
    skip: tuple[Pattern, ...]
    bare: re.Pattern[str] | None
    masks: frozenset[str]
    implies: tuple[str, ...]
    history: bool
    settles: bool
    certain: bool


@dataclass(frozen=True, eq=False)
class Lexicon:
    """The whole file, compiled."""

    entries: tuple[Entry, ...]
    spelling: Spelling
    people: People
    statuses: Statuses
    breaks: re.Pattern[str]
    list_joints: re.Pattern[str]
    list_padding: re.Pattern[str]
    numbers: Mapping[str, Any]
    words: Mapping[str, str]
    needs: frozenset[str]
    young: re.Pattern[str]

    def by_value(self, value: str) -> Entry:
        """Return the entry of a value."""
        return next(entry for entry in self.entries if entry.value == value)


def knowledge_folder() -> Path:
    """Return the folder of the knowledge files; KNEEWISE_KNOWLEDGE names another one."""
    own = Path(__file__).resolve().parents[2] / "knowledge"
    return Path(os.environ.get("KNEEWISE_KNOWLEDGE") or own)


def lexicon() -> Lexicon:
    """Return the compiled file; each folder is read once."""
    return _load(knowledge_folder())


def spelling_tables() -> tuple[Mapping[str, Any], frozenset[str]]:
    """Return the spelling tables and the words worth guessing at."""
    data = _read(knowledge_folder())
    return data["spelling"], _vocabulary(data)


def _read(folder: Path) -> dict[str, Any]:
    data: dict[str, Any] = yaml.load((folder / "symptoms.yml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return data


@lru_cache(maxsize=4)
def _load(folder: Path) -> Lexicon:
    data = _read(folder)
    words: dict[str, str] = data["words"]
    entries = tuple(
        _entry(kind, str(value), body, words) for section, kind in KINDS.items() for value, body in data[section].items()
    )
    lists = data["lists"]
    return Lexicon(
        entries=entries,
        spelling=Spelling(data["spelling"], _vocabulary(data), [*_real_words(folder), *data["spelling"]["keep"].split()]),
        people=People(data["people"], words),
        statuses=Statuses(data["status"], words),
        breaks=any_of(data["clause_breaks"], words),
        list_joints=any_of(lists["joints"], words),
        list_padding=any_of(lists["padding"], words),
        numbers=data["numbers"],
        words=words,
        needs=frozenset().union(*(pattern.needs for entry in entries for pattern in all_patterns(entry))),
        young=any_of(data["people"]["young_writer"], words),
    )


def all_patterns(entry: Entry) -> Iterable[Pattern]:
    """Return every pattern of an entry."""
    return (*entry.patterns, *entry.maybe, *entry.denies, *entry.of_children, *entry.anyone, *entry.skip)


def _entry(kind: str, value: str, body: Mapping[str, Any], words: Mapping[str, str]) -> Entry:
    def compiled(name: str) -> tuple[Pattern, ...]:
        return compile_all(body.get(name) or (), words, strict=name == "denies")

    return Entry(
        kind=kind,
        value=value,
        patterns=compiled("patterns"),
        maybe=compiled("maybe"),
        denies=compiled("denies"),
        of_children=compiled("of_children"),
        anyone=compiled("anyone"),
        skip=compiled("skip"),
        bare=any_of(body["bare"], words) if body.get("bare") else None,
        masks=frozenset(body.get("masks") or ()),
        implies=tuple(body.get("implies") or ()),
        history=bool(body.get("history")),
        settles=bool(body.get("settles")),
        certain=bool(body.get("certain")),
    )


def _vocabulary(data: Mapping[str, Any]) -> frozenset[str]:
    """The words a slip may stand for: those listed, and every whole word of the patterns."""
    templates = [*data["words"].values()]
    for section in KINDS:
        for body in data[section].values():
            templates += [t for key in ("patterns", "maybe", "denies", "bare") for t in body.get(key) or ()]
    found = set(data["spelling"]["vocabulary"].split())
    for word, after in _WHOLE_WORD.findall(" ".join(templates)):
        found |= {word, word[:-1]} if after else {word}
    return frozenset(word for word in found if len(word) > _SHORTEST)


def _real_words(folder: Path) -> frozenset[str]:
    """Words that look like a slip of a knee word and are none ("stolen" is not "swollen")."""
    path = folder / REAL_WORDS
    if not path.exists():
        return frozenset()
    lines = path.read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())
