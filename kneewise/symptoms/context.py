"""A match, and the text around it as far as a cue can reach."""

from __future__ import annotations

from dataclasses import dataclass

from kneewise.symptoms.clauses import Clause

_FAR = 200  # characters; a cue further off governs nothing


@dataclass(frozen=True)
class Found:
    """Where a pattern matched, and how its status is to be read."""

    start: int
    end: int
    base: str
    negative: bool = False
    history: bool = False
    settles: bool = False
    certain: bool = False


@dataclass(frozen=True)
class Context:
    """A match in its clause."""

    found: Found
    clause: Clause
    plain: str

    @property
    def start(self) -> int:
        """Where the reach of a cue begins."""
        return max(self.clause.start, self.found.start - _FAR)

    @property
    def end(self) -> int:
        """Where the reach of a cue ends."""
        return min(self.clause.end, self.found.end + _FAR)

    @property
    def before(self) -> str:
        """The clause up to the match."""
        return self.plain[self.start : self.found.start]

    @property
    def so_far(self) -> str:
        """The clause up to the end of the match."""
        return self.plain[self.start : self.found.end]

    @property
    def around(self) -> str:
        """The clause."""
        return self.plain[self.start : self.end]

    @property
    def rest(self) -> str:
        """The sentence from the match on."""
        return self.plain[self.found.start : min(self.clause.sentence[1], self.found.end + _FAR)]

    @property
    def after(self) -> str:
        """What follows the match, in the clause or not."""
        return self.plain[self.found.end + 1 : self.found.end + _FAR]

    @property
    def first_word(self) -> str:
        """The word that the match starts with."""
        return self.plain[self.found.start : self.found.end].split(" ", 1)[0]

    def between(self, cue_end: int) -> list[str]:
        """Return the words between a cue of this clause and the match."""
        return self.plain[self.start + cue_end : self.found.start].split()
