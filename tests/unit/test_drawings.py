"""The drawings are plain shapes: safe to put in a page, small, and right for a finger."""

from __future__ import annotations

import re
from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from kneewise import knowledge

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "widget/drawings"
DRAWINGS = sorted(FOLDER.glob("*.svg"))
SVG = "{http://www.w3.org/2000/svg}"

SHAPES = {"g", "path", "circle", "ellipse", "line", "rect", "polyline", "polygon"}
GEOMETRY = {
    "d",
    "points",
    "x",
    "y",
    "x1",
    "y1",
    "x2",
    "y2",
    "cx",
    "cy",
    "r",
    "rx",
    "ry",
    "width",
    "height",
    "viewBox",
}
LOOK = {
    "fill",
    "fill-opacity",
    "stroke",
    "stroke-opacity",
    "stroke-width",
    "stroke-dasharray",
    "stroke-linecap",
    "stroke-linejoin",
    "opacity",
    "pointer-events",
}
MARKS = {"data-view", "data-zone", "data-accent"}
PLAIN_VALUE = re.compile(r"[A-Za-z0-9 .,_-]*")

ZONES = {
    "front": {
        "front",
        "below_kneecap",
        "above_kneecap",
        "inside",
        "outside",
        "shin",
        "hip_groin",
    },
    "back": {"behind"},
}
FINGER = 44
SHOWN_WIDE = 300


def parsed(path):
    return ET.parse(path).getroot()  # noqa: S314 - our own files


def box(zone):
    """(left, top, right, bottom) of a zone; zones are kept to shapes that say it themselves."""
    value = {name: float(zone.get(name, "0")) for name in ("x", "y", "width", "height")}
    if zone.tag == f"{SVG}rect":
        left, top = value["x"], value["y"]
        return left, top, left + value["width"], top + value["height"]
    assert zone.tag == f"{SVG}ellipse"
    x, y, rx, ry = (float(zone.get(name)) for name in ("cx", "cy", "rx", "ry"))
    return x - rx, y - ry, x + rx, y + ry


@pytest.fixture(scope="module")
def kneemap():
    return parsed(FOLDER / "kneemap.svg")


@pytest.fixture(scope="module")
def boxes(kneemap):
    scale = SHOWN_WIDE / float(kneemap.get("viewBox").split()[2])
    return {
        zone.get("data-zone"): tuple(edge * scale for edge in box(zone))
        for zone in kneemap.iterfind(".//*[@data-zone]")
    }


@pytest.mark.parametrize("path", DRAWINGS, ids=lambda path: path.stem)
class TestEachDrawing:
    def test_is_small(self, path):
        assert path.stat().st_size < 6 * 1024

    def test_holds_only_plain_shapes(self, path):
        root = parsed(path)
        assert root.tag == f"{SVG}svg"
        assert {part.tag for part in root.iter() if part is not root} <= {
            SVG + name for name in SHAPES
        }

    def test_holds_no_words(self, path):
        assert not "".join(parsed(path).itertext()).strip()

    def test_has_only_attributes_a_strict_page_allows(self, path):
        for part in parsed(path).iter():
            assert set(part.attrib) <= GEOMETRY | LOOK | MARKS
            assert all(PLAIN_VALUE.fullmatch(value) for value in part.attrib.values())

    def test_takes_its_colour_from_the_page(self, path):
        for part in parsed(path).iter():
            assert part.get("fill", "none") in {"none", "currentColor"}
            assert part.get("stroke", "none") in {"none", "currentColor"}

    def test_says_its_size_so_that_it_never_collapses(self, path):
        root = parsed(path)
        assert root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}"


def test_every_exercise_has_its_drawing_and_nothing_else_lies_here():
    wanted = {exercise.id for exercise in knowledge.load().exercises} | {"kneemap"}
    assert {path.name for path in FOLDER.iterdir()} == {f"{name}.svg" for name in wanted}


def test_all_exercises_are_drawn_on_one_size_with_an_accent_for_the_movement():
    for path in DRAWINGS:
        if path.stem != "kneemap":
            root = parsed(path)
            assert root.get("viewBox") == "0 0 320 200"
            assert root.findall("*[@data-accent]")


def test_each_zone_is_drawn_once_and_in_its_view(kneemap):
    found = {
        view.get("data-view"): [zone.get("data-zone") for zone in view.iterfind(".//*[@data-zone]")]
        for view in kneemap.findall("*[@data-view]")
    }
    assert {view: sorted(zones) for view, zones in found.items()} == {
        view: sorted(zones) for view, zones in ZONES.items()
    }
    assert len(kneemap.findall(".//*[@data-zone]")) == sum(map(len, ZONES.values()))


def test_lines_let_the_finger_through_to_the_zones(kneemap):
    for view in kneemap.findall("*[@data-view]"):
        for group in view.findall("*"):
            holds_zones = group.find("*[@data-zone]") is not None
            assert holds_zones != (group.get("pointer-events") == "none")


def test_zones_fit_a_finger_and_lie_inside_the_picture(boxes):
    for zone, (left, top, right, bottom) in boxes.items():
        assert right - left >= FINGER, zone
        assert bottom - top >= FINGER, zone
        assert left >= 0, zone
        assert top >= 0, zone
        assert right <= SHOWN_WIDE, zone
        assert bottom <= SHOWN_WIDE, zone


def test_zones_never_overlap(boxes):
    for (one, a), (other, b) in combinations(boxes.items(), 2):
        apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
        assert apart, (one, other)


def test_zones_lie_where_they_are_on_a_right_leg(boxes):
    down = ["hip_groin", "above_kneecap", "front", "below_kneecap", "shin"]
    assert all(boxes[a][3] <= boxes[b][1] for a, b in pairwise(down))
    outside, front, inside = (boxes[zone] for zone in ("outside", "front", "inside"))
    assert outside[2] <= front[0]
    assert front[2] <= inside[0]
    assert max(box[2] for zone, box in boxes.items() if zone != "behind") < boxes["behind"][0]
