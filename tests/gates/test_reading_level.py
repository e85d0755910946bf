"""Every text a runner reads can be read at school grade 7 (Flesch-Kincaid).

A text of ten words or more is measured by itself. Shorter ones (buttons, labels, notes) are
measured together, file by file: of three words the formula says nothing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
import textstat
import yaml

from kneewise.validation import Text, texts

ROOT = Path(__file__).resolve().parents[2]
MOST = 7.0
LONG = 10
LONGEST_SENTENCE = 25

FILLED = {
    "doctor": "doctor",
    "advice": "the help line",
    "emergency": "the number",
    "hospital": "the hospital",
    "crisis": "the help line",
}
"""What stands for the words of the region; anything else that is filled in was measured itself."""

UNAVOIDABLE = {
    "anti-inflammatory": "tablet",  # what the pack and the pharmacist say
}
"""Medical words that a runner must be able to recognise, and the plain word they count as."""


def measured(text: str) -> str:
    """A text as it is measured: filled in, and with plain words for those of the table."""
    text = re.sub(r"\{(\w+)\}", lambda match: FILLED.get(match[1], "this"), text)
    for word, plain in UNAVOIDABLE.items():
        text = re.sub(rf"\b{word}", plain, text, flags=re.IGNORECASE)
    text = re.sub(r"(?<=\d)\.(?=\d)", "", text)  # 2.3 is no end of a sentence
    return " ".join(text.split())


def grade(text: str) -> float:
    return float(textstat.flesch_kincaid_grade(measured(text)))


def responses() -> Iterator[Text]:
    """The texts and buttons of domain.yml."""
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    for name, variants in domain["responses"].items():
        for variant in variants:
            yield Text("domain.yml", f"responses.{name}", 0, variant.get("text", ""))
            for button in variant.get("buttons", ()):
                yield Text("domain.yml", f"responses.{name}.buttons", 0, button["title"])


NOT_ENGLISH = "knowledge/languages.yml"
"""The formula counts English syllables."""

TEXTS = (*(text for text in texts(ROOT) if text.file != NOT_ENGLISH), *responses())
ALONE = [text for text in TEXTS if len(measured(text.text).split()) >= LONG]


def pools() -> dict[str, str]:
    """The short texts of each file as one, each a sentence."""
    found: dict[str, list[str]] = defaultdict(list)
    for text in TEXTS:
        if text not in ALONE:
            file = "knowledge/topics" if "/topics/" in text.file else text.file
            found[file].append(text.text.rstrip(".:?!") + ".")
    return {file: " ".join(dict.fromkeys(said)) for file, said in found.items()}


def test_all_files_are_read():
    files = {text.file for text in TEXTS}
    topics = {path.relative_to(ROOT).as_posix() for path in (ROOT / "knowledge/topics").iterdir()}
    assert files >= topics
    kinds = ("red_flags", "conditions", "exercises", "plan", "questions", "phrases", "symptoms")
    assert files >= {"domain.yml", *(f"knowledge/{kind}.yml" for kind in kinds)}
    assert len(ALONE) > 150


@pytest.mark.parametrize("text", ALONE, ids=lambda text: f"{text.file}:{text.line}:{text.field}")
def test_a_text_is_plain(text):
    assert grade(text.text) <= MOST, text.text


@pytest.mark.parametrize("text", ALONE, ids=lambda text: f"{text.file}:{text.line}:{text.field}")
def test_a_sentence_has_one_idea(text):
    sentences = re.split(r"(?<=[.!?]) ", measured(text.text))
    assert max(len(sentence.split()) for sentence in sentences) <= LONGEST_SENTENCE, text.text


@pytest.mark.parametrize("file", pools())
def test_the_short_texts_of_a_file_are_plain(file):
    assert grade(pools()[file]) <= MOST


@pytest.mark.parametrize("word", UNAVOIDABLE)
def test_a_word_of_the_table_is_needed(word):
    assert any(word in text.text.lower() for text in TEXTS)


def test_a_hard_text_is_found():
    hard = "Patellofemoral symptomatology necessitates immediate professional examination."
    assert grade(f"{hard} {hard}") > MOST
