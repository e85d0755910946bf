"""Eight weeks with the coach, on every channel: the story of docs/journey.md, on real servers.

Each channel must say what the assistant says in process, with the pictures and files that it can
show; a clock that runs ahead makes weeks of seconds.
"""

from __future__ import annotations

import itertools
import json
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from running import PATIENCE, Running, free_port, running
from slack_fake import TOKEN, FakeSlack
from slack_sender import PATH, SECRET, Person, event_body, message_event, signed, texts
from telegram_fake import FakeTelegram, fake_telegram, settings
from test_web import Browser, Reply

from kneewise import journey
from kneewise.testing import Assistant

ROOT = Path(__file__).resolve().parents[2]
TIMED = (sys.executable, str(Path(__file__).with_name("timed.py")))
ENOUGH = 40
"""Letters of a reply by which it is known again; channels cut and mark longer ones."""


@pytest.fixture(scope="module")
def story(assistant: Assistant) -> list[journey.Told]:
    """What is said in each step, and what the assistant answers in process."""
    # From a Monday to come: the library that reads tokens goes by the real clock.
    begins = date.today() + timedelta(days=7 - date.today().weekday())
    return list(journey.told(assistant, ROOT, begins))


@dataclass
class Clock:
    """The clock of a server."""

    file: Path
    ahead: float = 0.0

    def set(self, moment: float) -> None:
        """It is now this many seconds since 1970; never earlier than it was."""
        self.ahead = max(self.ahead, moment - time.time())
        self.file.write_text(str(self.ahead), "ascii")

    def now(self) -> float:
        return time.time() + self.ahead


@contextmanager
def timed(folder: Path, port: int, begins: float, **given: str) -> Iterator[tuple[Running, Clock]]:
    """A server in the year of the story."""
    clock = Clock(folder / "ahead", begins - time.time())
    clock.file.write_text(str(clock.ahead), "ascii")
    more = {"KNEEWISE_DB": str(folder / "talk.db"), "TIMED_AHEAD": str(clock.file), **given}
    with running(TIMED, port, folder / "log.txt", PORT=str(port), **more) as server:
        server.wait_for("/health")
        yield server, clock


def compare(got: str, wanted: list[dict[str, Any]]) -> None:
    """Every reply that was made in process came, and as often as it was made."""
    plain = " ".join(got.split())
    for reply in wanted:
        start = _start(reply)
        assert start
        often = sum(_start(other) == start for other in wanted)
        assert plain.count(start) == often, f"{start!r} is not {often} times in:\n{got}"


def _start(reply: dict[str, Any]) -> str:
    """The words by which a reply is known; how a reminder will come differs, in a second line."""
    beside = str((reply["custom"] or {}).get("text") or reply["text"])
    return beside.splitlines()[0][:ENOUGH].rstrip()


@dataclass
class Web:
    """A visitor who keeps the talk on the device, and opens the page anew each time."""

    browser: Browser
    cards: list[str] = field(default_factory=list)

    def ask(self, name: str, body: dict[str, Any]) -> Reply:
        """Ask until it is this visitor's turn, as the widget does."""
        end = time.monotonic() + PATIENCE
        while True:
            reply = self.browser.post(name, body)
            if reply.status == 200:
                return reply
            assert reply.status == 429, reply
            assert time.monotonic() < end
            time.sleep(float(reply.headers["retry-after"]))

    def open(self) -> None:
        """Open the page: the token is renewed."""
        given = self.ask("session", {"keep": True})
        self.browser.token = given.json["token"]

    def say(self, body: dict[str, Any]) -> str:
        """Say something; the words that are shown."""
        reply = self.ask("message", {"id": uuid.uuid4().hex, **body})
        lines = [json.loads(line) for line in reply.body.splitlines()]
        messages = [line for line in lines if line["type"] == "message"]
        custom = [message.get("custom") or {} for message in messages]
        self.cards += [card["type"] for one in custom for card in one.get("cards", ())]
        return "\n".join(
            str(one.get("text", message.get("text")))
            for one, message in zip(custom, messages, strict=True)
        )


