"""Messages that nobody trained on: read them, and judge what was understood of each.

A message counts by what the runner would get for it: a topic that is answered, a warning, a
question about a danger sign, a polite refusal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from actions.turn import heard_from
from kneewise.intake import merge
from kneewise.knowledge import Knowledge
from kneewise.state import COACH
from kneewise.triage import Facts, rank, triage

FOLDER = Path(__file__).resolve().parents[1] / "tests" / "unseen"
DANGER = "report_red_flag"
OUTSIDE = ("out_of_scope", "nlu_fallback")
WHOLE = ("chat", "describe")
"""Kinds of messages of which only the intent counts."""
ALARM = "soon"
"""The least urgency that counts as an alarm."""


@dataclass(frozen=True)
class Message:
    """One message and what it means.

    `topics` are the topics asked; `intent` the one other intent; `flags` the red flags that its
    present signs raise; `signs` maps a status (present, denied, ...) to signs.
    """

    text: str
    kind: str
    topics: tuple[str, ...] = ()
    intent: str | None = None
    location: str | None = None
    flags: tuple[str, ...] = ()
    signs: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    file: str = ""

    @property
    def label(self) -> str:
        """The intent that a classifier of whole messages should find."""
        return f"ask_{self.topics[0]}" if self.topics else self.intent or DANGER


@dataclass(frozen=True)
class Verdict:
    """What was understood of a message. None where the message does not test it."""

    intent: str
    topics: tuple[str, ...]
    topic_right: bool | None = None
    topics_all: bool | None = None
    refused: bool | None = None
    intent_right: bool | None = None
    location_right: bool | None = None
    warned: bool | None = None
    acted: bool | None = None
    calm: bool | None = None
    coach_right: bool | None = None
    kept_out: bool | None = None
    heard: str = ""


def load(folder: Path = FOLDER) -> tuple[Message, ...]:
    """All messages of the `.yml` files of a folder, in the order of the files."""
    found: list[Message] = []
    for path in sorted(folder.glob("*.yml")):
        records = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)["messages"]
        found += [_message(raw, path.name) for raw in records]
    return tuple(found)


def _message(raw: Mapping[str, Any], file: str) -> Message:
    return Message(
        text=raw["say"],
        kind=raw["kind"],
        topics=tuple(raw.get("topics") or ()),
        intent=raw.get("intent"),
        location=raw.get("location"),
        flags=tuple(raw.get("flags") or ()),
        signs={status: tuple(signs) for status, signs in (raw.get("signs") or {}).items()},
        file=file,
    )


def judge(message: Message, parsed: Mapping[str, Any], kb: Knowledge) -> Verdict:
    """Compare what a parse result leads to with what the message means."""
    heard = heard_from(parsed)
    facts = merge(Facts(), heard)
    flags = [f for f in triage(facts, kb).flags if rank(f.urgency) >= rank(ALARM)]
    unsure = [f.value for f in heard.facts if f.kind == "sign" and f.status == "unsure"]
    dangers = message.kind == "danger"
    wanted = [kb.flag(name) for name in message.flags]
    least = max((rank(flag.urgency) for flag in wanted), default=rank(ALARM))
    warned = any(rank(flag.urgency) >= min(least, rank("same_day")) for flag in flags)
    asked = bool(unsure) or (heard.intent == DANGER and not flags)
    present = [f"{f.value}:{f.status}" for f in heard.facts]
    # A topic heard in a clause would be answered instead of the coach.
    coach = heard.intent == message.intent and not heard.topics
    in_scope = message.kind in ("topic", "multi") and message.topics
    return Verdict(
        intent=heard.intent,
        topics=heard.topics,
        topic_right=message.topics[0] in heard.topics[:1] if message.kind == "topic" else None,
        topics_all=set(message.topics) <= set(heard.topics) if in_scope else None,
        refused=heard.intent in OUTSIDE and not heard.topics if message.kind == "oos" else None,
        intent_right=heard.intent == message.intent if message.kind in WHOLE else None,
        location_right=facts.location == message.location if message.location else None,
        warned=warned or (not wanted and bool(flags)) if dangers else None,
        acted=(warned or (not wanted and bool(flags)) or asked) if dangers else None,
        calm=not flags if not dangers and not message.flags else None,
        coach_right=coach if message.kind == "coach" else None,
        kept_out=heard.intent not in COACH if message.kind == "near" else None,
        heard=" ".join(present),
    )


def share(verdicts: Iterable[Verdict], name: str) -> tuple[int, int]:
    """How many of the messages that test a thing passed, and how many there are."""
    values = [value for v in verdicts if (value := getattr(v, name)) is not None]
    return sum(values), len(values)
