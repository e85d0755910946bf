"""The data sets: the examples that are trained on, and the messages that test them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from benchmarks.unseen import Message

ROOT = Path(__file__).resolve().parents[1]
KNEE, FEW_KNEE = "knee", "knee12"
FEW, FEW_OUTSIDE = 12, 40
"""Examples of each intent, and of out_of_scope, in the small twin of our set."""
OUT_OF_SCOPE = "out_of_scope"

Example = Mapping[str, Any]
"""An item of nlu.yml: an intent with its examples."""


@dataclass(frozen=True)
class Dataset:
    """Examples by intent, messages with their intent, and messages that belong to none."""

    name: str
    examples: tuple[Example, ...]
    test: tuple[tuple[str, str], ...]
    outside: tuple[str, ...] = ()

    @property
    def intents(self) -> tuple[str, ...]:
        """The intents that are trained."""
        return tuple(sorted({str(item["intent"]) for item in self.examples}))

    @property
    def has_outside(self) -> bool:
        """True if there is an out_of_scope intent."""
        return OUT_OF_SCOPE in self.intents

    @property
    def size(self) -> int:
        """How many examples there are."""
        return len(texts_of(self.examples))

    @property
    def texts(self) -> list[str]:
        """All test messages: those with an intent, then those without."""
        return [text for text, _ in self.test] + list(self.outside)

    def without_outside(self) -> Dataset:
        """The same without the examples of the out_of_scope intent; the tests stay."""
        kept = tuple(item for item in self.examples if item["intent"] != OUT_OF_SCOPE)
        return replace(self, examples=kept)

    def as_nlu(self) -> str:
        """The examples as a training file of Rasa."""
        content = {"version": "3.1", "nlu": [dict(item) for item in self.examples]}
        return yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=1000)


def texts_of(examples: Iterable[Example]) -> list[str]:
    """The single examples; each intent has a block of lines that start with a dash."""
    lines = [line.strip() for item in examples for line in item["examples"].splitlines()]
    return [line[2:] for line in lines if line.startswith("- ")]


def read_examples(path: Path) -> tuple[Example, ...]:
    """The intents of a training file, without its synonyms, look-ups and patterns.

    Every value is read as the text it is: "yes" and "no" are names of intents, too.
    """
    text = path.read_text("utf-8")
    items = yaml.load(text, Loader=yaml.BaseLoader)["nlu"]  # noqa: S506 - makes texts only
    return tuple(item for item in items if "intent" in item)


def knee(data: Path, messages: Iterable[Message]) -> Dataset:
    """Ours: the examples of data/nlu.yml, and the unseen messages that mean one thing or none."""
    unseen = tuple(messages)
    return Dataset(
        name=KNEE,
        examples=read_examples(data / "nlu.yml"),
        test=tuple((m.text, m.label) for m in unseen if m.kind == "topic"),
        outside=tuple(m.text for m in unseen if m.kind == "oos"),
    )


def few(dataset: Dataset) -> Dataset:
    """The same tests with a few examples of each intent, taken at even distances."""
    return replace(
        dataset, name=FEW_KNEE, examples=tuple(_thinned(item) for item in dataset.examples)
    )


def _thinned(item: Example) -> Example:
    lines = texts_of([item])
    most = FEW_OUTSIDE if item["intent"] == OUT_OF_SCOPE else FEW
    taken = [lines[at * len(lines) // most] for at in range(min(most, len(lines)))]
    return {"intent": item["intent"], "examples": "".join(f"- {line}\n" for line in taken)}


def public(folder: Path) -> Dataset:
    """A set of other people: a folder with nlu.yml and test.json."""
    tests = json.loads((folder / "test.json").read_text("utf-8"))
    return Dataset(
        name=folder.name,
        examples=read_examples(folder / "nlu.yml"),
        test=tuple((text, intent) for text, intent in tests["test"]),
        outside=tuple(tests.get("oos") or ()),
    )


def names(folder: Path | None) -> tuple[str, ...]:
    """The sets that can be loaded: ours, and those of the folder with public sets."""
    found = sorted(path.parent.name for path in folder.glob("*/test.json")) if folder else []
    return (KNEE, FEW_KNEE, *found)


def load(name: str, folder: Path | None) -> Dataset:
    """A set by its name.

    Raises:
        KeyError: there is no such set.
    """
    known = names(folder)
    if name not in known:
        raise KeyError(f"no data set {name!r}; there are {', '.join(known)} (see BENCH_DATA)")
    if folder and name not in (KNEE, FEW_KNEE):
        return public(folder / name)
    from benchmarks import unseen

    ours = knee(ROOT / "data", unseen.load())
    return ours if name == KNEE else few(ours)
