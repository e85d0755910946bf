"""The pictures say what the cards say, small and the same each time, whatever stands in them."""

from __future__ import annotations

import io
import json
import math
import re
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import typst
from PIL import Image, ImageChops
from test_cards import UK
from test_drawings import DRAWINGS

from kneewise import charts, picture_build, pictures, sheets
from kneewise.coach.diary import DID, SIGNS, Entry
from kneewise.picture_build import build_drawings, knee, typeset_png
from kneewise.pictures import chart_png, drawing, plain, summary_pdf
from kneewise.questions import danger_signs_of
from kneewise.triage import Facts

ROOT = Path(__file__).resolve().parents[2]
KNEEMAP = (ROOT / "widget/drawings/kneemap.svg").read_bytes()
DAY = date(2026, 11, 2)
PAIN = [5, 4, None, 6, 4, 3, 3, None, None, 2, 3, 1, 2, 0]
STEPS = {"walk": "walk a mile", "mixed": "walk 2, run 3", "run": "run 2 miles"}
STEP_IDS = list(STEPS)
INK, ACCENT = (0x15, 0x21, 0x1E), (0x0B, 0x6B, 0x5D)

HOSTILE = {
    "ten thousand emoji": "\U0001f600" * 10_000,
    "letters no font here has": "膝が痛い 𓀀 \ue000 \U0010ffff",
    "turned around": "\u202eecnerefer\u2066 \u200f\u061c",
    "control characters": "\x00\x07\x1b[31m\x7f\x85\u2028\r\n\t",
    "half a character": "\ud83d and \udc00",
    "one long word": "a" * 5_000,
    "an endless line": "word " * 20_000,
    "Typst": '#panic("x") $x^2$ *b* `r` <label> @ref = h // c /* \\u{41} #import "/etc/passwd": x',
    "JSON": '", "title": "other", "x": "',
    "marks on marks": "Z" + "\u0301\u0334\u0489" * 300,
    "Arabic and Hebrew": "ألم الركبة כאב ברך",
    "nothing that can be seen": "\u200b\u00ad\u2060",
}


def image(png):
    return Image.open(io.BytesIO(png)).convert("RGB")


