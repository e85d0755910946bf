"""A disk that is full: nobody is told that something was kept that was not, and it goes on after.

One process with SQLite, whose folder is a small file system in memory of that process alone. Where
this user may not mount one, a limit on the size of files does the same.
"""

from __future__ import annotations

import importlib
import json
import resource
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.chaos_outcome import Outcome

image: Any = importlib.import_module("fleet.image")
running: Any = importlib.import_module("running")
tg: Any = importlib.import_module("telegram_fake")
visitors: Any = importlib.import_module("fleet.visitor")
whole: Any = importlib.import_module("fleet.whole")

MEGABYTES = 8
MOUNTED = """
mount --make-rprivate /
mount -t tmpfs -o size={size}m tmpfs {place}
exec "$@"
"""
WAIT = 40.0
WRITTEN = 3
"""Messages to the bot."""
PEOPLE = (8_100_000_001, 8_100_000_002, 8_100_000_003)
TEXT = "should i put ice on my knee"


@dataclass
class Disk:
    """The folder of the database as its process sees it, and how it is filled and emptied."""

    place: Path
    fill: Callable[[], None]
    empty: Callable[[], None]
    what: str


@contextmanager
def on_small_disk(folder: Path, given: dict[str, str]) -> Iterator[tuple[Any, Disk]]:
    """A server whose database is on a disk that can be filled."""
    place = folder / "disk"
    place.mkdir()
    settings = {**given, "KNEEWISE_DB": str(place / "talk.db")}
    server = whole.made(folder / "kneewise", running.free_port(), settings)
    mounts = image.can_contain()
    if mounts:
        script = MOUNTED.format(size=MEGABYTES, place=place)
        server.command = ["unshare", "--mount", "sh", "-euc", script, "sh", *running.SERVE]
    with server.started():
        pid = server.process.pid
        if mounts:
            yield server, _tmpfs(Path(f"/proc/{pid}/root{place}"))
        else:
            yield server, _limited(place, pid)


def _tmpfs(place: Path) -> Disk:
    ballast = place / "ballast"

    def fill() -> None:
        with ballast.open("wb", buffering=0) as out:
            try:
                while True:
                    out.write(b"\0" * 4096)
            except OSError:
                return

    return Disk(place, fill, ballast.unlink, f"a disk of {MEGABYTES} MB is full")


def _limited(place: Path, pid: int) -> Disk:
    unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)

    def fill() -> None:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))

    def empty() -> None:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, unlimited)

    return Disk(place, fill, empty, "no file may grow")


def disk_full(folder: Path) -> Outcome:
    """Talk before, while and after there is no room."""
    with ExitStack() as stack:
        fake = stack.enter_context(tg.fake_telegram())
        server, disk = stack.enter_context(on_small_disk(folder, dict(tg.settings(fake))))
        fake.bot_port = server.port
        fake.wait(lambda: fake.webhook, 60, "a webhook")
        outcome = Outcome(f"SQLite: {disk.what}", conversations=len(PEOPLE) + 1)
        _talk(outcome, server, disk, fake)
        return outcome


def _talk(outcome: Outcome, server: Any, disk: Disk, fake: Any) -> None:
    visitor, (pat, kim, lee) = visitors.Visitor(server.port), PEOPLE
    visitor.say(TEXT)
    fake.insist(fake.text(pat, TEXT))
    _wait(outcome, lambda: fake.to(pat), "the bot does not answer")
    fake.insist(fake.text(lee, TEXT))  # accepted, and maybe not answered yet
    disk.fill()
    with ThreadPoolExecutor(1) as beside:
        saying = beside.submit(visitor.say, "what about foam rolling")
        _wait(outcome, lambda: visitor.said[-1].tries > 1, "a visitor is not told to try again")
        refused = _while_full(outcome, server, fake, kim)
        disk.empty()
        begun = time.monotonic()
        waited = saying.result()
    fake.insist(refused)
    _wait(outcome, lambda: fake.to(kim), "an update is not answered when there is room")
    _wait(outcome, lambda: fake.to(lee), "what was accepted before is not answered")
    outcome.recovered = time.monotonic() - begun
    if waited.failed:
        outcome.wrong.append("a visitor is not answered when there is room")
    outcome.longest = max(turn.seconds for turn in visitor.said)
    outcome.failed = sum(turn.failed for turn in visitor.said)
    for chat in PEOPLE:
        got = [sent.text for sent in fake.to(chat)]
        outcome.doubled += len(got) - len(set(got))
    _judge(outcome, disk, visitor)


def _while_full(outcome: Outcome, server: Any, fake: Any, person: int) -> Any:
    """Hand a message over that cannot be stored; the message."""
    refused = fake.text(person, TEXT)
    status = fake.push(refused)
    if status != 503:  # noqa: PLR2004 - HTTP's number
        outcome.wrong.append(f"a message that could not be stored was answered {status}")
    if server.process.poll() is not None:
        outcome.wrong.append("the server ended")
    return refused


def _judge(outcome: Outcome, disk: Disk, visitor: Any) -> None:
    """Compare what was said with what is stored, in a copy: SQLite would follow the path out."""
    with tempfile.TemporaryDirectory() as copy:
        for path in disk.place.glob("talk.db*"):
            shutil.copy(path, copy)
        with closing(sqlite3.connect(Path(copy) / "talk.db")) as database:
            rows = database.execute("SELECT data FROM events WHERE type_name = 'user'").fetchall()
            (state,) = database.execute("PRAGMA integrity_check").fetchone()
    if state != "ok":
        outcome.wrong.append(f"the file is damaged: {state}")
    said = [json.loads(data) for (data,) in rows]
    keys = [event["metadata"]["id"] for event in said]
    outcome.messages = len(visitor.said) + WRITTEN
    for turn in visitor.said:
        outcome.lost += not turn.failed and turn.key not in keys
    channels = [event["input_channel"] for event in said]
    outcome.lost += max(0, WRITTEN - channels.count("telegram"))
    outcome.doubled += len(keys) - len(set(keys)) + max(0, channels.count("telegram") - WRITTEN)


def _wait(outcome: Outcome, done: Callable[[], Any], otherwise: str) -> None:
    end = time.monotonic() + WAIT
    while not done():
        if time.monotonic() > end:
            outcome.wrong.append(otherwise)
            return
        time.sleep(0.05)
