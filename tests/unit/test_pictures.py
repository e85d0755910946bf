"""The pictures say what the cards say, small and the same each time, whatever stands in them."""

from __future__ import annotations

import io
import json
import math
import re
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import typst
from PIL import Image, ImageChops
from test_cards import UK
from test_drawings import DRAWINGS

from kneewise import picture_build, pictures, sheets
from kneewise.picture_build import build_drawings, knee, typeset_png
from kneewise.pictures import chart_png, drawing, plain, summary_pdf
from kneewise.triage import Facts

ROOT = Path(__file__).resolve().parents[2]
KNEEMAP = (ROOT / "widget/drawings/kneemap.svg").read_bytes()
DAY = date(2026, 11, 2)
PAIN = [5, 4, None, 6, 4, 3, 3, None, None, 2, 3, 1, 2, 0]
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


def readings(values=PAIN):
    return [sheets.Reading(DAY + timedelta(days=2 * n), v) for n, v in enumerate(values)]


@pytest.fixture(scope="module")
def chart():
    return sheets.chart(readings(), UK)


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
    return sheets.summary(facts, UK, date(2026, 11, 26))


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


def on_the_line(png):
    """The pixels of the picture that have the colour of the line, in the middle of the plot."""
    found = image(png)
    pixels = found.load()
    return {
        x for x in range(130, 700) for y in range(95, 570) if sum(pixels[x, y]) < 130
    }  # fmt: skip


def test_a_chart_is_a_small_picture_for_a_phone(chart):
    png = chart_png(chart)
    assert len(png) < 30_000
    found = image(png)
    assert found.width == 960
    assert 500 < found.height < 800


def test_a_day_without_a_note_is_a_gap():
    whole, gap = (
        on_the_line(chart_png(sheets.chart(readings(values), UK)))
        for values in ([5, 5, 5, 5, 5], [5, 5, None, 5, 5])
    )
    assert len(whole) > 500  # marks have a white edge
    assert len(gap) < 0.7 * len(whole)


def test_one_reading_and_none_at_all_are_drawn():
    one = chart_png(sheets.chart(readings([4]), UK))
    nothing = chart_png(sheets.chart(readings([None, None]), UK))
    assert on_the_line(one)
    assert not on_the_line(nothing)


def test_more_pain_is_higher():
    low, high = (pictures._chart(sheets.chart(readings([v]), UK))["lines"][0] for v in (2, 9))
    assert low["runs"] == [[[0.5, 0.2]]]
    assert high["runs"] == [[[0.5, 0.9]]]


def test_bands_stay_apart_in_grey(chart):
    found = image(chart_png(chart))
    tones = [found.convert("L").getpixel((700, y)) for y in (150, 400, 520)]
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


def test_long_series_stay_small_and_readable(chart):
    many = sheets.chart(readings([n % 11 for n in range(365)]), UK)
    assert len(chart_png(many)) < 60_000
    assert 4 <= len(pictures._chart(many)["labels"]) <= 6
    points = [{"label": f"{n} November", "value": n % 11} for n in range(40)]
    three = {
        **chart,
        "series": [{"label": name * 30, "points": points[at:]} for at, name in enumerate("abc")],
    }
    assert len(chart_png(three)) < 60_000


def test_several_lines_share_their_days(chart):
    lines = [
        {"label": "one", "points": [{"label": "a", "value": 1}, {"label": "b", "value": 2}]},
        {"label": "two", "points": [{"label": "b", "value": 3}, {"label": "c", "value": 4}]},
    ]
    runs = [line["runs"] for line in pictures._chart({**chart, "series": lines})["lines"]]
    assert runs == [[[[0.0, 0.1], [0.5, 0.2]]], [[[0.5, 0.3], [1.0, 0.4]]]]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -3, 11, 1e300, 2**70])
