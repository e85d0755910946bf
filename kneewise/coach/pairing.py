"""Which pain was when: put the numbers of a part beside the words for during, after and morning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kneewise.coach.cues import WORST, Tag
from kneewise.coach.parts import PHASES, RUN, SCORES, WORDS, Part

Paired = tuple[tuple[str | None, float], ...]


@dataclass(frozen=True)
class Said:
    """What a part says of pain: numbers and words, each with its phase, and what is unclear.

    `phases` are those that a number or a word was paired with.
    """

    scores: Paired = ()
    words: tuple[tuple[str, str | None], ...] = ()
    unclear: tuple[str, ...] = ()

    @property
    def phases(self) -> set[str]:
        """Every phase that something is said of."""
        return {p for p, _ in self.scores if p} | {p for _, p in self.words if p}


def said_in(parts: Sequence[Part]) -> list[Said]:
    """What each part says; a phase that stands alone goes with the part after it, or before."""
    found: list[Said] = []
    carried: str | None = None
    ran = any(part.kind == RUN for part in parts)
    for part in parts:
        said = _said(part, carried)
        alone = [tag.kind for tag in _phases(part)] if not (said.scores or said.words) else []
        carried = None
        if alone and part.joined and found and found[-1].scores and not part.kind:
            said = Said(tuple((phase, found[-1].scores[-1][1]) for phase in alone))
        elif alone and not part.kind:
            carried = alone[-1]
        elif said.words and not said.scores and not ran:
            carried = said.words[-1][1]
        found.append(said)
    return found


def _said(part: Part, carried: str | None) -> Said:
    phases = _phases(part)
    numbers, unclear = _numbers(part, bool(phases or (carried and not part.kind)))
    before = None if phases or part.kind else carried
    words = tuple((tag.kind, _nearest(tag, phases) or before) for tag in part.of(*WORDS))
    free = _untaken(numbers, phases, part) if len(numbers) == 1 else phases
    return Said(tuple(_pairs(numbers, free, before)), words, unclear)


def _untaken(scores: Sequence[Tag], phases: Sequence[Tag], part: Part) -> list[Tag]:
    """The phases that no word between them and the number speaks of: "2/10 fine after" of a run."""
    (score,) = scores
    words = part.of(*WORDS)
    taken = [
        phase
        for phase in phases
        if any(min(score.end, phase.end) <= w.start < max(score.start, phase.start) for w in words)
    ]
    return [phase for phase in phases if phase not in taken]


def _phases(part: Part) -> list[Tag]:
    """The phases of a part; beside a run "this morning" says when it was, not how it felt."""
    return [t for t in part.of(*PHASES) if not (part.kind and t.kind == "this_morning")]


def _numbers(part: Part, timed: bool) -> tuple[list[Tag], tuple[str, ...]]:
    """The pains of a part in order, and what could not be told."""
    unclear = ["distance"] * any(t.value is None for t in part.of("distance"))
    unclear += ["distance"] * part.has("vague")
    elsewhere = part.has("elsewhere") and not part.has("knee")
    kept = []
    for tag in part.of(*SCORES, "bare"):
        bare = tag.kind == "bare"
        if bare and _follows_run(tag, part):
            unclear.append("distance")
        elif (bare and not timed) or elsewhere:
            unclear.append("number")
        elif tag.value is not None and tag.value > WORST:
            unclear.append("pain")
        else:
            kept.append(tag)
    return kept, tuple(dict.fromkeys(unclear))


def _follows_run(tag: Tag, part: Part) -> bool:
    """True for the 5 of "ran 5": minutes, km or miles, nobody knows."""
    return any(t.end + 1 == tag.start for t in part.of("ran", "did_it", "run_walk", "walked"))


def _pairs(
    scores: Sequence[Tag], phases: Sequence[Tag], before: str | None
) -> Iterator[tuple[str | None, float]]:
    """Each pain with its phase, in the order of the text."""
    if not scores:
        return
    names = [tag.kind for tag in phases]
    values = [_value(tag) for tag in scores]
    if len(scores) == 1:
        nothing = scores[0].kind == "no_pain" and len(names) > 1
        near = _nearest(scores[0], phases) or before
        yield from ((name, 0.0) for name in names) if nothing else [(near, values[0])]
        return
    if not names:
        yield from zip([before, *[None] * (len(values) - 1)], values, strict=True)
        return
    if scores[0].start < phases[0].start and len(values) == len(names) + 1:
        names = [None, *names]  # type: ignore[list-item]
    names += [None] * (len(values) - len(names))  # type: ignore[list-item]
    yield from zip(names, values, strict=False)


def _value(tag: Tag) -> float:
    return 0.0 if tag.kind == "no_pain" or tag.value is None else tag.value


def _nearest(tag: Tag, phases: Sequence[Tag]) -> str | None:
    """The phase that stands nearest, the one after it in doubt."""
    ranked = sorted(phases, key=lambda p: (_gap(tag, p), p.start < tag.start))
    return ranked[0].kind if ranked else None


def _gap(one: Tag, other: Tag) -> int:
    return max(other.start - one.end, one.start - other.end)
