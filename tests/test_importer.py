"""A topic is added with one YAML file and examples: no rule, no domain, no Python."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from running import ROOT, run

from kneewise import knowledge
from kneewise.knowledge import Knowledge
from kneewise.validation import check

PROJECT = ("actions", "assets", "data", "knowledge", "kneewise")
FILES = ("config.yml", "credentials.yml", "domain.yml", "endpoints.yml")
SHORT = "Sit on the aisle, so that you can stretch the leg out and walk about once an hour."
EXAMPLES = """\
can i fly with a sore knee
is a long flight bad for the knee
my flight to spain is on monday, will the knee cope
which seat on the plane is best
long haul flight and a stiff knee
sitting on a plane for nine hours with this
airplane seats kill it, tips for the flight
how do i get through a transatlantic flight
should i book an aisle seat
flying home after the marathon
is air travel ok
does cabin pressure make it swell
what about the plane journey
i have a flight tomorrow
flying with it
any advice for the airport and the plane
is flying allowed
"""
ASKED = {
    "will a ten hour flight to tokyo be a problem for it": "flying",
    "best seat on a plane?": "flying",
    "is ice any use for that?": "ice",
}
FEW = 20
PROGRAM = """
import json, sys
from pathlib import Path
from kneewise.testing import Assistant
from kneewise.training import train_model
model, fresh = train_model(Path.cwd())
assistant = Assistant.load(model)
said = {text: assistant.conversation().say(text) for text in json.loads(sys.argv[1])}
print("ANSWERS" + json.dumps({"fresh": fresh, "said": said}))
"""


def _thin(copy: Path) -> None:
    """Leave a few examples of everything: what is tested is that a topic is found, in seconds."""
    nlu = copy / "data" / "nlu.yml"
    kept: list[str] = []
    count = 0
    for line in nlu.read_text("utf-8").splitlines(keepends=True):
        count = count + 1 if line.startswith("    - ") else 0
        if count <= FEW:
            kept.append(line)
    nlu.write_text("".join(kept), "utf-8")
    for path in (copy / "knowledge" / "phrasings").glob("*/*.yml"):
        body = yaml.safe_load(path.read_text("utf-8"))
        thin = {key: value if key == "id" else value[:FEW] for key, value in body.items()}
        path.write_text(yaml.safe_dump(thin, sort_keys=False, allow_unicode=True), "utf-8")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with one topic more, as CONTRIBUTING.md says."""
    copy = tmp_path_factory.mktemp("copy")
    for name in PROJECT:
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(ROOT / name, copy)
    heat = yaml.safe_load((ROOT / "knowledge" / "topics" / "heat.yml").read_text("utf-8"))
    flying = {**heat, "id": "flying", "title": "Flying with it", "short": SHORT}
    (copy / "knowledge" / "topics" / "flying.yml").write_text(yaml.safe_dump(flying))
    _thin(copy)
    examples = "".join(f"    - {line}\n" for line in EXAMPLES.splitlines())
    with (copy / "data" / "nlu.yml").open("a", encoding="utf-8") as nlu:
        nlu.write(f"- intent: ask_flying\n  examples: |\n{examples}")
    return copy


@pytest.fixture(scope="module")
def answers(project: Path) -> Any:
    """What the copy says once it is trained."""
    done = run((sys.executable, "-c", PROGRAM, json.dumps(list(ASKED))), project)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.rpartition("ANSWERS")[2])


def test_the_copy_has_no_problem_more(project: Path) -> None:
    assert set(map(str, check(project))) == set(map(str, check(ROOT)))


@pytest.mark.parametrize("text", ASKED)
def test_an_added_topic_is_answered(text: str, answers: Any) -> None:
    assert answers["fresh"]
    assert answers["said"][text][0]["metadata"]["topic"] == ASKED[text]


def test_the_answer_is_the_text_of_the_file(answers: Any) -> None:
    first = answers["said"]["best seat on a plane?"][0]
    assert first["text"].startswith(SHORT)
    assert first["metadata"]["sources"]


def test_domain_and_rules_were_not_touched(project: Path, kb: Knowledge) -> None:
    for name in ("domain.yml", "data/rules.yml", "data/stories.yml"):
        assert "flying" not in (project / name).read_text("utf-8")
        assert (project / name).read_bytes() == (ROOT / name).read_bytes()
    assert "flying" not in kb.topics
    assert "flying" in knowledge.load(project / "knowledge").topics
