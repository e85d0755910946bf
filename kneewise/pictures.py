"""Cards as pictures and as a document, for messengers, which draw nothing themselves.

The same card always gives the same bytes. All that people read is in the card or in `knowledge/`.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from kneewise import knowledge
from kneewise.cards import SEEN_FROM_BEHIND, SIDES, VIEWS
from kneewise.picture_build import knee, letters, typeset, typeset_png
from kneewise.sheets import words_around

Card = Mapping[str, Any]

ROOT = Path(__file__).resolve().parents[1]
DRAWINGS = ROOT / "assets" / "drawings"
KNEEMAP = ROOT / "widget" / "drawings" / "kneemap.svg"
UNKNOWN_LETTER = "□"
LONGEST = {
    "title": 50,
    "axis": 40,
    "label": 14,
    "band": 24,
    "mark": 3,
    "names": 600,
    "text": 4000,
}
"""How many characters are written; the cards of the assistant are far below."""
LONGEST_WORD = 24
"""Longer ones may be broken anywhere, so that none runs off the paper."""
MOST_MARKS = 60
PAGE_DOTS = 96.0
"""Dots an inch of a picture of a page."""
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


def summary_pdf(card: Card) -> bytes:
    """A `summary` card on A4 with its chart; tagged for screen readers."""
    given = json.dumps(_sheet(card))
    return typeset("summary.typ", {"card": given}, format="pdf", pdf_standards="ua-1")


def summary_png(card: Card) -> bytes:
    """A picture of the same page."""
    return typeset_png("summary.typ", {"card": json.dumps(_sheet(card))}, PAGE_DOTS)


def _sheet(card: Card) -> dict[str, Any]:
    """The page in parts, with words that can be written."""
    told = words_around()
    return {
        "lang": told["lang"],
        "title": plain(card["title"]),
        "made": told["made"].replace("{date}", plain(card["made"])),
        "note": plain(card["note"]),
        "headings": {name: told[name] for name in ("warnings", "questions")},
        "warnings": [plain(one) for one in card["warnings"]],
        "questions": [plain(one) for one in card["questions"]],
        "rows": [[plain(row["label"]), plain(row["value"])] for row in card["rows"]],
        "knees": list(_knees(card["zones"], card["side"])),
        "chart": card["chart"] and _chart(card["chart"]),
    }


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
    """The chart in parts of its plots, 0 to 1 from the left and from below, with words that fit."""
    pain, far, steps = card["pain"], card["distance"], card["steps"]
    days = max(0, card["span"]) + 1

    def across(at: float) -> float:
        """The middle of a day, each having its own slot."""
        return _part(at + 0.5, days)

    runs = [
        [[across(at), _part(value, pain["max"])] for at, value in run if math.isfinite(value)]
        for run in pain["runs"]
    ]
    return {
        "title": plain(card["title"], LONGEST["title"]),
        "alt": plain(card["alt"]),
        "label": plain(pain["label"], LONGEST["axis"]),
        "bands": [_band(band, pain["max"]) for band in pain["bands"]],
        "ticks": [
            {"at": across(t["at"]), "label": _word(t["label"], "label")} for t in card["ticks"]
        ],
        "runs": [run for run in runs if run],
        "marked": sum(map(len, runs)) <= MOST_MARKS,
        "day": 1 / days,
        "distance": far and _bars(far, across),
        "steps": steps and _steps(steps, days),
    }


def _part(value: float, whole: float) -> float:
    """How much of the whole a value is, from nothing to all."""
    return min(1.0, max(0.0, value / whole)) if math.isfinite(value) else 0.0


def _word(text: str | None, kind: str) -> str:
    return plain(text, LONGEST[kind]) if text else ""


def _band(band: Card, most: float) -> dict[str, Any]:
    low, high = _part(band["from"], most), _part(band["to"], most)
    label = plain(band["label"], LONGEST["band"])
    mark = f"{band['to']:g}"
    return {"from": low, "to": max(low, high), "label": label, "level": band["level"], "mark": mark}


def _bars(far: Card, across: Callable[[float], float]) -> dict[str, Any]:
    bars = [[across(at), _part(value, far["max"])] for at, value in far["bars"]]
    label = plain(far["label"], LONGEST["axis"])
    return {"label": label, "mark": f"{far['max']:g}", "bars": bars}


def _steps(steps: Card, days: int) -> dict[str, Any]:
    return {
        "label": plain(steps["label"], LONGEST["band"]),
        "names": _word(steps["names"], "names"),
        "items": [
            {
                "from": _part(item["from"], days),
                "to": _part(item["to"] + 1, days),
                "mark": _word(item["mark"], "mark"),
            }
            for item in steps["items"]
        ],
    }
