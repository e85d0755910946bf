"""Mend how words are typed: short forms, known slips, and near misses of knee words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol, TypeVar

_STRETCHED = re.compile(r"(.)\1{2,}")
_SHORT = 8  # words up to this length may hide one slip, longer ones two
_TINY = 5  # shorter words are never guessed at: too many real ones lie next door


class Spanned(Protocol):
    """A word that knows where it was typed."""

    @property
    def text(self) -> str:
        """The word."""

    @property
    def start(self) -> int:
        """Where it starts in the original."""

    @property
    def end(self) -> int:
        """Where it ends in the original."""


W = TypeVar("W", bound=Spanned)


class Spelling:
    """The spelling tables of symptoms.yml, ready to use."""

    def __init__(self, table: Mapping[str, Any], known: Iterable[str], real: Iterable[str]) -> None:
        self._words = {word: tuple(plain.split()) for word, plain in table["words"].items()}
        self._endings = dict(table["endings"])
        self._is_words = frozenset(table["is_after"])
        self._phrases = _by_first_word(table["phrases"])
        self._known = frozenset(known)
        self._real = frozenset([*real, *table["keep"].split()])
        self._near = _delete_index(self._known)
        self.mend_word: Callable[[str], tuple[str, ...]] = lru_cache(maxsize=20_000)(
            self._mend_word
        )

    def _mend_word(self, word: str) -> tuple[str, ...]:
        if word in self._words:
            return self._words[word]
        if "'" in word:
            return self._spell_out(word)
        if word in self._known or word in self._real:
            return (word,)
        return self._guess(word)

    def _spell_out(self, word: str) -> tuple[str, ...]:
        """Split "doesn't" and "knee's" into the words they stand for."""
        for ending, plain in self._endings.items():
            if word.endswith(ending) and len(word) > len(ending):
                return (*self._mend_word(word[: -len(ending)]), plain)
        host, _, tail = word.rpartition("'")
        if tail != "s":
            return self._mend_word(word.replace("'", "")) if host else (word,)
        return (*self._mend_word(host), "is" if host in self._is_words else "s")

    def would_change(self, word: str) -> bool:
        """Tell whether the speller takes a word for a slip of another one."""
        return word not in self._words and self.mend_word(word) != (word,)

    def _guess(self, word: str) -> tuple[str, ...]:
        """Take the one knee word within a slip or two, if there is exactly one nearest."""
        for shorter in (_STRETCHED.sub(r"\1\1", word), _STRETCHED.sub(r"\1", word)):
            if shorter != word and (shorter in self._known or shorter in self._words):
                return self._mend_word(shorter)
        if f"{word}g" in self._known:  # "swellin"
            return (f"{word}g",)
        if len(word) < _TINY:
            return (word,)
        slips = _slips(word)
        near = {known for key in _deletes(word, slips) for known in self._near.get(key, ())}
        ranked = sorted((_likeness(word, known), known) for known in near if known[0] == word[0])
        ranked = [rank for rank in ranked if rank[0][0] <= slips]
        if not ranked or (len(ranked) > 1 and ranked[0][0] == ranked[1][0]):
            return (word,)
        return (ranked[0][1],)

    def mend_phrases(self, make: Callable[[str, int, int], W], words: Sequence[W]) -> Iterator[W]:
        """Replace known slips of several words ("barley walk"); their span stays whole."""
        position = 0
        while position < len(words):
            typed, plain = self._phrase_at(words, position)
            if not typed:
                yield words[position]
                position += 1
                continue
            start, end = words[position].start, words[position + typed - 1].end
            for text in plain:
                yield make(text, start, end)
            position += typed

    def _phrase_at(self, words: Sequence[W], position: int) -> tuple[int, tuple[str, ...]]:
        for typed, plain in self._phrases.get(words[position].text, ()):
            if tuple(word.text for word in words[position : position + len(typed)]) == typed:
                return len(typed), plain
        return 0, ()


def _by_first_word(
    phrases: Mapping[str, str],
) -> dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]]:
    table: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {}
    for typed, plain in sorted(phrases.items(), key=lambda item: -len(item[0].split())):
        words = tuple(typed.split())
        table.setdefault(words[0], []).append((words, tuple(plain.split())))
    return table


def _delete_index(known: Iterable[str]) -> dict[str, set[str]]:
    """Index every knee word under what is left when letters are dropped (symmetric delete)."""
    index: dict[str, set[str]] = {}
    for word in known:
        for key in _deletes(word, _slips(word)):
            index.setdefault(key, set()).add(word)
    return index


def _slips(word: str) -> int:
    return 1 if len(word) <= _SHORT else 2


def _deletes(word: str, slips: int) -> set[str]:
    keys = {word}
    for _ in range(slips):
        keys |= {key[:i] + key[i + 1 :] for key in keys for i in range(len(key))}
    return keys


def _likeness(word: str, known: str) -> tuple[int, int, int]:
    """Rank a guess: fewest slips, fewest letters invented (people drop and swap), like length."""
    spare = list(known)
    for letter in word:
        if letter in spare:
            spare.remove(letter)
    invented = len(word) - (len(known) - len(spare))
    return _distance(word, known), invented, abs(len(word) - len(known))


def _distance(a: str, b: str) -> int:
    """Count inserted, dropped, changed and swapped letters (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        older, before, row = before, row, [i]
        for j, y in enumerate(b, 1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                best = min(best, older[j - 2] + 1)
            row.append(best)
    return row[-1]
