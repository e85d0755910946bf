"""Count the words of a text and the letter groups in them: what typing slips leave standing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from kneewise.nlu.encoder import MAX_CHARS

SIZES = (1, 2, 3, 4)
Floats = npt.NDArray[np.float32]
_WORD = re.compile(r"\w+")
_WHOLE = "\t"  # before a whole word, so that it is not taken for a letter group


def grams(text: str) -> list[str]:
    """The words of a text, and the groups of one to four letters in each, blanks around it."""
    plain = text[:MAX_CHARS].lower()
    found = [_WHOLE + word for word in _WORD.findall(plain)]
    for word in plain.split():
        padded = f" {word} "
        for size in SIZES:
            found += [padded[at : at + size] for at in range(len(padded) - size + 1)]
    return found


def vocabulary(texts: Iterable[str]) -> list[str]:
    """All grams of the texts, sorted; a lone surrogate cannot be stored, and is left out."""
    found = {gram for text in texts for gram in grams(text)}
    return sorted(gram for gram in found if gram.isprintable() or gram[0] == _WHOLE)


def count(text: str) -> Counter[str]:
    """The grams of a text, and how often each stands in it."""
    return Counter(grams(text))


def _columns(counted: Counter[str], column_of: Mapping[str, int]) -> tuple[list[int], Floats]:
    """The columns of the known grams, and their logarithmic counts, of length 1 together."""
    known = [(column_of[gram], times) for gram, times in counted.items() if gram in column_of]
    weights = 1.0 + np.log(np.array([times for _, times in known], np.float32))
    return [column for column, _ in known], weights / max(float(np.linalg.norm(weights)), 1e-9)


def rows(texts: Sequence[str], column_of: Mapping[str, int]) -> csr_matrix:
    """A row for each text: the logarithmic counts of the grams it has, the row of length 1."""
    columns: list[int] = []
    values: list[Floats] = [np.zeros(0, np.float32)]
    starts = [0]
    for text in texts:
        of_text, weights = _columns(count(text), column_of)
        columns += of_text
        values.append(weights)
        starts.append(len(columns))
    shape = (len(texts), len(column_of))
    return csr_matrix((np.concatenate(values).astype(np.float32), columns, starts), shape=shape)


def weighed(
    counts: Sequence[Counter[str]], column_of: Mapping[str, int], weights: Floats
) -> Floats:
    """[texts, labels]: `rows` times the weights [grams, labels], for a few counted texts."""
    found = [_columns(counted, column_of) for counted in counts]
    return np.stack([values @ weights[columns] for columns, values in found]).astype(np.float32)