def diary(values=PAIN, apart=2):
    """A run every so many days, a little farther each time; None where no pain was told."""
    return tuple(
        Entry(
            DAY + timedelta(days=apart * n),
            km=3 + n / 10,
            during=v,
            step=STEP_IDS[n * 3 // len(values)],
        )
        for n, v in enumerate(values)
    )


def pain_only(values):
    return sheets.chart(
        [Entry(DAY + timedelta(days=2 * n), pain=v) for n, v in enumerate(values)], UK
    )


@pytest.fixture(scope="module")
def chart():
    return sheets.chart(diary(), UK, "km", STEPS)


@pytest.fixture(scope="module")
def summary():
    facts = Facts(
        location="outside",
        other_places=("behind",),
        side="left",
        duration_days=21,
        severity=6,
        age=41,
        signs={"locking": True, "fever": False},
    )
    course = sheets.Course(diary(), "km", DAY, STEPS)
    return sheets.summary(facts, UK, date(2026, 11, 26), course)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder of its own, with the pictures of the shipped drawings."""
    root = tmp_path_factory.mktemp("root")
    (root / "widget").mkdir()
    (root / "widget" / "drawings").symlink_to(ROOT / "widget" / "drawings")
    return build_drawings(root)


# The drawings


@pytest.mark.parametrize("path", DRAWINGS, ids=lambda path: path.stem)
def test_every_drawing_is_a_small_picture_on_white_in_dark_lines(path, made):
    file = drawing(path.name, made)
    assert file.stat().st_size < 60_000
    found = image(file.read_bytes())
    assert found.width == 960
    assert 500 < found.height <= 960
    colours = {colour: count for count, colour in found.getcolors(1_000_000)}
    assert max(colours, key=colours.get) == (255, 255, 255)
    assert found.getpixel((0, 0)) == (255, 255, 255)
    assert colours[INK] > 5_000
    assert path.stem == "kneemap" or colours[ACCENT] > 500


def test_the_knee_map_shows_where_to_press(made):
    found = image(drawing("kneemap", made).read_bytes())
    tinted = sum(n for n, (r, g, b) in found.getcolors(1_000_000) if r < g and b < g and r > 200)
    assert tinted > 100_000


@pytest.mark.parametrize("name", ["nothing", "../squat", "/etc/passwd", "", "squat\x00", "a" * 99])
def test_a_picture_that_is_not_there_says_what_to_do(name, made):
    with pytest.raises(pictures.NoDrawing, match="make setup"):
        drawing(name, made)


class TestBuilding:
    @pytest.fixture
    def root(self, tmp_path):
        folder = tmp_path / "widget" / "drawings"
        folder.mkdir(parents=True)
        for name in ("squat", "bridge"):
            (folder / f"{name}.svg").write_bytes(
                (ROOT / f"widget/drawings/{name}.svg").read_bytes()
            )
        build_drawings(tmp_path)
        return tmp_path

    @pytest.fixture
    def drawn(self, monkeypatch):
        """What is drawn from here on."""
        calls = []

        def picture(svg, real=picture_build.picture):
            calls.append(svg)
            return real(svg)

        monkeypatch.setattr(picture_build, "picture", picture)
        return calls

    def test_nothing_changed_nothing_is_drawn(self, root, drawn):
        build_drawings(root)
        assert drawn == []

    def test_only_the_changed_one_is_drawn(self, root, drawn):
        path = root / "widget/drawings/squat.svg"
        path.write_bytes(path.read_bytes().replace(b"182", b"190"))
        build_drawings(root)
        assert drawn == [path.read_bytes()]

    @pytest.mark.parametrize("damage", [b"", b"half a picture", None])
    def test_a_damaged_or_lost_one_is_made_good(self, root, drawn, damage):
        path = root / "assets/drawings/bridge.png"
        whole = path.read_bytes()
        path.unlink()
        if damage is not None:
            path.write_bytes(damage)
        build_drawings(root)
        assert path.read_bytes() == whole
        assert len(drawn) == 1

    @pytest.mark.parametrize("stamp", ["", "[]", "{", '{"squat.png": 1}'])
    def test_a_damaged_stamp_is_no_hindrance(self, root, stamp):
        before = (root / "assets/drawings/drawings.json").read_text()
        (root / "assets/drawings/drawings.json").write_text(stamp)
        build_drawings(root)
        assert (root / "assets/drawings/drawings.json").read_text() == before

    def test_a_drawing_that_went_takes_its_picture_with_it(self, root):
        (root / "widget/drawings/squat.svg").unlink()
        build_drawings(root)
        left = {path.name for path in (root / "assets/drawings").iterdir()}
        assert left == {"bridge.png", "drawings.json"}


# The knee in the summary


def seen(view, zones, *, left):
    return image(
        typeset_png(
            "drawing.typ", {"svg": knee(KNEEMAP, view, zones, left=left), "width": "160"}, 72
        )
    )


def middle_of_what_is_marked(found):
    """How far from the left, 0 to 1, the marked pixels lie on average; None without any."""
    pixels = found.load()
    across = [
        x
        for x in range(found.width)
        for y in range(found.height)
        if pixels[x, y][1] - pixels[x, y][0] > 50
    ]
    return sum(across) / len(across) / found.width if across else None


def test_left_and_right_are_mirrored():
    right, left = (seen("front", ["outside"], left=side) for side in (False, True))
    assert right.size == left.size
    assert middle_of_what_is_marked(right) < 0.3
    assert middle_of_what_is_marked(left) > 0.7
    inner = seen("front", ["inside"], left=False)
    assert middle_of_what_is_marked(inner) > 0.7
    assert ImageChops.difference(right, left).getbbox()


def test_only_what_hurts_is_marked():
    assert middle_of_what_is_marked(seen("front", [], left=False)) is None
    assert middle_of_what_is_marked(seen("back", ["outside"], left=False)) is None
    assert middle_of_what_is_marked(seen("back", ["behind"], left=True)) == pytest.approx(
        0.5, abs=0.03
    )


@pytest.mark.parametrize(
    ("side", "zones", "titles"),
    [
        ("left", ["front"], ["Left knee, From the front"]),
        ("right", ["behind"], ["Right knee, From behind"]),
        ("right", ["shin", "behind"], ["Right knee, From the front", "Right knee, From behind"]),
        # From the front the right knee is on the left of who looks, from behind on the right.
        (
            "both",
            ["whole"],
            [
                "Right knee, From the front",
                "Left knee, From the front",
                "Left knee, From behind",
                "Right knee, From behind",
            ],
        ),
        (None, ["front"], []),
        ("left", [], []),
    ],
)
def test_the_knees_that_are_drawn(side, zones, titles):
    assert [f"{one['title']}, {one['view']}" for one in pictures._knees(zones, side)] == titles


def test_every_place_has_a_picture_and_its_name_in_words():
    for zone, words in UK.kb.words["location"].items():
        (*_, one) = pictures._knees([zone], "left")
        assert middle_of_what_is_marked(
            image(typeset_png("drawing.typ", {"svg": one["svg"], "width": "160"}, 72))
        )
        assert zone == "whole" or words.label in one["alt"]


# The chart


TOP, FOOT = 120, 548
"""Between these rows of pixels the pain of a chart of 960 pixels is drawn."""
LEFT, RIGHT = 85, 770
"""And between these columns, its distances below it too."""


def dark(png, rows):
    """How many pixels of each column have the colour of the line or the bars, in these rows."""
    found = image(png)
    pixels = found.load()
    return [sum(sum(pixels[x, y]) < 130 for y in rows) for x in range(LEFT, RIGHT)]


def on_the_line(png):
    """How many columns of the plot the line crosses."""
    return sum(count > 0 for count in dark(png, range(TOP, FOOT)))


def test_a_chart_is_a_small_picture_for_a_phone(chart):
    png = chart_png(chart)
    assert len(png) < 40_000
    found = image(png)
    assert found.width == 960
    assert 700 < found.height < 1000


def test_a_week_without_a_note_is_a_gap():
    whole, gap = (
        on_the_line(chart_png(pain_only(values)))
        for values in ([5] * 10, [5, 5, *[None] * 6, 5, 5])
    )
    assert whole > 500
    assert gap < 0.5 * whole


def test_one_entry_and_none_with_pain_are_drawn():
    one = chart_png(pain_only([4]))
    nothing = chart_png(pain_only([None, None]))
    assert on_the_line(one)
    assert not on_the_line(nothing)


def test_more_pain_is_higher():
    low, high = (pictures._chart(pain_only([v])) for v in (2, 9))
    assert low["runs"] == [[[0.5, 0.2]]]
    assert high["runs"] == [[[0.5, 0.9]]]


def test_bands_stay_apart_in_grey(chart):
    found = image(chart_png(chart))
    tones = [found.convert("L").getpixel((764, y)) for y in (150, 400, 520)]
    assert tones == sorted(tones)
    assert min(b - a for a, b in pairwise(tones)) > 25
    # Black on the darkest of them is easily read: 4.5 to 1 is at a grey of 117.
    assert tones[0] > 150
    given = pictures._chart(chart)["bands"]
    assert [(b["from"], b["to"], b["label"]) for b in given] == [
        (0.0, 0.2, "fine"),
        (0.2, 0.5, "do less"),
        (0.5, 1.0, "stop"),
    ]


def test_distances_are_bars_below_the_pain_and_never_on_it(chart):
    far = pictures._chart(chart)["distance"]
    assert far["label"] == "Distance, km"
    assert far["mark"] == "5"
    heights = [part for _, part in far["bars"]]
    assert heights == sorted(heights)
    assert 0.5 < heights[0] < heights[-1] < 1
    shorter = {**chart, "distance": {**chart["distance"], "bars": chart["distance"]["bars"][:3]}}
    before, after = (image(chart_png(card)) for card in (chart, shorter))
    # The two have a palette of their own: only what is quite another colour counts.
    changed = ImageChops.difference(before, after).point(lambda part: 255 * (part > 90))
    _, top, _, bottom = changed.getbbox()
    assert top > FOOT
    assert bottom < before.height


def test_a_plot_without_distance_or_steps_is_lower(chart):
    heights = [
        image(chart_png({**chart, **left_out})).height
        for left_out in ({}, {"steps": None}, {"steps": None, "distance": None})
    ]
    assert heights == sorted(heights, reverse=True)
    assert len(set(heights)) == 3


def test_each_step_has_its_part_of_the_band(chart):
    steps = pictures._chart(chart)["steps"]
    assert [item["mark"] for item in steps["items"]] == ["1", "2", "3"]
    assert steps["items"][0]["from"] == 0
    assert steps["items"][-1]["to"] == 1
    for one, following in pairwise(steps["items"]):
        assert one["to"] == pytest.approx(following["from"])
    assert steps["names"] == "1: walk a mile; 2: walk 2, run 3; 3: run 2 miles"


def test_long_diaries_stay_small_and_readable():
    eight_weeks = sheets.chart(diary([n % 6 for n in range(56)], 1), UK, "km", STEPS)
    assert pictures._chart(eight_weeks)["marked"]
    assert len(chart_png(eight_weeks)) < 60_000
    many = sheets.chart(diary([n % 11 for n in range(365)], 1), UK, "mi", STEPS)
    given = pictures._chart(many)
    assert not given["marked"]
    assert 3 <= sum(bool(tick["label"]) for tick in given["ticks"]) <= charts.LABELS
    assert len(chart_png(many)) < 60_000


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -3, 11, 1e300, 2**70])
def test_numbers_that_make_no_sense_do_not_leave_the_plot(chart, value):
    pain = {**chart["pain"], "runs": [[[0, value], [1, 3]], [[2, value]]]}
    far = {**chart["distance"], "bars": [[0, value], [value, 3]]}
    items = [{"from": value, "to": value, "mark": "1"}]
    card = {**chart, "pain": pain, "distance": far, "steps": {**chart["steps"], "items": items}}
    given = pictures._chart(card)
    parts = [at for run in given["runs"] for point in run for at in point]
    parts += [at for bar in given["distance"]["bars"] for at in bar]
    parts += [item[end] for item in given["steps"]["items"] for end in ("from", "to")]
    assert all(0 <= part <= 1 for part in parts)
    # What is no number is a gap, not a painless day.
    assert sum(map(len, given["runs"])) == (3 if math.isfinite(value) else 1)
    chart_png(card)


def test_the_words_of_a_chart_are_those_of_the_card(chart):
    assert pictures._chart(chart)["alt"] == chart["alt"]
    assert chart["alt"].startswith("14 days noted, 2 Nov to 28 Nov. Worst pain of the day: 5")


# The summary


def text_of(pdf):
    """The words of a PDF as a reader finds them: by its maps from letters to characters."""
    objects = dict(re.findall(rb"(\d+) 0 obj\n(.*?)\nendobj", pdf, re.DOTALL))

    def stream(number):
        data = re.search(rb"stream\r?\n(.*)\r?\nendstream", objects[number], re.DOTALL)[1]
        return zlib.decompress(data)

    def letters_of(font):
        cmap = stream(re.search(rb"/ToUnicode (\d+) 0 R", objects[font])[1])
        pairs = re.findall(rb"^<([0-9a-fA-F]{4})> ?<([0-9a-fA-F]+)>", cmap, re.MULTILINE)
        return {int(code, 16): bytes.fromhex(to.decode()).decode("utf-16-be") for code, to in pairs}

    words = []
    page = rb"/Type/Page/Resources (\d+) 0 R.*?/Contents (\d+) 0 R"
    for resources, content in re.findall(page, pdf, re.DOTALL):
        fonts = dict(re.findall(rb"/(f\d+) (\d+) 0 R", objects[resources]))
        letters = {name: letters_of(font) for name, font in fonts.items()}
        for font, shown in shown_in(stream(content)):
            words.append(
                "".join(letters[font][code] for (code,) in struct.iter_unpack(">H", shown))
            )
    return " ".join(" ".join(words).split())


def shown_in(content):
    """The strings of a page, each with the name of its font, as bytes."""
    font, shown, at = None, b"", 0
    for found in re.finditer(rb"/(f\d+) \S+ Tf|TJ|\(", content):
        if found.start() < at:
            continue  # inside a string
        if found[1]:
            font, shown = found[1], b""  # what came before were properties, not words
        elif found[0] == b"TJ":
            yield font, shown
            shown = b""
        else:
            part, at = string_at(content, found.end())
            shown += part


def string_at(content, at):
    """The string that begins there, and its end. Brackets in pairs stand in it as they are."""
    named = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
    depth, out = 1, b""
    for found in re.compile(rb"\\([0-7]{1,3}|.)|(.)", re.DOTALL).finditer(content, at):
        escaped, letter = found.groups()
        depth += {b"(": 1, b")": -1}.get(letter, 0)
        if not depth:
            return out, found.end()
        if escaped and escaped.isdigit():
            out += bytes([int(escaped, 8)])
        else:
            out += named.get(escaped, escaped) if escaped else letter
    raise AssertionError("a string without an end")


def letter_sizes(pdf):
    """The sizes of the letters on the pages, in points; the smallest ones are in the chart."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    sizes = set()
    for data in streams:
        try:
            content = zlib.decompress(data)
        except zlib.error:
            continue
        sizes |= {round(float(size), 1) for size in re.findall(rb"/f\d+ (\S+) Tf", content)}
    return sizes


def pages(pdf):
    return int(re.search(rb"/Type/Pages/Count (\d+)", pdf)[1])


def test_a_summary_says_all_of_its_card(summary):
    pdf = summary_pdf(summary)
    text = text_of(pdf)
    told = [summary["title"], summary["made"], summary["note"], *summary["warnings"]]
    told += [word for row in summary["rows"] for word in row.values()] + summary["questions"]
    drawn = summary["chart"]
    told += [band["label"] for band in drawn["pain"]["bands"]] + ["Left knee", "From behind"]
    told += [drawn["title"], drawn["distance"]["label"], drawn["steps"]["label"]]
    assert summary["warnings"]
    assert [one for one in told if one not in text] == []
    assert text.count(summary["note"]) == 2  # at the top, and at the foot of the page
    assert pages(pdf) == 1
    assert len(pdf) < 150_000


def test_warnings_come_before_everything_else(summary):
    text = text_of(summary_pdf(summary))
    order = [text.index(summary["warnings"][0]), text.index("Where"), text.index("likely cause")]
    assert order == sorted(order)


def test_a_summary_without_warnings_shows_no_box(summary):
    bare = {"warnings": [], "questions": [], "zones": [], "chart": None}
    text = text_of(summary_pdf({**summary, **bare}))
    assert "Danger signs named" not in text
    assert "To ask at the visit" not in text
    assert "Left knee" not in text


def test_an_empty_summary_is_a_page(summary):
    empty = {"rows": [], "warnings": [], "questions": [], "zones": [], "side": None, "chart": None}
    assert pages(summary_pdf({**summary, **empty})) == 1
    assert pages(summary_pdf({**summary, **empty, "side": "both", "zones": ["whole"]})) == 1


def test_a_long_summary_goes_on_overleaf_and_counts_its_pages(summary):
    rows = [{"label": f"Row {n}", "value": "a word or two " * 40} for n in range(30)]
    pdf = summary_pdf({**summary, "rows": rows})
    assert pages(pdf) > 2
    assert "Row 29" in text_of(pdf)
    assert f"2 / {pages(pdf)}" in text_of(pdf)


def test_a_summary_can_be_heard(summary):
    pdf = summary_pdf(summary)
    assert b"/Lang(en)" in pdf
    assert b"/Title(" + summary["title"].encode() + b")" in pdf
    assert b"/DisplayDocTitle true" in pdf
    assert b"/MarkInfo<</Marked true" in pdf
    assert b"pdfuaid:part" in b"".join(re.findall(rb"<x:xmpmeta.*?</x:xmpmeta>", pdf, re.DOTALL))
    alts = [string_at(pdf, found.end())[0] for found in re.finditer(rb"/Alt\(", pdf)]
    assert b"Left knee. From the front: Outer side of the knee." in alts
    assert b"Left knee. From behind: Back of the knee." in alts
    assert summary["chart"]["alt"].encode() in alts


KNEES = {
    "yes to all": [True],
    "no to all": [False],
    "yes and no": [True, False, False],
    "some not asked": [False, None, True],
}


@pytest.mark.parametrize("answers", KNEES.values(), ids=KNEES)
@pytest.mark.parametrize("side", ["left", "both"])
def test_a_summary_of_eight_full_weeks_is_one_page(answers, side):
    signs = danger_signs_of(UK.kb)
    told = dict(zip(signs, answers * len(signs), strict=False))
    facts = Facts(
        location="whole",
        other_places=tuple(UK.kb.words["location"]),
        side=side,
        triggers=tuple(UK.kb.words["trigger"]),
        onset="gradual",
        duration_days=400,
        severity=9.5,
        age=61,
        signs={sign: there for sign, there in told.items() if there is not None},
    )
    steps = {f"rung_{n}": f"walk {n} minutes, run {n} minutes, for 2 miles" for n in range(1, 9)}
    entries = tuple(
        replace(entry, did=DID, signs=SIGNS, settled=False, worse=True, step=f"rung_{1 + n // 7}")
        for n, entry in enumerate(diary([9] * 56, 1))
    )
    days = {sign: DAY + timedelta(days=n) for n, sign in enumerate(signs)}
    course = sheets.Course(entries, "mi", DAY, steps, days)
    card = sheets.summary(facts, UK, date(2026, 12, 28), course)
    pdf = summary_pdf(card)
    assert pages(pdf) == 1
    text = text_of(pdf)
    assert card["questions"][-1] in text
    assert not [row["label"] for row in card["rows"] if row["label"] not in text]


@pytest.mark.parametrize(
    "word", ["x" * 300, "ß" * 300, "walk/run/" * 40], ids=["x", "ß", "slashes"]
)
def test_a_very_long_word_is_broken_and_keeps_the_page(summary, word):
    rows = [*summary["rows"], {"label": word, "value": word}]
    assert pages(summary_pdf({**summary, "rows": rows})) == 1


def test_letters_are_as_large_as_the_page_allows(summary):
    def sizes(rows):
        return letter_sizes(summary_pdf({**summary, "rows": rows, "zones": []}))

    few = [{"label": "Where", "value": "front"}]
    many = [{"label": f"Row {n}", "value": "a word or two"} for n in range(30)]
    assert 10 in sizes(few)
    assert 10 not in sizes(many)
    assert min(sizes(many)) > 6


def test_a_summary_carries_no_date_of_its_own_and_nothing_that_runs(summary):
    pdf = summary_pdf(summary)
    for mark in (b"CreationDate", b"ModDate", b"CreateDate", b"/JavaScript", b"/URI", b"/Launch"):
        assert mark not in pdf


# All of them


def test_the_same_card_gives_the_same_bytes_in_any_thread(summary, chart):
    def made(_):
        return summary_pdf(summary), chart_png(chart)

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(made, range(8)))) == 1


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_words_are_written_or_left_out_and_never_raise(summary, chart, text):
    bad_chart = {
        **chart,
        "title": text,
        "alt": text,
        "ticks": [{**tick, "label": text} for tick in chart["ticks"]],
        "pain": {
            **chart["pain"],
            "label": text,
            "bands": [{**band, "label": text} for band in chart["pain"]["bands"]],
        },
        "distance": {**chart["distance"], "label": text},
        "steps": {
            "label": text,
            "names": text,
            "items": [{**item, "mark": text} for item in chart["steps"]["items"]],
        },
    }
    bad = {
        **summary,
        **dict.fromkeys(("title", "made", "note"), text),
        "warnings": [text],
        "questions": [text],
        "rows": [{"label": text, "value": text}],
        "chart": bad_chart,
    }
    png = chart_png(bad_chart)
    assert len(png) < 200_000
    assert image(png).height < 1500
    pdf = summary_pdf(bad)
    assert len(pdf) < 600_000
    assert pages(pdf) < 60


def test_nothing_in_a_card_is_read_as_the_language_of_the_template(summary):
    text = HOSTILE["Typst"]
    card = {**summary, "rows": [{"label": "Where", "value": text}], "zones": []}
    shown = text_of(summary_pdf(card)).replace("\u200b", "").replace(" ", "")
    assert text.replace(" ", "") in shown


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("one\n two\t ", "one two"),
        ("a\u202eb\u200fc\x07d", "abcd"),
        ("膝 knee", "□ knee"),
        ("\x00", "□"),
        ("cafe\u0301", "café"),
        ("x" * 30, "x" * 24 + "\u200b" + "x" * 6),
    ],
)
def test_what_is_written_of_a_text(text, written):
    assert plain(text) == written


def test_long_texts_end_in_an_ellipsis():
    assert plain("so " * 40, 10) == "so so so…"


def test_without_the_fonts_the_error_says_what_to_do(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(picture_build.NoFont, match="make setup"):
        picture_build.letters()


def test_a_mistake_in_a_template_is_an_error_not_an_empty_picture():
    with pytest.raises(typst.TypstError):
        picture_build.typeset("chart_picture.typ", {"chart": json.dumps({})}, format="png")
