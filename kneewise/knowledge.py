"""What Kneewise knows, read from `knowledge/*.yml` into frozen values.

Nothing here decides anything: triage, questions and replies read these values. The files are
checked by `kneewise.validation` (`kneewise check`), which names file, field and line of an error.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from kneewise.coach import book
from kneewise.coach.words import Words as ReminderWords

_OWN = Path(__file__).resolve().parents[1] / "knowledge"
URGENCIES = ("self_care", "routine", "soon", "same_day", "emergency")
"""How soon someone should be seen, least urgent first."""
FOLDER = "KNEEWISE_KNOWLEDGE"
"""The setting that names another knowledge folder."""


@dataclass(frozen=True)
class Source:
    """A publication that a statement rests on."""

    id: str
    name: str
    cite: str
    year: int | None


@dataclass(frozen=True)
class Screen:
    """What must be asked or said before the steps of a topic; `signs` answer it by themselves."""

    items: tuple[str, ...]
    signs: tuple[str, ...]
    ask: str
    any: str
    none: str


@dataclass(frozen=True)
class Topic:
    """One question people ask, with its answer and what it rests on."""

    id: str
    title: str
    short: str
    full: str
    steps: tuple[str, ...]
    not_if: str | None
    changes: str
    next: tuple[str, ...]
    holds_when_flagged: bool
    screen: Screen | None
    sources: tuple[str, ...]


@dataclass(frozen=True)
class RedFlag:
    """A danger sign: when it is present, how soon to be seen, and what to say."""

    id: str
    name: str
    urgency: str
    when: tuple[Mapping[str, Any], ...]
    say: str
    why: str
    do_not: str
    lay: tuple[str, ...]
    sources: tuple[str, ...]
    precaution: bool
    about_knee: bool


@dataclass(frozen=True)
class Condition:
    """Something a knee pain can fit. Never a diagnosis."""

    id: str
    name: str
    urgency: str
    fits: tuple[Mapping[str, Any], ...]
    supports: tuple[Mapping[str, Any], ...]
    against: tuple[Mapping[str, Any], ...]
    clue: str
    say: str
    see: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Exercise:
    """One exercise of the ladder, with its dose and when not to do it."""

    id: str
    name: str
    called: tuple[str, ...]
    kind: str
    how: tuple[str, ...]
    dose: str
    easier: str
    harder: str
    move_on: str
    not_if: str
    alt: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Region:
    """Whom to call where. Chosen by the setting `KNEEWISE_REGION`, never guessed from a text.

    `call` holds the numbers alone, as they are written, by what they are for: emergency, advice,
    crisis. `zones` are the names of its time zones, the one with the most people first.
    """

    id: str
    name: str
    emergency: str
    advice: str
    hospital: str
    doctor: str
    crisis: str | None
    call: Mapping[str, str]
    zones: tuple[str, ...]


@dataclass(frozen=True)
class Language:
    """A language that is recognised and not understood, with what is said to who writes in it.

    `script` are its letters as in a regular expression, if it has its own; `letters` those that
    English has not. A word that ends in * is the beginning of words; `weak` ones prove little.
    """

    id: str
    name: str
    reply: str
    script: str = ""
    letters: str = ""
    words: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()


@dataclass(frozen=True)
class Option:
    """One choice of a question: the words on its button and what choosing it means."""

    label: str
    value: Any = None
    sign: str | None = None
    covers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Question:
    """One question of the assessment, or of the coach.

    One with `if_trigger` is asked only of somebody whose pain that brings on. `sources` is what its
    reason rests on.
    """

    slot: str
    reads: str
    ask: str
    why: str
    again: str
    options: tuple[Option, ...]
    if_trigger: str | None = None
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Words:
    """How a fact is named to a runner."""

    label: str
    say: str
    no: str = ""
    ask: str = ""


@dataclass(frozen=True)
class Knowledge:
    """Everything in the folder `knowledge/`."""

    topics: Mapping[str, Topic]
    red_flags: tuple[RedFlag, ...]
    conditions: tuple[Condition, ...]
    exercises: tuple[Exercise, ...]
    questions: Mapping[str, Question]
    before_a_plan: Mapping[str, Question]
    along_the_way: Mapping[str, Question]
    regions: Mapping[str, Region]
    default_region: str
    sources: Mapping[str, Source]
    words: Mapping[str, Mapping[str, Words]]
    phrases: Mapping[str, str]
    plan: tuple[Mapping[str, Any], ...]
    plan_changes: Mapping[str, Any]
    branches: tuple[Mapping[str, Any], ...]
    coach: book.Book
    languages: Mapping[str, Language]
    english: frozenset[str]
    shared_words: frozenset[str]
    reminders: ReminderWords

    def region(self, region_id: str | None = None) -> Region:
        """The region named, else the one set by `KNEEWISE_REGION`, else the default.

        Raises:
            KeyError: the region is not in `regions.yml`; the message lists those that are.
        """
        wanted = region_id or os.environ.get("KNEEWISE_REGION") or self.default_region
        if wanted not in self.regions:
            known = ", ".join(sorted(self.regions))
            raise KeyError(f"unknown region {wanted!r} (KNEEWISE_REGION); known: {known}")
        return self.regions[wanted]

    def flag(self, flag_id: str) -> RedFlag:
        """The red flag with this id. Raises StopIteration if there is none."""
        return next(flag for flag in self.red_flags if flag.id == flag_id)


def folder() -> Path:
    """The knowledge folder: `KNEEWISE_KNOWLEDGE` if set, else the repository's own."""
    chosen = os.environ.get(FOLDER)
    return Path(chosen).resolve() if chosen else _OWN