def test_on_the_web(story: list[journey.Told], tmp_path: Path) -> None:
    """With the chart, the files of the diary and the summary as cards."""
    port = free_port()
    with timed(tmp_path, port, story[0].at.timestamp()) as (server, clock):
        web = Web(Browser(server))
        for step in story:
            clock.set(step.at.timestamp())
            web.open()
            said = {"due": True} if step.text is None else {"text": step.text}
            compare(web.say(said), step.replies)
    assert {"chart", "summary", "scale", "choices"} <= set(web.cards)


def test_on_telegram(story: list[journey.Told], tmp_path: Path) -> None:
    """Reminders come by themselves, the chart as a photo and the summary as a PDF."""
    with fake_telegram() as fake:
        port = fake.bot_port = free_port()
        with timed(tmp_path, port, story[0].at.timestamp(), **settings(fake)) as (_, clock):
            fake.wait(lambda: fake.webhook, what="registered")
            number = 5_100_000_001
            for step in story:
                before = len(fake.to(number))
                clock.set(step.at.timestamp())
                if step.text is not None:
                    assert fake.push(fake.text(number, step.text)) == 200
                _until_told(fake, number, before, step)
            files = [name for sent in fake.to(number) for name, _ in sent.files.values()]
    assert {"pain.png", "summary.pdf"} <= set(files)


def _until_told(fake: FakeTelegram, number: int, before: int, step: journey.Told) -> None:
    """Wait until all that was made in process has come."""

    def words() -> str:
        return "\n".join(sent.text for sent in fake.to(number)[before:])

    def there() -> bool:
        try:
            compare(words(), step.replies)
        except AssertionError:
            return False
        return True

    fake.wait(there, what=f"{step.replies} after {step.text!r}, not {words()!r}")


def test_on_slack(story: list[journey.Told], tmp_path: Path) -> None:
    """The same for Slack, where pictures are uploaded."""
    keys = {"KNEEWISE_SLACK_TOKEN": TOKEN, "KNEEWISE_SLACK_SIGNING_SECRET": SECRET}
    with FakeSlack().running() as slack:
        port, begins = free_port(), story[0].at.timestamp()
        keys["KNEEWISE_SLACK_API_BASE_URL"] = slack.url
        with timed(tmp_path, port, begins, **keys) as (_, clock):
            ann, stamps = Person(slack, port), itertools.count(1)
            for step in story:
                before = len(ann.got)
                clock.set(step.at.timestamp())
                if step.text is not None:
                    stamp = f"{clock.now():.0f}.{next(stamps):06}"
                    _slack_says(ann, step.text, stamp, clock)
                _until_posted(ann, before, step)
            _until_uploaded(slack, ann, "pain.png", "summary.pdf")


def _until_uploaded(slack: FakeSlack, ann: Person, *names: str) -> None:
    """Wait for files, which come after the words."""
    end = time.monotonic() + PATIENCE
    while not all(name in str(slack.posted(ann.channel)) for name in names):
        assert time.monotonic() < end, f"{names} were not uploaded"
        time.sleep(0.1)


def _slack_says(ann: Person, text: str, stamp: str, clock: Clock) -> None:
    body = json.dumps(event_body(message_event(ann.id, text, stamp))).encode()
    headers = {"Content-Type": "application/json", **signed(body, at=clock.now())}
    assert ann.send(body, headers).status == 200, PATH


def _until_posted(ann: Person, before: int, step: journey.Told) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        got = "\n".join(texts(message) for message in ann.got[before:])
        try:
            compare(got, step.replies)
        except AssertionError:
            assert time.monotonic() < end, f"{step.text!r}: {got!r}, not {step.replies}"
            time.sleep(0.05)
        else:
            return
