"""Tell whose knee it is: the writer's, their child's, or someone else's."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kneewise.symptoms.clauses import Clause
from kneewise.symptoms.patterns import any_of

SELF, CHILD, OTHER, THIRD = "self", "child", "other", "third"
ASIDE = "aside"  # "my friend says": named, not spoken of, but "her knee" is then hers


@dataclass(frozen=True)
class Mention:
    """A word that says whom the text goes on to speak of."""

    start: int
    person: str


class People:
    """The `people` section of symptoms.yml, compiled."""

    def __init__(self, section: Mapping[str, Sequence[str]], words: Mapping[str, str]) -> None:
        self._someone = any_of(section["someone"], words)
        self._ignored = any_of(section["ignored"], words)
        self._cues = {
            person: any_of(section[person], words) for person in (CHILD, OTHER, THIRD, SELF)
        }

    def mentions(self, plain: str, clauses: Sequence[Clause]) -> tuple[Mention, ...]:
        """List who is spoken of from where on; each sentence starts with the writer."""
        clear = self._ignored.sub(_blank, plain)
        found = {m.start(): Mention(m.start(), ASIDE) for m in self._cues[OTHER].finditer(plain)}
        named: list[tuple[int, int]] = []
        for person in (CHILD, OTHER, THIRD, SELF):
            for match in self._cues[person].finditer(clear):
                if not any(start <= match.start() < end for start, end in named):
                    found[match.start()] = Mention(match.start(), person)
                    named += [match.span()] if person in (CHILD, OTHER) else []
        starts = [Mention(start, SELF) for start in {clause.sentence[0] for clause in clauses}]
        return tuple(
            _resolved(sorted([*starts, *found.values()], key=lambda mention: mention.start))
        )

    def is_of_someone(self, before: str) -> bool:
        """Tell whether the last one named in a stretch is a "he" or "she"."""
        last = [cue.start() for cue in self._someone.finditer(before)]
        return bool(last) and not self._cues[SELF].search(before, last[-1])

    def speaks_of_child(self, plain: str) -> bool:
        """Tell whether the message is about the writer's own child."""
        return bool(self._cues[CHILD].search(self._ignored.sub(_blank, plain)))


def person_at(mentions: Sequence[Mention], clause: Clause, position: int) -> str:
    """Return whom a position speaks of: the last one named before it, or the only one after."""
    index = max(bisect_right([mention.start for mention in mentions], position) - 1, 0)
    if not mentions or clause.sentence[0] < mentions[index].start:
        return mentions[index].person if mentions else SELF
    after = [m.person for m in mentions if position < m.start < clause.end]
    if mentions[index].person == SELF and after and set(after) == {OTHER}:
        return OTHER
    return mentions[index].person


def _resolved(mentions: Iterable[Mention]) -> list[Mention]:
    """Give "he", "she" and "they" the last person named, or the writer if there is none."""
    resolved: list[Mention] = []
    last = SELF
    for mention in mentions:
        if mention.person in (CHILD, OTHER, ASIDE):
            last = OTHER if mention.person == ASIDE else mention.person
        if mention.person == ASIDE:
            continue
        person = last if mention.person == THIRD else mention.person
        resolved.append(Mention(mention.start, person))
    return resolved


def _blank(match: re.Match[str]) -> str:
    return "~" * len(match.group())
