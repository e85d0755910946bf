"""Turn a message into plain words, spelled out, each tied to where it was typed."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from kneewise.symptoms.spelling import Spelling

_QUOTES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "ʼ": "'", "“": '"', "”": '"'})
_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|\d+(?:[.,]\d+)*|\n+|([.!?;:,/()%&+<>=])\1*|[-–—]+")
_DASH = re.compile(r"[-–—]+")
_LONGEST = 4000  # a message is a few lines; what follows is a pasted document


class Word(NamedTuple):
    """One plain word and the span of the original it stands for."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Wording:
    """A message in plain words joined by single spaces."""

    plain: str
    words: tuple[Word, ...]
    starts: tuple[int, ...]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return where a stretch of the plain text stands in the original."""
        first = self.words[max(bisect_right(self.starts, start) - 1, 0)]
        last = self.words[max(bisect_right(self.starts, max(end - 1, start)) - 1, 0)]
        return first.start, last.end


def plain_words(text: str, spelling: Spelling) -> Wording:
    """Spell a message out and remember where each word came from."""
    lowered = _lower(text[:_LONGEST].translate(_QUOTES))
    words = tuple(spelling.mend_phrases(Word, list(_spelled(lowered, spelling))))
    starts, position = [], 0
    for word in words:
        starts.append(position)
        position += len(word.text) + 1
    return Wording(" ".join(word.text for word in words), words, tuple(starts))


def _lower(text: str) -> str:
    """Lower case without changing any offset (a few letters grow when lowered)."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def _spelled(text: str, spelling: Spelling) -> Iterator[Word]:
    for match in _TOKEN.finditer(text):
        token, start, end = match.group(), match.start(), match.end()
        for piece in _pieces(token, text, start, end, spelling):
            yield Word(piece, start, end)


def _pieces(token: str, text: str, start: int, end: int, spelling: Spelling) -> Iterable[str]:
    if token[0].isalpha():
        return spelling.mend_word(token)
    if _DASH.fullmatch(token):
        return _dash(text, start, end)
    if token[0] == "\n":
        return (".",)
    return (token,) if token[0].isalnum() else (token[0],)


def _dash(text: str, start: int, end: int) -> tuple[str, ...]:
    """A dash joins words, makes a range of numbers, or breaks a sentence."""
    before, after = text[start - 1 : start], text[end : end + 1]
    if before.isdigit() and after.isdigit():
        return ("to",)
    if before.isalnum() and after.isalnum() and end - start == 1:
        return ()
    return (";",)
