"""Cards as pictures and as a document, for messengers, which draw nothing themselves.

The same card always gives the same bytes. All that people read is in the card or in `knowledge/`.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from kneewise import knowledge
from kneewise.cards import SEEN_FROM_BEHIND, SIDES, VIEWS
from kneewise.knowledge import read_yaml
from kneewise.picture_build import knee, letters, typeset, typeset_png

Card = Mapping[str, Any]

ROOT = Path(__file__).resolve().parents[1]
DRAWINGS = ROOT / "assets" / "drawings"
KNEEMAP = ROOT / "widget" / "drawings" / "kneemap.svg"
UNKNOWN_LETTER = "□"
LONGEST = {"title": 50, "key": 30, "label": 14, "band": 24, "text": 4000}
"""How many characters are written; the cards of the assistant are far below."""
LONGEST_WORD = 24
"""Longer ones may be broken anywhere, so that none runs off the paper."""
LABELS = 6
"""So many days are named below a chart: more would touch each other on a phone."""
MOST_MARKS = 40
CHART_DOTS = 172.8
"""Dots an inch: 960 for the 400 points that the template is wide."""
WHOLE = "whole"
ALL_OF_THE_KNEE = ("above_kneecap", "front", "below_kneecap", "inside", "outside", "behind")


class NoDrawing(LookupError):
    """There is no picture of that name."""


def drawing(name: str, folder: Path = DRAWINGS) -> Path:
    """The picture of a drawing, by the name that cards give it ("squat.svg") or without the ending.

    Raises:
        NoDrawing: it is not among the pictures that the set-up makes.
    """
    stem = name.removesuffix(".svg")
    path = folder / f"{stem}.png"
    # A name is never a path: only letters as in widget/cards.schema.json get to the disk.
    if not re.fullmatch(r"[a-z_]{1,60}", stem) or not path.is_file():
        raise NoDrawing(f"there is no picture of {name[:60]!r}: run `make setup`")
    return path


def chart_png(card: Card) -> bytes:
    """The picture of a `chart` card."""
    given = json.dumps(_chart(card))
    return typeset_png("chart_picture.typ", {"chart": given}, CHART_DOTS)


def summary_pdf(card: Card, chart: Card | None = None) -> bytes:
    """A `summary` card on A4, with a `chart` card if there is one; tagged for screen readers."""
    told = _words()
    given = {
        "lang": told["lang"],
        "title": plain(card["title"]),
        "made": told["made"].replace("{date}", plain(card["made"])),
        "note": plain(card["note"]),
        "headings": {name: told[name] for name in ("warnings", "questions")},
        "warnings": [plain(one) for one in card["warnings"]],
        "questions": [plain(one) for one in card["questions"]],
        "rows": [[plain(row["label"]), plain(row["value"])] for row in card["rows"]],
        "knees": list(_knees(card["zones"], card["side"])),
        "chart": chart and _chart(chart),
    }
    return typeset("summary.typ", {"card": json.dumps(given)}, format="pdf", pdf_standards="ua-1")


@lru_cache(maxsize=1)
def _words() -> Mapping[str, str]:
    """The words that the same sheet has in the web chat."""
    words: Mapping[str, str] = read_yaml(knowledge.folder() / "widget.yml")["chat"]
    return words


@lru_cache(maxsize=1)
def _known_letters() -> frozenset[int]:
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    with TTFont(letters() / "DejaVuSans.ttf", lazy=True) as font:
        return frozenset(font.getBestCmap())


def plain(text: str, longest: int = LONGEST["text"]) -> str:
    """The text as it can be written: one line, no control characters, a box for unknown letters.

    Marks that turn text around go too: they make words look like others.
    """
    text = unicodedata.normalize("NFC", " ".join(text[: 4 * longest].split()))
    known = _known_letters()
    text = "".join(
        letter if ord(letter) in known else UNKNOWN_LETTER
        for letter in text
        if unicodedata.category(letter) not in {"Cc", "Cf"}
    )
    if len(text) > longest:
        text = text[: longest - 1].rstrip() + "…"
    # A space without width every so often: where a word may break.
    return re.sub(rf"(\S{{{LONGEST_WORD}}})(?=\S)", "\\1\u200b", text) or UNKNOWN_LETTER


def _knees(zones: Sequence[str], side: str | None) -> Iterator[dict[str, str]]:
    """The views in which something hurts; none if nobody said which knee it is.

    A drawing is always of one side, and inner and outer change places with it.
    """
    kb = knowledge.load()
    marked = {*zones, *(ALL_OF_THE_KNEE if WHOLE in zones else ())} - {WHOLE}
    for view, phrase in VIEWS.items():
        here = sorted(zone for zone in marked if (zone in SEEN_FROM_BEHIND) == (view == "back"))
        for one in _seen(side, view) if here else ():
            title, seen = kb.phrases[SIDES[one]], kb.phrases[phrase]
            names = ", ".join(kb.words["location"][zone].label for zone in here)
            yield {
                "svg": knee(KNEEMAP.read_bytes(), view, here, left=one == "left"),
                "title": title,
                "view": seen,
                "alt": f"{title}. {seen}: {names}.",
            }


def _seen(side: str | None, view: str) -> Sequence[str]:
    """The knees to draw, from left to right as they are when one stands before or behind them."""
    if side == "both":
        return ("right", "left") if view == "front" else ("left", "right")
    return (side,) if side else ()


def _chart(card: Card) -> dict[str, Any]:
    """The chart in parts of its plot, 0 to 1, with words that fit."""
    low, high = float(card["min"]), float(card["max"])

    def part(value: float) -> float:
        return min(1.0, max(0.0, (value - low) / (high - low))) if high > low else 0.0

    edges = [low, *(band["to"] for band in card["bands"])]
    names = _days(card["series"])
    return {
        "title": plain(card["title"], LONGEST["title"]),
        "alt": plain(card["alt"]),
        "bands": [
            {
                "from": part(start),
                "to": max(part(start), part(band["to"])),
                "label": plain(band["label"], LONGEST["band"]),
                "level": band["level"],
            }
            for start, band in zip(edges, card["bands"], strict=False)
        ],
        "ticks": [{"at": part(edge), "label": f"{edge:g}"} for edge in edges],
        "labels": [
            {"at": _across(n, len(names)), "text": plain(names[n], LONGEST["label"])}
            for n in range(0, len(names), math.ceil(len(names) / LABELS))
        ],
        "lines": [
            {
                "label": plain(series["label"], LONGEST["key"]),
                "runs": [
                    [[_across(n, len(names)), part(value)] for n, value in run]
                    for run in _runs(series["points"], names)
                ],
                "marked": len(names) <= MOST_MARKS,
            }
            for series in card["series"]
        ],
    }


def _days(series: Sequence[Card]) -> list[str]:
    """The names below the chart; the same name in several lines is one day."""
    if len(series) == 1:
        return [point["label"] for point in series[0]["points"]]
    return list(dict.fromkeys(point["label"] for line in series for point in line["points"]))


def _across(place: int, places: int) -> float:
    return place / (places - 1) if places > 1 else 0.5


def _runs(points: Sequence[Card], names: Sequence[str]) -> list[list[tuple[int, float]]]:
    """The stretches of a line without a gap: (place, value)."""
    single = [point["label"] for point in points] == list(names)
    values: dict[int, float | None] = {
        n if single else names.index(point["label"]): point["value"]
        for n, point in enumerate(points)
    }
    runs: list[list[tuple[int, float]]] = [[]]
    for n in range(len(names)):
        value = values.get(n)
        if value is not None and math.isfinite(value):
            runs[-1].append((n, value))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]
