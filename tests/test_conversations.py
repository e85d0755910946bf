"""Replay the conversations of tests/conversations: what is said, not only what is predicted.

A file is a list of turns. `say` is the message, `expect` what must be true of the answer:

    topic     a message of the answer is about this       topics    messages about all of these
    no_topic  no message is about any of these            urgency   the worst level said; null: none
    flags     exactly these red flags are warned of       flag      at least this one is
    slot      the question asked last; null: none         slots     these slots have these values
    sources   all of these are cited
    contains  all of these words are there (any case)     excludes  none of these is
    intent    the intent understood                       buttons   all of these buttons are offered
    replies   how many messages there are
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from kneewise.knowledge import URGENCIES
from kneewise.testing import Assistant, Conversation

FOLDER = Path(__file__).parent / "conversations"
FILES = sorted(FOLDER.rglob("*.yml"))
LEAST = 60
KNOWN = {
    "topic", "topics", "no_topic", "urgency", "flags", "flag", "sources", "slot", "slots",
    "contains", "excludes", "intent", "buttons", "replies",
}  # fmt: skip


def _meta(replies: list[dict[str, Any]], key: str) -> list[Any]:
    return [reply["metadata"][key] for reply in replies if reply["metadata"].get(key)]


def _found(replies: list[dict[str, Any]], chat: Conversation) -> dict[str, Any]:
    """What an answer is, by the names that `expect` uses."""
    text = "\n".join(reply["text"] or "" for reply in replies)
    urgencies = [URGENCIES.index(level) for level in _meta(replies, "urgency")]
    return {
        "text": text.lower(),
        "topics": _meta(replies, "topic"),
        "urgency": URGENCIES[max(urgencies)] if urgencies else None,
        "flags": sorted({flag for flags in _meta(replies, "flags") for flag in flags}),
        "sources": {source for sources in _meta(replies, "sources") for source in sources},
        "slot": (_meta(replies, "slot") or [None])[-1],
        "slots": chat.slots,
        "intent": chat.parse.get("intent", {}).get("name"),
        "buttons": {b["title"] for reply in replies for b in reply["buttons"]},
        "replies": len(replies),
    }


def _wrong(expect: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """Every expectation that the answer does not meet, in words."""
    wrong = [f"unknown expectation {key!r}" for key in expect if key not in KNOWN]
    wrong += [
        f"{key}: expected {expect[key]!r}, found {found[key]!r}"
        for key in ("urgency", "slot", "intent", "replies")
        if key in expect and expect[key] != found[key]
    ]
    if "flags" in expect and sorted(expect["flags"]) != found["flags"]:
        wrong.append(f"flags: expected {expect['flags']}, found {found['flags']}")
    if expect.get("flag", "RF") not in ("RF", *found["flags"]):
        wrong.append(f"flag: {expect['flag']} is not in {found['flags']}")
    wanted = [
        *expect.get("topics", []),
        *([expect["topic"]] if "topic" in expect else []),
    ]
    wrong += [
        f"topic {t!r} is not in {found['topics']}" for t in wanted if t not in found["topics"]
    ]
    wrong += [f"topic {t!r} is there" for t in expect.get("no_topic", []) if t in found["topics"]]
    for key in ("sources", "buttons"):
        wrong += [
            f"{key}: {v!r} not in {found[key]}" for v in expect.get(key, []) if v not in found[key]
        ]
    for slot, value in expect.get("slots", {}).items():
        if found["slots"].get(slot) != value:
            wrong.append(f"slot {slot}: expected {value!r}, found {found['slots'].get(slot)!r}")
    wrong += [
        f"does not say {v!r}" for v in expect.get("contains", []) if v.lower() not in found["text"]
    ]
    wrong += [f"says {v!r}" for v in expect.get("excludes", []) if v.lower() in found["text"]]
    return wrong


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(FOLDER).with_suffix("")))
def test_conversation(path: Path, assistant: Assistant) -> None:
    """Every turn of the file is answered as it says."""
    chat = assistant.conversation()
    for number, turn in enumerate(yaml.safe_load(path.read_text("utf-8")), 1):
        assert set(turn) <= {"say", "expect"}, f"turn {number}: unknown key in {sorted(turn)}"
        replies = chat.say(turn["say"])
        assert replies, f"turn {number}: silence after {turn['say']!r}"
        wrong = _wrong(turn.get("expect", {}), _found(replies, chat))
        said = "\n---\n".join(f"[{r['metadata']['topic']}] {r['text']}" for r in replies)
        assert not wrong, f"turn {number}, {turn['say']!r}:\n" + "\n".join(wrong) + f"\n\n{said}"


def test_there_are_conversations() -> None:
    """The folder is not empty by accident, and every kind has its share."""
    kinds = {path.parent.name for path in FILES}
    assert len(FILES) >= LEAST
    assert kinds == {
        "happy_path", "red_flags", "corrections", "digressions", "negations", "disambiguation",
        "out_of_scope", "typos", "refusals", "cards", "coach",
    }  # fmt: skip
