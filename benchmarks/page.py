"""Lay out what the assistant makes of the unseen messages as one HTML file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from benchmarks.tables import CHECKS
from benchmarks.unseen import DANGER, Message
from benchmarks.whole import Outcome, shares

HERE = Path(__file__).resolve().parent
SEVERAL, DANGEROUS = "multi", "danger"
"""Kinds of messages: those that ask for several topics have no one right intent."""


@dataclass(frozen=True)
class Cell:
    """The messages of one wanted intent that were heard as one intent.

    `share` is how many of the messages of the wanted intent that are.
    """

    id: str
    wanted: str
    heard: str
    outcomes: tuple[Outcome, ...]
    share: float

    @property
    def right(self) -> bool:
        """True on the diagonal."""
        return self.wanted == self.heard

    @property
    def heat(self) -> str:
        """How strongly to colour the cell: from a tint that is still seen to full."""
        return f"{0.15 + 0.85 * self.share:.2f}"


def wanted(message: Message) -> str:
    """The intent that a message should be heard as: danger comes before a topic asked."""
    return DANGER if message.kind == DANGEROUS else message.label


def confusion(outcomes: Iterable[Outcome]) -> list[Cell]:
    """The cells that hold messages, by wanted and heard intent; messages for several left out."""
    groups: dict[tuple[str, str], list[Outcome]] = defaultdict(list)
    totals: dict[str, int] = defaultdict(int)
    for outcome in outcomes:
        if outcome.message.kind != SEVERAL:
            groups[wanted(outcome.message), outcome.verdict.intent].append(outcome)
            totals[wanted(outcome.message)] += 1
    return [
        Cell(f"cell-{number}", right, heard, tuple(group), len(group) / totals[right])
        for number, ((right, heard), group) in enumerate(sorted(groups.items()))
    ]


def labels(cells: Iterable[Cell]) -> list[str]:
    """The intents wanted or heard: the same order for rows and columns."""
    return sorted({name for cell in cells for name in (cell.wanted, cell.heard)})


def summary(outcomes: Sequence[Outcome]) -> dict[str, dict[str, str]]:
    """Each check in words, with the share passed of all messages and of each file."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for group, checks in shares(outcomes).items():
        for check, (passed, total) in checks.items():
            said = f"{100 * passed / total:.1f} % ({passed}/{total})" if total else "–"
            found[CHECKS.get(check, check)][group] = said
    return dict(found)


def render(outcomes: Sequence[Outcome], about: Mapping[str, Any]) -> str:
    """The page. Everything that comes from a message is escaped by the template engine.

    Args:
        outcomes: the messages and what was understood of them.
        about: what stands under the title, by its name.
    """
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    cells = confusion(outcomes)
    errors = [outcome for outcome in outcomes if outcome.failed]
    return environment.get_template("report.html.j2").render(
        about=about,
        summary=summary(outcomes),
        cells=cells,
        by_pair={(cell.wanted, cell.heard): cell for cell in cells},
        labels=labels(cells),
        errors=errors,
        kinds=sorted({error.message.kind for error in errors}),
        wanted=wanted,
        wants=sorted({wanted(error.message) for error in errors}),
        heard=sorted({error.verdict.intent for error in errors}),
        said=CHECKS,
    )
