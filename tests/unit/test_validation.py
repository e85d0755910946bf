"""How a knowledge file is read, and how it is told what is wrong with it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kneewise.validation import Problem, check, texts
from kneewise.validation.documents import field_name, read
from kneewise.validation.house import KINDS
from kneewise.validation.shapes import shape_problems

ROOT = Path(__file__).resolve().parents[2]

NESTED = """\
id: ice
screen:
  # a comment takes a line too
  items:
    - {id: heart,
       says: heart disease}
    - id: skin
      says: >
        numb
        skin
  ask: does any fit?
next: [heat,
  exercises]
"""


def problem_of(text, folder, file="knowledge/some.yml"):
    """The problems of reading one text."""
    path = folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    document, problems = read(folder, file)
    assert document or problems
    return problems


# --- lines and fields ---


@pytest.mark.parametrize(
    ("place", "field", "line"),
    [
        (("id",), "id", 1),
        (("screen",), "screen", 2),
        (("screen", "items", 0), "screen.items[0]", 5),
        (("screen", "items", 0, "says"), "screen.items[0].says", 6),
        (("screen", "items", 1), "screen.items[1]", 7),
        (("screen", "items", 1, "says"), "screen.items[1].says", 8),
        (("screen", "ask"), "screen.ask", 11),
        (("next", 1), "next[1]", 13),
        (("next", 7), "next[7]", 12),
        (("screen", "any"), "screen.any", 2),
        ((), "", 1),
    ],
)
def test_a_place_has_a_name_and_a_line(place, field, line, tmp_path):
    (tmp_path / "nested.yml").write_text(NESTED, encoding="utf-8")
    document, problems = read(tmp_path, "nested.yml")
    assert problems == []
    problem = document.problem(place, "wrong")
    assert (problem.field, problem.line) == (field, line)
    assert field_name(place) == field


def test_a_problem_reads_like_a_compiler_message():
    problem = Problem("knowledge/topics/ice.yml", "next[0]", 12, 'there is no topic "iec"')
    assert str(problem) == 'knowledge/topics/ice.yml:12: next[0]: there is no topic "iec"'


def test_a_problem_of_a_whole_file_has_no_line():
    assert str(Problem("knowledge/plan.yml", "", 0, "missing")) == "knowledge/plan.yml: missing"


# --- files that cannot be read ---


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a: [1,\nb: 2\n", 3, "not YAML"),
        ("a: 1\n\tb: 2\n", 2, "not YAML"),
        ("a: &x 1\nb: *y\n", 2, "not YAML"),
        ("a: 1\n---\nb: 2\n", 2, "not YAML"),
        ("a: b\x07\n", 0, "not YAML"),
        ("when: 2026-02-31\n", 0, "not YAML"),
        ("? [a]\n: 1\n", 1, "in quotes"),
        (b"a: \xff\xfe\n", 0, "cannot be read"),
        pytest.param("[" * 3000 + "]" * 3000, 0, "not YAML", id="a thousand brackets"),
        ("a: 1\nb: 2\na: 3\n", 3, "there twice"),
        ("a: &x [1, *x]\n", 1, "holds itself"),
        ("a:\n  no: 1\n", 2, '"no" in quotes'),
        ("7: 1\n", 1, '"7" in quotes'),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(text, line, says, tmp_path):
    (problem, *_) = problem_of(text, tmp_path)
    assert problem.line == line
    assert says in problem.message


def test_a_missing_file_and_a_folder_in_its_place_are_told(tmp_path):
    (tmp_path / "folder.yml").mkdir()
    assert [p.message for p in read(tmp_path, "none.yml")[1]] == ["the file is missing"]
    assert "cannot be read" in read(tmp_path, "folder.yml")[1][0].message


def test_an_empty_repository_is_told_file_by_file(tmp_path):
    told = {problem.file for problem in check(tmp_path)}
    assert told == {
        *(f"knowledge/{kind}.yml" for kind in KINDS),
        "knowledge/topics",
        "domain.yml",
        "data/nlu.yml",
    }


# --- shapes ---


@pytest.fixture
def regions(tmp_path):
    """Tells what is wrong with a text as regions.yml."""
    shutil.copytree(ROOT / "knowledge/schema", tmp_path / "knowledge/schema")

    def tell(text):
        (tmp_path / "knowledge/regions.yml").write_text(text, encoding="utf-8")
        document, problems = read(tmp_path, "knowledge/regions.yml")
        assert problems == []
        problems, _ = shape_problems(tmp_path, "regions", document)
        return [str(problem).partition(".yml")[2] for problem in problems]

    return tell


REGION = """\
default: uk
regions:
- id: uk
  name: United Kingdom
  emergency: "999"
  advice: NHS 111
  hospital: A&E
  doctor: GP
  crisis: null
  call: {emergency: "112"}
  zones: [Europe/London]
