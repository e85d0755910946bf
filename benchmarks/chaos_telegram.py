"""Processes, a database and a platform that fail while people write to the bot.

What was acknowledged is answered, each message once and in order, by whoever is left. A message
that Telegram took in the moment in which its sender died may come twice: Telegram has no way to
say that it was the same. Those stand in the notes; more than one of them to a chat is an error, as
no more than one can be in flight.
"""

from __future__ import annotations

import importlib
import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from benchmarks.chaos_fleet import Chaos
from benchmarks.chaos_outcome import Case, Outcome, watched

crowds: Any = importlib.import_module("fleet.crowd")
tg: Any = importlib.import_module("telegram_fake")

AWAY = 6.0
ANSWERED_WITHIN = 90.0
PAUSE = 0.5
WARNED = (1, 3)
"""The scripts in which somebody is warned. A warning overtakes what else is to be delivered, so
these people wait for each answer; of the others every second one writes all at once."""
REPEATED = 3
"""Of so many updates one is posted again, as when Telegram has lost the answer."""
IN_FLIGHT = 1
"""Answers to a chat that a process may have handed over, and not noted, when it is killed."""
SLOW = 2.0

_chats = itertools.count(6_000_000_001)


@dataclass
class Writer:
    """Somebody who writes to the bot; `late` are the seconds that answers took."""

    telegram: Any
    script: Sequence[str]
    peace: Sequence[Sequence[str]] = ()
    chat: int = field(default_factory=lambda: next(_chats))
    late: list[tuple[float, float]] = field(default_factory=list)
    posted: int = 0

    def write(self, *, patient: bool, pause: float) -> None:
        """Write all, and wait for each answer, or only for the last."""
        wanted, begun = 0, time.monotonic()
        for text, answer in itertools.zip_longest(self.script, self.peace, fillvalue=()):
            wanted += len(answer)
            begun = time.monotonic() if patient else begun
            update = self.telegram.text(self.chat, text)
            self.posted += self.telegram.insist(update)
            if update["update_id"] % REPEATED == 0:
                self.telegram.insist(update)
            if patient:
                self._wait(wanted, begun)
                time.sleep(pause)
        self._wait(wanted, begun)

    def _wait(self, wanted: int, begun: float) -> None:
        self.telegram.wait_for(self.chat, wanted, ANSWERED_WITHIN)
        now = time.monotonic()
        self.late.append((now, now - begun))

    @property
    def got(self) -> list[str]:
        """What was sent to them."""
        return [sent.text for sent in self.telegram.to(self.chat)]


def in_peace(found: Chaos) -> list[list[list[str]]]:
    """What is answered to each message of each script when nothing happens."""
    answers = []
    for script in crowds.SCRIPTS:
        writer, told = Writer(found.telegram, script), []
        for text in script:
            before = len(writer.got)
            found.telegram.insist(found.telegram.text(writer.chat, text))
            _settle(found)
            told.append(writer.got[before:])
        answers.append(told)
    return answers


def _settle(found: Chaos) -> None:
    """Wait until everything that was accepted is answered and delivered."""
    end = time.monotonic() + ANSWERED_WITHIN
    left = "SELECT (SELECT count(*) FROM accepted WHERE body IS NOT NULL) + count(*) FROM due"
    while found.fleet.postgres.ask(left) != [(0,)]:
        assert time.monotonic() < end, f"not settled in {ANSWERED_WITHIN:.0f} s"  # noqa: S101
        time.sleep(0.02)


