"""The shipped knowledge has no problem; damage to it is found, by file, field and line."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from kneewise.knowledge import URGENCIES
from kneewise.symptoms.phrasings import PLACES, SIGNS, STATUSES, phrasings
from kneewise.triage import TEST_KEYS
from kneewise.validation import check

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = sorted((ROOT / "knowledge/schema").glob("*.json"))
ICE = "knowledge/topics/ice.yml"
SAID = "knowledge/phrasings"
FEVER, NOTHING = f"{SAID}/signs/fever.yml", f"{SAID}/signs/nothing.yml"
COPIED = {f"{SAID}/signs/locking.yml", f"{SAID}/places/front.yml", FEVER, NOTHING}
"""The phrasings in the copy: all sixty files would make each of a hundred checks slow."""


@pytest.fixture
def copy(tmp_path):
    """The checked files, in a folder where they may be damaged."""
    shutil.copytree(ROOT / "knowledge", tmp_path / "knowledge", ignore=_not_copied)
    (tmp_path / "data").mkdir()
    for file in ("domain.yml", "data/nlu.yml"):
        shutil.copy(ROOT / file, tmp_path / file)
    return tmp_path


def _not_copied(folder, names):
    files = {name: (Path(folder) / name).relative_to(ROOT).as_posix() for name in names}
    return [
        name
        for name, file in files.items()
        if file.startswith(SAID) and file.endswith(".yml") and file not in COPIED
    ]


def test_the_shipped_knowledge_has_no_problem():
    assert [str(problem) for problem in check(ROOT)] == []


@dataclass(frozen=True)
class Damage:
    """What is replaced in a file, and the problem that must be told at the new text's first line.

    `line` is added to that line; None means that the problem is with the file as a whole.
    """

    name: str
    file: str
    old: str
    new: str
    field: str
    says: str
    line: int | None = 0


DAMAGES = (
    # shape
    Damage("broken YAML", ICE, r"^next: .*", "next: [exercises", "", "not YAML", 1),
    Damage("key misspelled", ICE, r"^changes:", "change:", "change", "nothing reads this key"),
    Damage("key left out", "knowledge/plan.yml", r"^  instead: true\n", "", "branches[0]",
           '"instead" is missing', -2),
    Damage("key written twice", ICE, r"^id: ice", "id: ice\nid: ice", "id", "there twice", 1),
    Damage("a list for a text", ICE, r"^title: .*", "title: [Ice]", "title", "must be text"),
    Damage("an unquoted no", ICE, r"^title: .*", "title: no", "title", "put it in quotes"),
    Damage("a text left empty", ICE, r"^title: .*", 'title: " "', "title", "is empty"),
    Damage("title too long", ICE, r"^title: .*", f"title: {'ice ' * 8}", "title", "at most 30"),
    Damage("short too long", ICE, r"^short: >\n", f"short: >\n  {'ice ' * 60}\n", "short",
           "at most 60"),
    Damage("full too long", ICE, r"^full: >\n", f"full: >\n  {'ice ' * 130}\n", "full",
           "at most 130"),
    Damage("one next topic", ICE, r"^next: .*", "next: [heat]", "next", "at least 2"),
    Damage("flag neither held nor answered", ICE, r"^when_flagged: .*", "when_flagged: wait",
           "when_flagged", "(answer, hold)"),
    Damage("reviewed by nobody", ICE, r"^reviewed: .*", 'reviewed: "2026-11-23"', "reviewed",
           "by whom"),
    Damage("unknown urgency", "knowledge/conditions.yml", r"urgency: \w+", "urgency: tomorrow",
           "conditions[0].urgency", "is not one of"),
    Damage("a test that always holds", "knowledge/plan.yml", r"\[\{child: true\}\]", "[{}]",
           "branches[0].when[0]", "always hold"),
    Damage("region without a number", "knowledge/regions.yml", r"^(\W+)emergency:",
           r"\1emergancy:", "regions[0].emergancy", "nothing reads this key"),
    # texts
    Damage("unknown placeholder", ICE, r"ask a \{doctor\}", "ask a {docter}", "screen.any",
           "{docter} is not filled", -1),
    Damage("placeholder where none is filled", ICE, r"says: a fever or an infection",
           'says: "fever {doctor}"', "screen.items[5].says", "allowed: none"),
    Damage("brace not closed", ICE, r"ask a \{doctor\}", "ask a {doctor", "screen.any", "brace",
           -1),
    Damage("phrase without what it says", "knowledge/phrases.yml", r"noted: .*", "noted: Got it.",
           "phrases.noted", "{facts} must stand"),
    Damage("phrase that the code needs left out", "knowledge/phrases.yml", r"^  noted: .*\n", "",
           "phrases", '"noted" is missing', None),
    Damage("phrase that nothing says", "knowledge/phrases.yml", r"^phrases:\n",
           "phrases:\n  hooray: Well done\n", "phrases.hooray", "nothing reads", 1),
    # what one file names in another
    Damage("unknown next topic", ICE, r"^next: .*", "next: [iec, heat]", "next[0]",
           'there is no topic "iec"'),
    Damage("a topic leads to itself", ICE, r"^next: .*", "next: [heat, ice]", "next[1]", "itself"),
    Damage("topic not called like its file", ICE, r"^id: ice", "id: cold", "id", 'must be "ice"'),
    Damage("unknown article fact", ICE, r"^article: .*", "article: [a-ice, a-snow]", "article[1]",
           '"a-snow"'),
    Damage("unknown guidance fact", ICE, r"g-ice-again", "g-ice-twice", "guidance[7]",
           '"g-ice-twice"'),
    Damage("unknown fact in the plan", "knowledge/plan.yml", r"\[g-under-16,", "[g-under,",
           "branches[0].facts[0]", '"g-under"'),
    Damage("unknown fact of an exercise", "knowledge/exercises.yml", r"facts: \[a-leg-raise",
           "facts: [a-leg", "exercises[0].facts[0]", '"a-leg"'),
    Damage("topic that rests on nothing", "knowledge/topics/heat.yml", r"^guidance: .*",
           "guidance: []", "guidance", "rests on no fact"),
    Damage("unknown source of a condition", "knowledge/conditions.yml", r"sources: \[article",
           "sources: [nobody", "conditions[0].sources[0]", '"nobody"'),
    Damage("fact about no fact", "knowledge/guidance.yml", r"about: \[a-where, a-when\]",
           "about: [a-here]", "facts[0].about[0]", '"a-here"'),
    Damage("article fact that no topic uses", "knowledge/article.yml", r"^facts:\n",
           "facts:\n- {id: a-new, says: New.}\n", "facts[0].id", "no topic uses", 1),
    Damage("guidance that nothing uses", "knowledge/guidance.yml", r"^facts:\n",
           "facts:\n- {id: g-new, source: trek, relation: adds, about: [], row: null, says: N.}\n",
           "facts[0].id", "uses", 1),
    Damage("unknown source of a fact", "knowledge/guidance.yml", r"source: trek", "source: star",
           r"facts\[\d+\].source", '"star"'),
    Damage("unknown source of a flag", "knowledge/red_flags.yml", r"sources: \[\w+",
           "sources: [nobody", "flags[0].sources[0]", '"nobody"'),
    Damage("source that nothing names", "knowledge/sources.yml", r"^sources:\n",
           "sources:\n- {id: mine, name: mine, cite: Mine, year: null, checked: seen}\n",
           "sources[0].id", "nothing names", 1),
    Damage("an id twice", "knowledge/article.yml", r"id: a-where", "id: a-when",
           r"facts\[\d+\].id", "there twice", 2),
    Damage("unknown default region", "knowledge/regions.yml", r"^default: .*", "default: mars",
           "default", '"mars"'),
    # danger signs
    Damage("a red flag lost", "knowledge/red_flags.yml", r"id: RF07", "id: RF77", "flags",
           '"RF07" is missing', None),
    Damage("a red flag made up", "knowledge/red_flags.yml", r"id: RF07", "id: RF77",
           "flags[6].id", "not in the evidence"),
    Damage("help with self-harm lost", "knowledge/red_flags.yml", r"id: self_harm", "id: harm",
           "elsewhere", '"self_harm" is missing', None),
    Damage("precaution on another flag", "knowledge/red_flags.yml", r"precaution: false",
           "precaution: true", "flags[0].precaution", "for no other flag"),
    # tests
    Damage("a test triage does not know", "knowledge/plan.yml", r"\{severity_to: 2\}",
           "{severty_to: 2}", "parts[0].when[0].severty_to", "no such test"),
    Damage("unknown sign in a test", "knowledge/plan.yml", r"\{signs: \[pregnant\]\}",
           "{signs: [pregnent]}", "branches[2].when[0].signs[0]", 'no sign "pregnent"'),
    Damage("unknown place in a test", "knowledge/conditions.yml", r"location: \[\w+",
           "location: [elbow", r"conditions\[0\].fits\[0\].location\[0\]", "elbow"),
    Damage("unknown trigger in a test", "knowledge/conditions.yml", r"triggers: \[\w+",
           "triggers: [skiing", r"conditions\[\d+\].\w+\[\d+\].triggers\[0\]", "skiing"),
    Damage("unknown onset in a test", "knowledge/plan.yml", r"\{severity_to: 2\}",
           "{onset: slow}", "parts[0].when[0].onset", "slow"),
    Damage("a flag that fires on nothing", "knowledge/red_flags.yml", r"- any_signs: \[bre.*",
           "- no_signs: [swelling]", "flags[0].when[0]", "nothing is known"),
    Damage("unknown sign answers a safety question", "knowledge/topics/medication.yml",
           r"signs: \[\w+", "signs: [thinner", "screen.signs[0]", 'no sign "thinner"'),
    # questions
    Damage("checklist denies a sign that is not there", "knowledge/questions.yml",
           r"covers: \[giving_way\]", "covers: [giving_way, wobble]",
           "questions[0].options[3].covers[1]", "wobble"),
    Damage("choice of a sign that is not there", "knowledge/questions.yml", r"sign: giving_way",
           "sign: wobble", "questions[0].options[3].sign", "wobble"),
    Damage("choice not denied by none of these", "knowledge/questions.yml",
           r"covers: \[giving_way\]", "covers: [swelling]", "questions[0].options[3].covers",
           '"giving_way" itself'),
    Damage("choice of a place that is not there", "knowledge/questions.yml", r"value: shin",
           "value: toe", r"questions\[1\].options\[\d\].value", "toe"),
    Damage("age group that the code does not know", "knowledge/questions.yml",
           r"value: 50_or_over", "value: old", "questions[6].options[2].value", "is not one of"),
    Damage("two choices with the same words", "knowledge/questions.yml",
           r"label: Under 16", "label: less than a week!", "questions[6].options[0].label",
           "something else already"),
    Damage("two topics with the same title", "knowledge/topics/what_to_do.yml", r"^title: .*",
           "title: Icing a sore knee", "title", "something else already"),
    Damage("a choice that is a title too", "knowledge/questions.yml",
           r"label: Under 16", "label: Can I still run", "questions[6].options[0].label",
           "something else already"),
    Damage("a button that is a title too", "knowledge/phrases.yml",
           r"something_else: .*", "something_else: stretching", "phrases.something_else",
           "something else already"),
    Damage("danger signs not first", "knowledge/questions.yml", r"^- slot: danger_signs",
           "- slot: severity", "questions[0].slot", "asked first"),
    # what people say
    Damage("pattern that cannot be read", "knowledge/symptoms.yml", r"^      - '\{swollen\}'",
           "      - '{swolen}'", "signs.swelling.patterns[0]", "cannot be read"),
    Damage("sign implies what is not there", "knowledge/symptoms.yml", r"implies: \[swelling\]",
           "implies: [sweling]", "signs.rapid_swelling.implies[0]", "sweling"),
    # how people put it
    Damage("phrasings not called like their file", FEVER, r"^id: .*", "id: feber", "id",
           'must be "fever"'),
    Damage("a status that nothing reads", FEVER, r"^denied:", "denies:", "denies",
           "nothing reads this key (id, present, denied, past"),
    Damage("nothing that is there", FEVER, r"^present:\n(- .*\n)+", "", "",
           '"present" is missing', -1),
    Damage("few phrasings", FEVER, r"^present:\n(- .*\n)+", "present:\n- hot\n", "present",
           "has 1 entries; at least 20"),
    Damage("phrasings that are one text", FEVER, r"^denied:\n(- .*\n)+", "denied: no fever\n",
           "denied", "must be a list"),
    Damage("a phrasing that is a story", FEVER, r"^present:\n", f"present:\n- {'hot ' * 31}\n",
           "present[0]", "has 31 words; at most 30", 1),
    Damage("a phrasing left empty", FEVER, r"^present:\n", 'present:\n- ""\n', "present[0]",
           "is empty", 1),
    Damage("an unquoted yes for a phrasing", FEVER, r"^present:\n", "present:\n- yes\n",
           "present[0]", "put it in quotes", 1),
    Damage("a phrasing twice", FEVER, r"^present:\n- (.*)\n", r"present:\n- \1\n- \1\n",
           "present[1]", f"stands at {FEVER}:3 (present[0]) too", 2),
    Damage("nothing is something", NOTHING, r"^lookalike:", "present:", "present",
           "nothing reads this key (id, lookalike)"),
    # other languages
    Damage("reply without the number", "knowledge/languages.yml", r"llama al \{emergency\}",
           "llama al 112", "languages[0].reply", "{emergency} must stand in this text"),
    Damage("reply with words of the region", "knowledge/languages.yml", r"llama al \{emergency\}",
           "llama al {emergency} {doctor}", "languages[0].reply", "not filled in here"),
    Damage("a language without words", "knowledge/languages.yml",
           r"- id: he\n(.*\n.*\n) *script: .*", r"- id: he\n\1  letters: x", r"languages\[\d+\]",
           "neither words nor a script"),
    Damage("a script that is no letters", "knowledge/languages.yml", r'script: "가-',
           'script: "[a-', r"languages\[\d+\].script", "is not letters of a script"),
    Damage("a range that runs backwards", "knowledge/languages.yml", r'script: "가-힣',
           'script: "힣-가', r"languages\[\d+\].script", "runs backwards"),
    Damage("an English word in a language", "knowledge/languages.yml", r"^    hola holaa",
           "    knee holaa", "languages[0].words", '"knee" is among the English words', None),
    Damage("a word twice", "knowledge/languages.yml", r"^    hola holaa", "    holaa holaa",
           "languages[0].words", '"holaa" is there twice', None),
    Damage("a short beginning", "knowledge/languages.yml", r"^    hola holaa", "    hol* holaa",
           "languages[0].words", "too short", None),
    Damage("English words that are shared", "knowledge/languages.yml", r"^shared: >\n",
           "shared: >\n  knee\n", "shared", '"knee" is among the English words', 0),
    # domain and training data
    Damage("slot of a sign left out", "domain.yml", r"^  has_fever:", "  fever:", "slots",
           '"has_fever" is missing', None),
    Damage("entity of a sign left out", "domain.yml", r"^- has_fever\n", "", "entities",
           '"has_fever" is missing', None),
    Damage("slot of no sign", "domain.yml", r"^  has_fever:", "  has_fevr:", "slots.has_fevr",
           "no sign"),
    Damage("slot without a place", "domain.yml", r"values: \[front, ", "values: [",
           "slots.pain_location.values", "differs from the locations of symptoms.yml: front"),
    Damage("topic nobody can ask for", "data/nlu.yml", r"intent: ask_ice", "intent: ask_iec",
           "nlu", '"ask_ice" is missing', None),
    Damage("examples of a topic that is not there", "data/nlu.yml", r"intent: ask_ice",
           "intent: ask_iec", r"nlu\[\d+\].intent", "is no topic"),
)  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.name)
def test_damage_is_found(damage, copy):
    path = copy / damage.file
    text = path.read_text(encoding="utf-8")
    at = re.search(damage.old, text, re.MULTILINE)
    assert at, f"nothing to damage in {damage.file}"
    new = at.expand(damage.new) if "\\1" in damage.new else damage.new
    path.write_text(text[: at.start()] + new + text[at.end() :], encoding="utf-8")
    here = text.count("\n", 0, at.start()) + 1

    told = [p for p in check(copy) if p.file == damage.file and _is(damage.field, p.field)]
    told = [p for p in told if damage.says in p.message]
    assert told, [str(problem) for problem in check(copy)]
    if damage.line is not None:
        assert [p.line for p in told] == [here + damage.line]


def _is(wanted: str, field: str) -> bool:
    """A field as it is written, or, with a backslash in it, as a pattern."""
    return wanted == field or ("\\" in wanted and bool(re.fullmatch(wanted, field)))


def test_one_mistake_is_told_once(copy):
    before = set(check(copy))
    path = copy / "knowledge/sources.yml"
    path.write_text("sources: [", encoding="utf-8")
    told = set(check(copy)) - before
    assert [(p.file, p.line) for p in told] == [("knowledge/sources.yml", 2)]


def test_a_file_that_nothing_reads_is_told(copy):
    (copy / ICE).rename(copy / "knowledge/topics/ice.yaml")
    told = [p for p in check(copy) if p.file.endswith("ice.yaml")]
    assert [p.message for p in told] == ["nothing reads this file; a topic is topics/<id>.yml"]


@pytest.mark.parametrize("file", ["signs/more/fever.yml", "fever.yml", "signs/fever.yaml"])
def test_phrasings_that_nothing_reads_are_told(file, copy):
    path = copy / SAID / file
    path.parent.mkdir(exist_ok=True)
    path.write_text("id: fever\n", encoding="utf-8")
    told = [p.message for p in check(copy) if p.file == f"{SAID}/{file}"]
    right = "phrasings are signs/<sign>.yml, places/<place>.yml"
    assert told == [f"nothing reads this file; {right}"]


@pytest.mark.parametrize("file", ["signs/locking.yml", "places/front.yml", "signs/nothing.yml"])
def test_phrasings_that_are_not_there_are_told(file, copy):
    assert not [p for p in check(copy) if p.file == f"{SAID}/{file}"]
    (copy / SAID / file).unlink()
    told = [str(p) for p in check(copy) if p.file == f"{SAID}/{file}"]
    assert told == [f"{SAID}/{file}: the file is missing"]


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("signs/front.yml", 'there is no sign "front" in symptoms.yml'),
        ("places/locking.yml", 'there is no place "locking" in symptoms.yml'),
    ],
)
def test_phrasings_of_what_is_not_there_are_told(file, says, copy):
    (copy / SAID / file).write_text("present: [", encoding="utf-8")
    assert f"{SAID}/{file}: {says}" in [str(p) for p in check(copy)]


def test_damaged_phrasings_are_not_missing_too(copy):
    (copy / FEVER).write_text("present: [", encoding="utf-8")
    assert [p.message[:8] for p in check(copy) if p.file == FEVER] == ["not YAML"]


@pytest.mark.parametrize("change", [str.upper, lambda text: f"  {text.replace(' ', ', ')} !!"])
def test_the_same_words_in_two_files_are_told_with_both_places(change, copy):
    said = next(p.text for p in phrasings(SIGNS) if (p.about, p.status) == ("locking", "present"))
    path = copy / f"{SAID}/places/front.yml"
    text = path.read_text(encoding="utf-8")
    again = change(said)
    path.write_text(text.replace("present:\n", f"present:\n- {json.dumps(again)}\n", 1), "utf-8")
    (told,) = [str(p) for p in check(copy) if "stands at" in p.message]
    here, there = f"{SAID}/places/front.yml:3: present[0]", f"{SAID}/signs/locking.yml:3"
    assert told == f'{here}: "{again}" stands at {there} (present[0]) too'


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name)
def test_a_schema_is_a_schema(path):
    Draft202012Validator.check_schema(json.loads(path.read_text(encoding="utf-8")))


def test_the_schemas_know_what_the_code_knows():
    common = json.loads((ROOT / "knowledge/schema/common.json").read_text(encoding="utf-8"))
    assert set(common["$defs"]["test"]["properties"]) == TEST_KEYS
    assert tuple(common["$defs"]["urgency"]["enum"]) == URGENCIES
    said = json.loads((ROOT / "knowledge/schema/phrasings.json").read_text(encoding="utf-8"))
    assert set(said["properties"]) == {"id", *STATUSES}


def test_every_phrasing_is_learnt_from():
    files = [(ROOT / SAID / kind).glob("*.yml") for kind in (SIGNS, PLACES)]
    lines = [line for kind in files for path in kind for line in path.read_text().splitlines()]
    learnt = [p.text for kind in (SIGNS, PLACES) for p in phrasings(kind)]
    assert len(learnt) == sum(line.lstrip().startswith("- ") for line in lines)
