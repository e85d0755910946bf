"""Hold the eight weeks of docs/transcripts/journey.yml, and write docs/journey.md with pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

from kneewise import clock
from kneewise.coach.clock import UTC
from kneewise.knowledge import read_yaml
from kneewise.pictures import chart_png, summary_png
from kneewise.testing import Assistant, Conversation
from kneewise.transcripts import quoted

STORY = Path("docs") / "transcripts" / "journey.yml"
PAGE = Path("docs") / "journey.md"
PICTURES = Path("docs") / "screenshots"
HEAD = """# {title}

Eight weeks of one runner, held by `make journey` with a clock that runs ahead; a test replays it,
so this is what Kneewise says today. The runner is made up.
"""
DRAWN = {"chart": chart_png, "summary": summary_png}


@dataclass
class Journey:
    """The page as it was held, and the pictures by name."""

    page: str
    pictures: dict[str, bytes] = field(default_factory=dict)


@dataclass
class _Now:
    """A clock that is set by hand. The whole process goes by it, Rasa's sessions too."""

    at: datetime

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at

    def seconds(self) -> float:
        return self().timestamp()


def held(assistant: Assistant, root: Path) -> Journey:
    """Hold the conversation of the story."""
    story = read_yaml(root / STORY)
    chat, zone = assistant.conversation(), ZoneInfo(story["zone"])
    found = Journey(HEAD.format(title=story["title"]))
    now = _Now(datetime.combine(story["begins"], time(), zone))
    with clock.at(now), mock.patch("time.time", now.seconds):
        for step in story["steps"]:
            now.at = _moment(story["begins"], step, zone)
            blocks = list(_blocks(chat, step, found, now.at.astimezone(zone)))
            found.page += "\n" + "\n".join(blocks)
    return found


def _moment(begins: date, step: Mapping[str, Any], zone: ZoneInfo) -> datetime:
    day = begins + timedelta(days=step["day"])
    return datetime.combine(day, time.fromisoformat(step["at"]), zone).astimezone(UTC)


def _blocks(
    chat: Conversation, step: Mapping[str, Any], found: Journey, there: datetime
) -> Iterator[str]:
    """The parts of the page for one step of the story."""
    if "title" in step:
        yield f"## {step['title']}\n"
    yield f"*{there:%A} {there.day} {there:%B}, {there:%H:%M}*\n"
    said = chat.due() if step.get("due") else []
    if said:
        yield _answers(said)
    for text in step.get("say", ()):
        said = chat.say(str(text))
        yield f"**Runner:** {text}\n\n{_answers(said)}"
    if name := step.get("draw"):
        yield _drawn(name, said, found)


def _answers(replies: list[dict[str, Any]]) -> str:
    return "\n>\n".join(quoted(reply) for reply in replies) + "\n"


def _drawn(name: str, replies: list[dict[str, Any]], found: Journey) -> str:
    """Keep the picture of the last card that has one, and show it."""
    cards = [card for reply in replies for card in (reply["custom"] or {}).get("cards", ())]
    card = [card for card in cards if card["type"] in DRAWN][-1]
    found.pictures[name] = DRAWN[card["type"]](card)
    alt = card.get("alt") or card["title"]
    return f"![{alt}](screenshots/{name}.png)\n"


def write(root: Path) -> None:
    """Write the page and its pictures anew."""
    journey = held(Assistant.load(), root)
    (root / PAGE).write_text(journey.page, encoding="utf-8")
    for name, picture in journey.pictures.items():
        (root / PICTURES / f"{name}.png").write_bytes(picture)
