"""Tell in which language a message is written: by its script, else by its words. Pure.

Only English is understood. The languages of `knowledge/languages.yml` are recognised, so that
whoever writes in one of them is told so in it. English has the first claim: a message is English
unless the words of another language outweigh its English ones by far.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from kneewise import knowledge
from kneewise.knowledge import FOLDER, Language

LEAST = 1.0
"""The least weight that shows a language: one word of its own, or two weak ones."""
OUTWEIGHS = 2.0
"""How often the weight must outdo the number of English words."""
SHARE = 0.2
"""The least weight a word: among many words that nobody knows, one that fits is a slip."""
WEAK, BY_LETTER = 0.5, 0.4
"""The weight of a weak word, and of one that only has a letter of the language (a name, "José")."""
SHORT = 3
"""A word of so few letters that was typed without its accents counts as weak."""
STEM = 4
"""The fewest letters of a beginning."""
LONGEST_STEM = 10
OTHER_SCRIPT = 2
"""A letter of another script counts for so many: a Chinese word has two, an English one five."""
COVERED = 0.9
"""How much of the other script must be letters of the language: Persian is not Arabic."""
ENOUGH = 600
"""Letters of a message that are looked at: a pasted page shows its language by then."""

_APOSTROPHES = str.maketrans("", "", "'’‘`´ʼ")
_WORD = re.compile(r"[^\W\d_]+")
_LATIN = re.compile("[a-z\u00aa-\u024f\u1e00-\u1eff]")
_PLAIN = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "\u0131": "i", "ß": "ss", "æ": "ae", "œ": "oe", "\u0307": ""}
)
_TWO_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})

Weights = Mapping[str, float]
"""Language id -> how much something speaks for it."""


@dataclass(frozen=True)
class Tables:
    """The file as it is looked up: what each word, beginning and letter speaks for."""

    names: tuple[str, ...]
    words: Mapping[str, Weights]
    stems: Mapping[str, Weights]
    letters: Mapping[str, Weights]
    scripts: Mapping[str, re.Pattern[str]]
    english: frozenset[str]
    shared: frozenset[str]


def language_of(text: str) -> str | None:
    """The id of the language a message is written in; None if it is English or cannot be told."""
    text = _lower(text)
    other = "" if text.isascii() else _other_script(text)
    latin = len(_LATIN.findall(text)) if other else 0
    if other and (not latin or (len(other) > 1 and len(other) * OTHER_SCRIPT >= latin)):
        return _by_script(text, other, _tables(os.environ.get(FOLDER)))
    return _by_words(_WORD.findall(text), _tables(os.environ.get(FOLDER)))


def is_wordless(text: str) -> bool:
    """True if a message has no number and no Latin letter: signs, pictures, an unknown script."""
    text = _lower(text)
    return not (_LATIN.search(text) or any(char.isdigit() for char in text))


def says_nothing(text: str) -> bool:
    """True if a message has no number and no word that is known: keys hit, or no words at all."""
    text = _lower(text)
    if any(char.isdigit() for char in text):
        return False
    tables = _tables(os.environ.get(FOLDER))
    known = (tables.english, tables.shared, tables.words)
    return not any(word in table for word in _WORD.findall(text) for table in known)


def _lower(text: str) -> str:
    """The beginning of a text as it is looked up: small letters, no apostrophes."""
    return unicodedata.normalize("NFKC", text[:ENOUGH]).lower().translate(_APOSTROPHES)


def _other_script(text: str) -> str:
    """The letters of a text that are not Latin."""
    return "".join(char for char in text if char.isalpha() and not _LATIN.match(char))


def _by_script(text: str, other: str, tables: Tables) -> str | None:
    """The language whose letters these are; of several, the one whose letters and words fit."""
    found = {name: len(letters.findall(other)) for name, letters in tables.scripts.items()}
    fitting = [name for name, count in found.items() if count >= COVERED * len(other)]
    words = _weights(_WORD.findall(text), tables) if len(fitting) > 1 else {}
    return max(fitting, key=lambda name: found[name] + words.get(name, 0.0), default=None)


def _by_words(words: list[str], tables: Tables) -> str | None:
    """The language whose words these are, if there are enough and hardly any English ones."""
    found = _weights(words, tables)
    best = max(found, key=found.__getitem__)
    english = sum(word in tables.english for word in words)
    least = max(LEAST, OUTWEIGHS * english, SHARE * len(words))
    return best if found[best] >= least else None


def _weights(words: Iterable[str], tables: Tables) -> dict[str, float]:
    """How much words speak for each language; those that come first in the file stand first."""
    found = dict.fromkeys(tables.names, 0.0)
    for word in dict.fromkeys(words):  # said twice it proves no more
        for name, weight in _speaks_for(word, tables).items():
            found[name] += weight
    return found


def _speaks_for(word: str, tables: Tables) -> Weights:
    """What a word speaks for: by itself, by how it begins, or by a letter English has not."""
    if word in tables.english or word in tables.shared:
        return {}
    if word in tables.words:
        return tables.words[word]
    for length in range(min(len(word), LONGEST_STEM), STEM - 1, -1):
        if word[:length] in tables.stems:
            return tables.stems[word[:length]]
    return next((tables.letters[char] for char in word if char in tables.letters), {})


@lru_cache(maxsize=4)
def _tables(_folder: str | None) -> Tables:
    """The tables of the knowledge folder that is set."""
    kb = knowledge.load()
    languages = kb.languages.values()
    words: dict[str, dict[str, float]] = defaultdict(dict)
    stems: dict[str, dict[str, float]] = defaultdict(dict)
    letters: dict[str, dict[str, float]] = defaultdict(dict)
    for language in languages:
        for entry, weight in _entries(language):
            table = stems if entry.endswith("*") else words
            form = entry.rstrip("*")
            table[form][language.id] = max(weight, table[form].get(language.id, 0.0))
        for letter in language.letters:
            letters[letter][language.id] = BY_LETTER
    return Tables(
        names=tuple(kb.languages),
        words=words,
        stems=stems,
        letters=letters,
        scripts={one.id: re.compile(f"[{one.script}]") for one in languages if one.script},
        english=kb.english,
        shared=kb.shared_words,
    )


def _entries(language: Language) -> Iterator[tuple[str, float]]:
    """Every way to write each word of a language, with its weight: without accents it is less."""
    for entry in (*language.words, *language.weak):
        weight = WEAK if entry in language.weak else 1.0
        word = _lower(entry)
        yield word, weight
        for typed in {plain(word), word.translate(_TWO_LETTERS)} - {word}:
            yield typed, weight if len(typed.rstrip("*")) > SHORT else WEAK


def plain(word: str) -> str:
    """A word as it is typed by someone who leaves the accents out."""
    parts = unicodedata.normalize("NFD", word.translate(_PLAIN))
    return "".join(char for char in parts if not unicodedata.combining(char))
