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
from kneewise.testing import Assistant
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


@dataclass(frozen=True)
class Told:
    """One message of the story, or None for a reminder; when it came, and what was answered."""

    at: datetime
    text: str | None
    replies: list[dict[str, Any]]
    step: Mapping[str, Any]
    last: bool


def told(assistant: Assistant, root: Path, begins: date | None = None) -> Iterator[Told]:
    """Hold the conversation of the story, message by message; on its days, or from another on."""
    story = read_yaml(root / STORY)
    story["begins"] = begins or story["begins"]
    chat, zone = assistant.conversation(), ZoneInfo(story["zone"])
    now = _Now(datetime.combine(story["begins"], time(), zone))
    with clock.at(now), mock.patch("time.time", now.seconds):
        for step in story["steps"]:
            now.at = _moment(story["begins"], step, zone)
            said = [None] if step.get("due") else [str(text) for text in step["say"]]
            for number, text in enumerate(said, 1):
                at = now.at
                replies = chat.due() if text is None else chat.say(text)
                yield Told(at, text, replies, step, number == len(said))


def held(assistant: Assistant, root: Path) -> Journey:
    """The page of the story, and its pictures."""
    story = read_yaml(root / STORY)
    zone = ZoneInfo(story["zone"])
    found, shown = Journey(HEAD.format(title=story["title"])), None
    for one in told(assistant, root):
        blocks = [] if one.step is shown else list(_heading(one, zone))
        shown = one.step
        asked = f"**Runner:** {one.text}\n\n" if one.text else ""
        blocks.append(asked + _answers(one.replies))
        if one.last and (name := one.step.get("draw")):
            blocks.append(_drawn(name, one.replies, found))
        found.page += "\n" + "\n".join(blocks)
    return found


def _heading(one: Told, zone: ZoneInfo) -> Iterator[str]:
    there = one.at.astimezone(zone)
    if "title" in one.step:
        yield f"## {one.step['title']}\n"
    yield f"*{there:%A} {there.day} {there:%B}, {there:%H:%M}*\n"


def _moment(begins: date, step: Mapping[str, Any], zone: ZoneInfo) -> datetime:
    day = begins + timedelta(days=step["day"])
    return datetime.combine(day, time.fromisoformat(step["at"]), zone).astimezone(UTC)


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
