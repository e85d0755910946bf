"""Write `assets/drawings`: the drawings as pictures, for messengers that show no SVG."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import json
import os
from collections.abc import Collection, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    import typst

TEMPLATES = Path(__file__).with_name("templates")
SVG = "http://www.w3.org/2000/svg"
INK, ACCENT = "#15211e", "#0b6b5d"
SHADE, MARKED = "0.13", "0.8"
"""How much of the accent a zone has: one that can be pressed, and one where it hurts."""
WIDE = 960
COLOURS = 64
_POINTS, _POINTS_AN_INCH = 320, 72
STAMP = "drawings.json"
MIDDLES = {"front": 77, "back": 227}
"""Where the leg of each view has its middle in kneemap.svg; a left leg mirrors it there."""
HALF_VIEW = 80


class NoFont(RuntimeError):
    """The letters that the pictures are written with are not there."""


def letters() -> Path:
    """The folder of the DejaVu fonts, which come with matplotlib.

    Raises:
        NoFont: matplotlib is not installed as the lock says.
    """
    found = importlib.util.find_spec("matplotlib")
    if found and found.origin:
        folder = Path(found.origin).with_name("mpl-data") / "fonts" / "ttf"
        if (folder / "DejaVuSans.ttf").is_file():
            return folder
    raise NoFont("the DejaVu fonts of matplotlib are missing: run `make setup`")


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    import typst

    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(letters())]
    )


def typeset(template: str, given: Mapping[str, str], **options: Any) -> bytes:
    """What a template makes of what it is given. Safe in several threads at once.

    What is given reaches the template as data and is never read as its language.
    """
    import typst

    made: bytes = typst.compile(
        str(TEMPLATES / template),
        root=str(TEMPLATES),
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs=dict(given),
        **options,
    )
    return made


def typeset_png(template: str, given: Mapping[str, str], inch: float) -> bytes:
    """The same as a picture with so many dots an inch, in as few bytes as its few colours need."""
    from PIL import Image

    whole = Image.open(io.BytesIO(typeset(template, given, format="png", ppi=inch)))
    few = whole.convert("RGB").quantize(
        COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE
    )
    out = io.BytesIO()
    few.save(out, "PNG", optimize=True)
    return out.getvalue()


def coloured(root: ET.Element) -> ET.Element:
    """The drawing in the colours of paper, changed in place."""
    for part in root.iter():
        for name in ("fill", "stroke"):
            if part.get(name) == "currentColor":
                part.set(name, INK)
        if part.get("data-accent") is not None:
            part.set("stroke", ACCENT)
        if part.get("data-zone"):
            part.attrib.update({"fill": ACCENT, "fill-opacity": SHADE, "stroke-opacity": "0.7"})
    return root


def knee(drawing: bytes, view: str, zones: Collection[str], *, left: bool) -> str:
    """One view of the knee map alone, with the zones marked, and mirrored for a left leg."""
    root = coloured(_parsed(drawing))
    middle = MIDDLES[view]
    for group in list(root):
        if group.get("data-view") != view:
            root.remove(group)
        elif left:
            group.set("transform", f"matrix(-1 0 0 1 {2 * middle} 0)")
    for part in root.iter():
        if part.get("data-zone"):
            part.set("fill-opacity", MARKED if part.get("data-zone") in zones else "0")
    height = root.get("height", "300")
    root.attrib.update(
        {
            "viewBox": f"{middle - HALF_VIEW} 0 {2 * HALF_VIEW} {height}",
            "width": str(2 * HALF_VIEW),
        }
    )
    return _written(root)


def _parsed(drawing: bytes) -> ET.Element:
    return ET.fromstring(drawing)  # noqa: S314 - our own files


def _written(root: ET.Element) -> str:
    ET.register_namespace("", SVG)
    return ET.tostring(root, encoding="unicode")


def picture(drawing: bytes) -> bytes:
    """The PNG of a drawing."""
    given = {"svg": _written(coloured(_parsed(drawing))), "width": str(_POINTS)}
    return typeset_png("drawing.typ", given, WIDE * _POINTS_AN_INCH / _POINTS)


def inputs(drawing: bytes) -> str:
    """A hash of all that decides what is written: the drawing and the code."""
    digest = hashlib.sha256(drawing)
    for path in (Path(__file__), TEMPLATES / "drawing.typ"):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def build_drawings(root: Path) -> Path:
    """Write the pictures whose drawings changed; each whole or not at all."""
    target = root / "assets" / "drawings"
    target.mkdir(parents=True, exist_ok=True)
    made = _stamped(target)
    stamps = {}
    for source in sorted((root / "widget" / "drawings").glob("*.svg")):
        drawing, path = source.read_bytes(), target / f"{source.stem}.png"
        stamp = inputs(drawing)
        if made.get(path.name) != [stamp, _digest(path)]:
            _replace(path, picture(drawing))
        stamps[path.name] = [stamp, _digest(path)]
    for old in target.glob("*.png"):
        if old.name not in stamps:
            old.unlink()
    if stamps != made:
        _replace(target / STAMP, (json.dumps(stamps, indent=1) + "\n").encode())
    return target


def _stamped(target: Path) -> Mapping[str, Any]:
    try:
        found = json.loads((target / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _digest(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def _replace(path: Path, data: bytes) -> None:
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    fresh.write_bytes(data)
    fresh.replace(path)
