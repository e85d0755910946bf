"""Whatever is done to a file, the check tells problems and never fails itself."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from kneewise.validation import check

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A copy of the shipped files, to be damaged again and again; the long ones in short."""
    folder = tmp_path_factory.mktemp("house")
    shutil.copytree(ROOT / "knowledge", folder / "knowledge")
    for path in (folder / "knowledge/phrasings").rglob("*.yml"):
        if path.relative_to(folder).as_posix() not in SHIPPED:
            path.unlink()
    (folder / "data").mkdir()
    for file in ("domain.yml", "data/nlu.yml"):
        shutil.copy(ROOT / file, folder / file)
    path = folder / "knowledge/symptoms.yml"
    symptoms = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    for section in ("locations", "sides", "triggers", "onsets", "signs"):
        for entry in symptoms[section].values():
            entry |= {"patterns": ["x"], "examples": {"present": ["x"]}}
            for key in {"skip", "bare", "denies", "maybe"} & set(entry):
                del entry[key]
    short = symptoms | {"spelling": {}, "status": {}, "numbers": {}, "people": {}}
    path.write_text(yaml.safe_dump(short, sort_keys=False), encoding="utf-8")
    return folder


SHIPPED = sorted(
    path.relative_to(ROOT).as_posix()
    for path in ((ROOT / "knowledge").rglob("*.yml"))
    if path.name != "symptoms.yml"
    and ("phrasings" not in path.parts or path.stem in ("fever", "front", "nothing"))
)
VALUES = (
    "null",
    "[]",
    "{}",
    "no",
    "7",
    "[[]]",
    "{a: [b]}",
    "'{'",
    "2026-02-31",
    "&a [*a]",
    "- - -",
)


@given(file=st.sampled_from([*SHIPPED, "domain.yml"]), data=st.data())
@settings(max_examples=40, deadline=None, derandomize=True)
def test_no_damage_makes_the_check_fail(house, file, data):
    path = house / file
    whole = path.read_text(encoding="utf-8")
    lines = whole.splitlines()
    at = data.draw(st.integers(0, len(lines) - 1))
    value = data.draw(st.sampled_from(VALUES))
    key, colon, _ = lines[at].partition(": ")
    lines[at] = data.draw(st.sampled_from([f"{key}{colon}{value}", value, "", lines[at][1:]]))
    try:
        path.write_text("\n".join(lines), encoding="utf-8")
        assert all(str(problem) for problem in check(house))
    finally:
        path.write_text(whole, encoding="utf-8")