def test_numbers_that_make_no_sense_do_not_leave_the_plot(chart, value):
    points = [{"label": "a", "value": value}, {"label": "b", "value": 3}]
    card = {**chart, "series": [{"label": "x", "points": points}]}
    for line in pictures._chart(card)["lines"]:
        assert all(0 <= part <= 1 for run in line["runs"] for at in run for part in at)
        # What is no number is a gap, not a painless day.
        assert sum(map(len, line["runs"])) == (2 if math.isfinite(value) else 1)
    chart_png(card)
    chart_png({**card, "min": 5, "max": 5})


def test_the_words_of_a_chart_are_those_of_the_card(chart):
    assert plain(chart["alt"]).startswith("Pain over time. 2 Nov: 5; 4 Nov: 4; 6 Nov: not noted")


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


def pages(pdf):
    return int(re.search(rb"/Type/Pages/Count (\d+)", pdf)[1])


def test_a_summary_says_all_of_its_card(summary, chart):
    pdf = summary_pdf(summary, chart)
    text = text_of(pdf)
    told = [summary["title"], summary["made"], summary["note"], *summary["warnings"]]
    told += [word for row in summary["rows"] for word in row.values()] + summary["questions"]
    told += [band["label"] for band in chart["bands"]] + ["Left knee", "From behind"]
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
    text = text_of(summary_pdf({**summary, "warnings": [], "questions": [], "zones": []}))
    assert "Danger signs named" not in text
    assert "To ask at the visit" not in text
    assert "Left knee" not in text


def test_an_empty_summary_is_a_page(summary):
    empty = {"rows": [], "warnings": [], "questions": [], "zones": [], "side": None}
    assert pages(summary_pdf({**summary, **empty})) == 1
    assert pages(summary_pdf({**summary, **empty, "side": "both", "zones": ["whole"]})) == 1


def test_a_long_summary_goes_on_overleaf_and_counts_its_pages(summary):
    rows = [{"label": f"Row {n}", "value": "a word or two " * 40} for n in range(30)]
    pdf = summary_pdf({**summary, "rows": rows})
    assert pages(pdf) > 2
    assert "Row 29" in text_of(pdf)
    assert f"2 / {pages(pdf)}" in text_of(pdf)


def test_a_summary_can_be_heard(summary, chart):
    pdf = summary_pdf(summary, chart)
    assert b"/Lang(en)" in pdf
    assert b"/Title(" + summary["title"].encode() + b")" in pdf
    assert b"/DisplayDocTitle true" in pdf
    assert b"/MarkInfo<</Marked true" in pdf
    assert b"pdfuaid:part" in b"".join(re.findall(rb"<x:xmpmeta.*?</x:xmpmeta>", pdf, re.DOTALL))
    alts = re.findall(rb"/Alt\((.*?)\)", pdf)
    assert b"Left knee. From the front: Outer side of the knee." in alts
    assert b"Left knee. From behind: Back of the knee." in alts
    assert chart["alt"].encode() in alts


def test_a_summary_carries_no_date_of_its_own_and_nothing_that_runs(summary):
    pdf = summary_pdf(summary)
    for mark in (b"CreationDate", b"ModDate", b"CreateDate", b"/JavaScript", b"/URI", b"/Launch"):
        assert mark not in pdf


# All of them


def test_the_same_card_gives_the_same_bytes_in_any_thread(summary, chart):
    def made(_):
        return summary_pdf(summary, chart), chart_png(chart)

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(made, range(8)))) == 1


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_words_are_written_or_left_out_and_never_raise(summary, chart, text):
    point = {"label": text, "value": 3}
    bad_chart = {
        **chart,
        "title": text,
        "alt": text,
        "bands": [{**band, "label": text} for band in chart["bands"]],
        "series": [{"label": text, "points": [point, point]}] * 2,
    }
    bad = {
        **summary,
        **dict.fromkeys(("title", "made", "note"), text),
        "warnings": [text],
        "questions": [text],
        "rows": [{"label": text, "value": text}],
    }
    png = chart_png(bad_chart)
    assert len(png) < 60_000
    assert image(png).height < 900
    pdf = summary_pdf(bad, bad_chart)
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