def plain(text: str) -> str:
    """A text without case and punctuation, for comparing names and titles."""
    return " ".join(re.sub(r"[^\w\s]", " ", text.lower()).split())


def read_yaml(path: Path) -> Any:
    """The content of a YAML file.

    Raises:
        OSError: the file cannot be read.
        yaml.YAMLError: it is not YAML; the message names file, line and column.
    """
    with path.open(encoding="utf-8") as stream:
        return yaml.load(stream, Loader=yaml.CSafeLoader)


def load(root: Path | None = None) -> Knowledge:
    """Read the knowledge folder; read again only when another folder is named.

    Raises:
        OSError, yaml.YAMLError: a file is missing or is not YAML.
        KeyError: a field is missing; `kneewise check` says which, and where.
    """
    return _load(root.resolve() if root else folder())


@lru_cache(maxsize=4)
def _load(root: Path) -> Knowledge:
    raw = {path.stem: read_yaml(path) for path in sorted(root.glob("*.yml"))}
    facts = {f["id"]: "article" for f in raw["article"]["facts"]}
    facts |= {f["id"]: f["source"] for f in raw["guidance"]["facts"]}
    topics = [_topic(read_yaml(path), facts) for path in sorted((root / "topics").glob("*.yml"))]
    words = _words(raw["symptoms"])
    return Knowledge(
        topics={topic.id: topic for topic in topics},
        red_flags=(
            *(_red_flag(flag, about_knee=True) for flag in raw["red_flags"]["flags"]),
            *(_red_flag(flag, about_knee=False) for flag in raw["red_flags"]["elsewhere"]),
        ),
        conditions=tuple(_condition(c) for c in raw["conditions"]["conditions"]),
        exercises=tuple(
            _exercise(e, facts)
            for e in sorted(raw["exercises"]["exercises"], key=lambda e: int(e["order"]))
        ),
        questions=_asked(raw["questions"]["questions"], words, facts),
        before_a_plan=_asked(raw["coach_questions"]["before_a_plan"], words, facts),
        along_the_way=_asked(raw["coach_questions"]["along_the_way"], words, facts),
        regions={
            r["id"]: Region(**{**r, "zones": tuple(r["zones"])}) for r in raw["regions"]["regions"]
        },
        default_region=raw["regions"]["default"],
        sources={
            s["id"]: Source(s["id"], s["name"], s["cite"], s["year"])
            for s in raw["sources"]["sources"]
        },
        words=words,
        phrases=raw["phrases"]["phrases"],
        plan=tuple(_with_sources(part, facts) for part in raw["plan"]["parts"]),
        plan_changes=_with_sources(raw["plan"]["changes"], facts),
        branches=tuple(_with_sources(part, facts) for part in raw["plan"]["branches"]),
        coach=book.read(raw["coach"], facts),
        languages={row["id"]: _language(row) for row in raw["languages"]["languages"]},
        english=frozenset(raw["languages"]["english"].split()),
        shared_words=frozenset(raw["languages"]["shared"].split()),
        reminders=ReminderWords.of(raw["reminders"]),
    )


def _sources_of(ids: list[str], facts: Mapping[str, str]) -> tuple[str, ...]:
    """The sources that facts rest on, each once, in the order given."""
    return tuple(dict.fromkeys(facts[fact] for fact in ids))