def hold(
    found: Chaos, people: int, what: str, disturb: Callable[[], None], pause: float = PAUSE
) -> Outcome:
    """Let people write, do something meanwhile, and account for every message."""
    peace = in_peace(found)
    kinds = [number % len(crowds.SCRIPTS) for number in range(people)]
    writers = [Writer(found.telegram, crowds.SCRIPTS[kind], peace[kind]) for kind in kinds]
    outcome = Outcome(what, people, sum(len(writer.script) for writer in writers))
    with watched(found.fleet.kneewise) as memory, ThreadPoolExecutor(people) as together:
        written = [
            together.submit(writer.write, patient=_patient(number, kind), pause=pause)
            for (number, kind), writer in zip(enumerate(kinds), writers, strict=True)
        ]
        _wait_for_some(writers)
        at = time.monotonic()
        disturb()
        for each in written:
            if error := each.exception():
                outcome.wrong.append(str(error))
    _settle(found)
    _judge(found, writers, outcome)
    late = [moment for writer in writers for moment in writer.late]
    outcome.longest = max(seconds for _, seconds in late)
    outcome.recovered = max([0.0, *(moment - at for moment, took in late if took > SLOW)])
    outcome.memory = memory.growth
    return outcome


def _patient(number: int, kind: int) -> bool:
    return kind in WARNED or number // len(crowds.SCRIPTS) % 2 == 0


def _wait_for_some(writers: Sequence[Writer], part: float = 0.25) -> None:
    """Wait until this part of the answers is there."""
    wanted = part * sum(len(answer) for writer in writers for answer in writer.peace)
    end = time.monotonic() + ANSWERED_WITHIN
    while sum(len(writer.got) for writer in writers) < wanted and time.monotonic() < end:
        time.sleep(0.02)


def _judge(found: Chaos, writers: Sequence[Writer], outcome: Outcome) -> None:
    """Compare what people were sent with what they are sent in peace, and what is stored."""
    stored = crowds.stored_keys(found.fleet.postgres.url)
    repeated = 0
    for writer in writers:
        wanted = [text for answer in writer.peace for text in answer]
        missing, more = Counter(wanted), Counter(writer.got)
        missing.subtract(writer.got)
        more.subtract(wanted)
        outcome.lost += sum((+missing).values())
        again = sum((+more).values())
        repeated += again
        outcome.doubled += max(0, again - IN_FLIGHT)
        first = [text for text, _ in itertools.groupby(writer.got)]
        outcome.moved += first != [text for text, _ in itertools.groupby(wanted)]
        outcome.again += writer.posted - len(writer.script)
        keys = Counter(stored.get(f"telegram-{writer.chat}", []))
        outcome.lost += len(writer.script) - len(keys)
        outcome.doubled += sum(keys.values()) - len(keys)
    if repeated:
        outcome.notes.append(f"{repeated} answers in flight came twice")


def process_killed(found: Chaos, people: int) -> Outcome:
    """A process is killed while messages that it acknowledged wait to be answered."""

    def disturb() -> None:
        found.fleet.kneewise[2].kill()
        found.fleet.kneewise[2].start()

    return hold(found, people, "Telegram: a process of three is killed", disturb)


def postgres_away(found: Chaos, people: int) -> Outcome:
    """PostgreSQL is killed, and back after some seconds."""

    def disturb() -> None:
        found.fleet.postgres.kill()
        time.sleep(AWAY)
        found.fleet.postgres.start()

    what = f"Telegram: PostgreSQL is killed, and back after {AWAY:.0f} s"
    return hold(found, people, what, disturb)


def platform_fails(found: Chaos, people: int) -> Outcome:
    """Telegram refuses, is slow and hangs up, and a process is killed meanwhile."""
    fake = found.telegram

    def disturb() -> None:
        faults = [
            fake.fail("sendMessage", tg.broken(502), times=10),
            fake.fail("sendMessage", tg.flood(1), times=10),
            fake.fail("sendMessage", drop=True, times=10),
        ]
        found.fleet.kneewise[0].kill()
        threading.Event().wait(AWAY)
        for fault in faults:
            fault.times = 0
        found.fleet.kneewise[0].start()

    return hold(found, people, "Telegram fails, and a process of three is killed", disturb)


CASES: dict[str, Case] = {
    "telegram_process_killed": process_killed,
    "telegram_postgres_away": postgres_away,
    "telegram_platform_fails": platform_fails,
}