"""


KEYS = "id, name, emergency, advice, hospital, doctor, crisis, call, zones"
AN_ID = "an id (small letters, digits and _, a letter first)"


def test_a_zone_that_is_not_there_is_told(tmp_path):
    for folder in ("knowledge", "data"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / "domain.yml", tmp_path / "domain.yml")
    for file, old in (("regions", "Europe/Dublin"), ("reminders", "Africa/Nairobi")):
        path = tmp_path / f"knowledge/{file}.yml"
        path.write_text(path.read_text("utf-8").replace(old, "Europe/Atlantis"), "utf-8")
    path = tmp_path / "knowledge/reminders.yml"
    path.write_text(path.read_text("utf-8").replace('run: "17:30"', 'run: "23:30"'), "utf-8")
    told = [problem.message for problem in check(tmp_path)]
    nowhere = 'there is no time zone "Europe/Atlantis"'
    assert told == [nowhere, "23:30 is in the quiet hours", nowhere]


def test_a_file_of_the_right_shape_has_no_problem(regions):
    assert regions(REGION) == []


@pytest.mark.parametrize(
    ("old", "new", "at", "told"),
    [
        ('"999"', "999", "5: emergency", "must be text, not 999 (a text? put it in quotes)"),
        ("NHS 111", "yes", "6: advice", "must be text, not true (a word? put it in quotes)"),
        ("NHS 111", "", "6: advice", "must be text, not empty"),
        ("A&E", "[A, E]", "7: hospital", "must be text, not a list"),
        ("GP", "{a: b}", "8: doctor", "must be text, not keys with values"),
        ("null", "3", "9: crisis", "must be text or empty, not 3 (a text? put it in quotes)"),
        ("GP", "'  '", "8: doctor", "is empty"),
        ("  doctor: GP\n", "", "3: ", '"doctor" is missing'),
        (": uk\n  ", ": U K\n  ", "3: id", '"U K" is not ' + AN_ID),
        ("GP", "a {friend}", "8: doctor", "{friend} is not filled in here; allowed: none"),
        ("GP", "GP}", "8: doctor", "a brace is not right: Single '}' encountered in format string"),
        ("GP", "GP\n  vet: X", "9: vet", f"nothing reads this key ({KEYS})"),
    ],
)  # fmt: skip
def test_a_wrong_shape_is_told_in_plain_words(old, new, at, told, regions):
    line, key = at.split(": ")
    field = f"regions[0].{key}".rstrip(".")
    assert regions(REGION.replace(old, new)) == [f":{line}: {field}: {told}"]


@pytest.mark.parametrize("text", ["", "3", "- a", "regions: {}\ndefault: uk", "x: y"])
def test_another_kind_of_file_is_told(text, regions):
    assert regions(text)


def test_a_missing_or_broken_schema_is_told(tmp_path):
    (tmp_path / "knowledge/schema").mkdir(parents=True)
    (tmp_path / "knowledge/regions.yml").write_text(REGION, encoding="utf-8")
    (tmp_path / "knowledge/schema/regions.json").write_text('{\n"type": }', encoding="utf-8")
    told = [str(problem) for problem in check(tmp_path) if "schema" in problem.file]
    assert told == [
        "knowledge/schema/common.json: the schema is missing or cannot be read",
        "knowledge/schema/regions.json:2: not JSON: Expecting value",
    ]


def test_the_texts_are_those_a_runner_reads():
    told = {text.field: text for text in texts(ROOT) if text.file == "knowledge/topics/ice.yml"}
    assert told["title"].text == "Icing a sore knee"
    assert told["short"].line == 5
    assert {"steps[0]", "changes", "screen.items[0].says", "screen.none"} <= set(told)
    assert not {"id", "article[0]", "next[0]", "when_flagged"} & set(told)
    assert {f"knowledge/{kind}.yml" for kind in ("plan", "red_flags", "phrases")} <= {
        text.file for text in texts(ROOT)
    }
