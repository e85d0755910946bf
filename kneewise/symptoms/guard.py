"""Rebuild knowledge/real_words.txt after the spelling vocabulary of symptoms.yml has changed.

    python -m kneewise.symptoms.guard WORD_LIST [WORD_LIST ...]

A word list holds English words, the first on each line; take one of 80,000 words or more.
Only the words that the speller would otherwise take for a slip of a knee word are kept,
so that "stolen" never becomes "swollen" and the file stays small.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from kneewise.symptoms.lexicon import REAL_WORDS, knowledge_folder, spelling_tables, vocabulary_mark
from kneewise.symptoms.spelling import Spelling

_HEADER = (
    "# Made by python -m kneewise.symptoms.guard: words that look like a slip of a knee word.\n"
)


def lookalikes(words: Iterable[str]) -> list[str]:
    """Return the words that the speller, unguarded, would change."""
    speller = Spelling(*spelling_tables(), real=())
    return sorted({word for word in words if word.isalpha() and speller.would_change(word)})


def main(paths: list[str]) -> None:
    """Read word lists and write the guard file."""
    words = {
        line.split()[0]
        for path in paths
        for line in Path(path).read_text("utf-8-sig").splitlines()
        if line.strip()
    }
    kept = lookalikes(words)
    head = _HEADER + f"# vocabulary {vocabulary_mark()}\n"
    (knowledge_folder() / REAL_WORDS).write_text(head + "\n".join(kept) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