def _with_sources(part: Mapping[str, Any], facts: Mapping[str, str]) -> Mapping[str, Any]:
    return {**part, "sources": _sources_of(part["facts"], facts)}


def _topic(raw: Mapping[str, Any], facts: Mapping[str, str]) -> Topic:
    screen = raw.get("screen")
    return Topic(
        id=raw["id"],
        title=raw["title"],
        short=raw["short"].strip(),
        full=raw["full"].strip(),
        steps=tuple(raw.get("steps") or ()),
        not_if=(raw.get("not_if") or "").strip() or None,
        changes=raw["changes"].strip(),
        next=tuple(raw["next"]),
        holds_when_flagged=raw["when_flagged"] == "hold",
        screen=screen
        and Screen(
            items=tuple(item["says"] for item in screen["items"]),
            signs=tuple(screen.get("signs") or ()),
            ask=screen["ask"].strip(),
            any=screen["any"].strip(),
            none=screen["none"].strip(),
        ),
        sources=_sources_of([*raw["article"], *raw["guidance"]], facts),
    )


def _red_flag(raw: Mapping[str, Any], *, about_knee: bool) -> RedFlag:
    return RedFlag(
        id=raw["id"],
        name=raw["name"],
        urgency=raw["urgency"],
        when=tuple(raw["when"]),
        say=raw["say"].strip(),
        why=raw["why"].strip(),
        do_not=(raw.get("do_not") or "").strip(),
        lay=tuple(raw["lay"]),
        sources=tuple(raw["sources"]),
        precaution=bool(raw.get("precaution", False)),
        about_knee=about_knee,
    )


def _condition(raw: Mapping[str, Any]) -> Condition:
    return Condition(
        id=raw["id"],
        name=raw["name"],
        urgency=raw["urgency"],
        fits=tuple(raw["fits"]),
        supports=tuple(raw.get("supports") or ()),
        against=tuple(raw.get("against") or ()),
        clue=raw["clue"].strip(),
        say=raw["say"].strip(),
        see=raw["see"].strip(),
        sources=tuple(raw["sources"]),
    )


def _exercise(raw: Mapping[str, Any], facts: Mapping[str, str]) -> Exercise:
    return Exercise(
        id=raw["id"],
        name=raw["name"],
        called=tuple(raw["called"]),
        kind=raw["kind"],
        how=tuple(raw["how"]),
        dose=raw["dose"].strip(),
        easier=raw["easier"].strip(),
        harder=raw["harder"].strip(),
        move_on=raw["move_on"].strip(),
        not_if=raw["not_if"].strip(),
        alt=raw["alt"].strip(),
        sources=_sources_of(raw["facts"], facts),
    )


def _asked(
    rows: list[Mapping[str, Any]],
    words: Mapping[str, Mapping[str, Words]],
    facts: Mapping[str, str],
) -> Mapping[str, Question]:
    return {row["slot"]: _question(row, words, facts) for row in rows}


def _question(
    raw: Mapping[str, Any], words: Mapping[str, Mapping[str, Words]], facts: Mapping[str, str]
) -> Question:
    kind = {"triggers": "trigger"}.get(raw["reads"], raw["reads"])
    options = tuple(
        Option(
            # A choice of a fact is called what symptoms.yml calls the fact.
            label=o.get("label") or words[kind][o["value"]].label,
            value=o.get("value"),
            sign=o.get("sign"),
            covers=tuple(o.get("covers") or ()),
        )
        for o in raw.get("options") or ()
    )
    return Question(
        slot=raw["slot"],
        reads=raw["reads"],
        ask=raw["ask"].strip(),
        why=raw["why"].strip(),
        again=raw["again"].strip(),
        options=options,
        if_trigger=raw.get("if_trigger"),
        sources=_sources_of(raw.get("facts") or [], facts),
    )


def _language(raw: Mapping[str, Any]) -> Language:
    return Language(
        id=raw["id"],
        name=raw["name"],
        reply=raw["reply"].strip(),
        script=raw.get("script", ""),
        letters=raw.get("letters", ""),
        words=tuple(raw.get("words", "").split()),
        weak=tuple(raw.get("weak", "").split()),
    )


def _words(symptoms: Mapping[str, Any]) -> Mapping[str, Mapping[str, Words]]:
    """The wording of each fact: kind -> value -> words."""
    kinds = ("location", "side", "trigger", "onset", "sign")
    return {
        kind: {
            value: Words(w["label"], w["say"], w.get("no", ""), w.get("ask", ""))
            for value, w in symptoms[f"{kind}s"].items()
        }
        for kind in kinds
    }
