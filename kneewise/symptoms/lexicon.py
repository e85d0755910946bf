"""Load knowledge/symptoms.yml once and keep it compiled."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from kneewise.symptoms.entries import Entry, Tell, entry_of, needs_of
from kneewise.symptoms.patterns import Needs, any_of
from kneewise.symptoms.people import People
from kneewise.symptoms.spelling import Spelling
from kneewise.symptoms.status import Statuses

# Section of the file -> kind of fact.
KINDS = {
    "locations": "location",
    "sides": "side",
    "triggers": "trigger",
    "onsets": "onset",
    "signs": "sign",
}
# A whole word in a pattern: "knees?" is two of them, "swell\\w*" is none.
_WHOLE_WORD = re.compile(r"(?<![\w{\\])([a-z]+)(\??)(?![\w}\\*+{])")
_SHORTEST = 3
_OWN = Path(__file__).resolve().parents[2] / "knowledge"
REAL_WORDS = "real_words.txt"


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
    needs: Needs
    young: re.Pattern[str]
    by_need: Mapping[str, Sequence[tuple[int, int]]]

    def possible(self, held: Iterable[str]) -> list[tuple[Entry, list[Tell]]]:
        """Return the entries that a text can match, each with the patterns that can match it."""
        found: dict[int, set[int]] = {}
        for string in held:
            for entry, tell in self.by_need.get(string, ()):
                found.setdefault(entry, set()).add(tell)
        return [
            (self.entries[entry], [self.entries[entry].tells[tell] for tell in sorted(tells)])
            for entry, tells in sorted(found.items())
        ]

    def by_value(self, value: str) -> Entry:
        """Return the entry of a value."""
        return next(entry for entry in self.entries if entry.value == value)


def knowledge_folder() -> Path:
    """Return the folder of the knowledge files; KNEEWISE_KNOWLEDGE names another one."""
    chosen = os.environ.get("KNEEWISE_KNOWLEDGE")
    return Path(chosen) if chosen else _OWN


def lexicon() -> Lexicon:
    """Return the compiled file; each folder is read once."""
    return _load(knowledge_folder())


def spelling_tables() -> tuple[Mapping[str, Any], frozenset[str]]:
    """Return the spelling tables and the words worth guessing at."""
    data = _read(knowledge_folder())
    return data["spelling"], _vocabulary(data)


def vocabulary_mark() -> str:
    """Return a mark of the vocabulary; real_words.txt names the one it was made for."""
    return hashlib.sha256(" ".join(sorted(spelling_tables()[1])).encode()).hexdigest()[:16]


def _read(folder: Path) -> dict[str, Any]:
    data: dict[str, Any] = yaml.load(
        (folder / "symptoms.yml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader
    )
    return data


@lru_cache(maxsize=4)
def _load(folder: Path) -> Lexicon:
    data = _read(folder)
    words: dict[str, str] = data["words"]
    entries = tuple(
        entry_of(kind, str(value), body, words)
        for section, kind in KINDS.items()
        for value, body in data[section].items()
    )
    lists = data["lists"]
    return Lexicon(
        entries=entries,
        spelling=Spelling(data["spelling"], _vocabulary(data), _real_words(folder)),
        people=People(data["people"], words),
        statuses=Statuses(data["status"], words),
        breaks=any_of(data["clause_breaks"], words),
        list_joints=any_of(lists["joints"], words),
        list_padding=any_of(lists["padding"], words),
        numbers=data["numbers"],
        words=words,
        needs=Needs(frozenset().union(*(entry.needs | needs_of(entry.skip) for entry in entries))),
        young=any_of(data["people"]["young_writer"], words),
        by_need=_by_need(entries),
    )


def _by_need(entries: Sequence[Entry]) -> dict[str, list[tuple[int, int]]]:
    """Index entry and pattern by the strings of which the pattern needs one."""
    index: dict[str, list[tuple[int, int]]] = {}
    for place, entry in enumerate(entries):
        for number, tell in enumerate(entry.tells):
            for string in tell.pattern.needs:
                index.setdefault(string, []).append((place, number))
    return index


def _vocabulary(data: Mapping[str, Any]) -> frozenset[str]:
    """The words a slip may stand for: those listed, and every whole word of the patterns."""
    templates = [*data["words"].values()]
    for section in KINDS:
        for body in data[section].values():
            templates += [
                t for key in ("patterns", "maybe", "denies", "bare") for t in body.get(key) or ()
            ]
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
