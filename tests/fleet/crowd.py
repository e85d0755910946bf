"""Many visitors who talk at once, and the account of what became of every message."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field

import psycopg2
from fleet.visitor import GaveUp, Said, Visitor

SCRIPTS = (
    (
        "it aches around my left kneecap whenever i jog",
        "None of these",
        "for about three weeks now",
        "4 out of 10",
        "can i keep running on it",
        "thanks a lot",
    ),
    (
        "hello there",
        "should i put ice on my knee",
        "what about foam rolling",
        "my knee gave way twice yesterday",
        "it is the right one",
        "how long until it is better",
    ),
    (
        "which shoes are good for sore knees",
        "is cycling fine meanwhile",
        "pain below my kneecap on stairs, no swelling and it never locks",
        "skip",
        "why do you ask",
        "what exercises help",
    ),
    (
        "who are you",
        "do i need an x-ray",
        "it came on slowly and it hurts behind my knee",
        "my calf is swollen and i am short of breath",
        "can i take something for the pain",
        "goodbye",
    ),
)
AGAIN = 3
SLOW = 2.0
"""Seconds after which an answer is one that something held up."""
"""Times that a visitor says again what the assistant failed to answer."""


@dataclass
class Account:
    """What became of the messages.

    `lost` were answered and are not stored, or never answered; `doubled` are stored more than once,
    or stored though the visitor was told that they failed; `moved` stand in another order than that
    in which they were said; `different` were answered otherwise than in peace.
    """

    conversations: int = 0
    messages: int = 0
    lost: int = 0
    doubled: int = 0
    moved: int = 0
    different: int = 0
    torn: int = 0
    cut: int = 0
    failed: int = 0
    again: int = 0
    longest: float = 0.0
    recovered: float = 0.0
    troubles: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """True if nothing was lost, doubled, moved, or answered otherwise."""
        return not (self.lost or self.doubled or self.moved or self.different)


class Crowd:
    """So many visitors, each of whom holds one of the conversations of `SCRIPTS`."""

    def __init__(self, port: int, people: int, pause: float = 1.0) -> None:
        """`pause` are the seconds for which a visitor reads an answer."""
        self.visitors = [Visitor(port) for _ in range(people)]
        self._pause = pause
        self._answered = 0
        self._news = threading.Condition()
        self._troubles: list[str] = []

    def run(self, disturb: Callable[[], None] | None = None, after: float = 0.3) -> float:
        """Hold all conversations to their end.

        Args:
            disturb: what is done meanwhile, when this part of the messages is answered.

        Returns: when it was done (`time.monotonic`).
        """
        with ThreadPoolExecutor(len(self.visitors)) as together:
            talks = [together.submit(self._talk, n) for n in range(len(self.visitors))]
            wanted = after * sum(len(SCRIPTS[n % len(SCRIPTS)]) for n in range(len(talks)))
            with self._news:
                self._news.wait_for(lambda: self._answered >= wanted, 300)
            at = time.monotonic()
            if disturb is not None:
                disturb()
            for talk in talks:
                talk.result()
        return at

    def _talk(self, number: int) -> None:
        visitor = self.visitors[number]
        # They do not all open the page in the same moment.
        time.sleep(self._pause * number / len(self.visitors))
        try:
            for text in SCRIPTS[number % len(SCRIPTS)]:
                for _ in range(AGAIN):
                    turn = visitor.say(text)
                    with self._news:
                        self._answered += not turn.failed
                        self._news.notify_all()
                    time.sleep(self._pause)
                    if not turn.failed:
                        break
        except GaveUp as error:
            self._troubles.append(str(error))

    def account(self, url: str, peace: Sequence[Sequence[Sequence[str]]], at: float) -> Account:
        """What became of all messages.

        Args:
            url: the database.
            peace: the answers to each message of each script when nothing happens.
            at: when something happened.
        """
        found = Account(len(self.visitors), troubles=self._troubles)
        stored = stored_keys(url)
        for number, visitor in enumerate(self.visitors):
            _judge(visitor, stored.get(visitor.conversation, []), found)
            wanted = peace[number % len(SCRIPTS)]
            told = [turn.texts for turn in visitor.said if not turn.failed]
            found.lost += max(0, len(wanted) - len(told))
            found.different += sum(a != list(b) for a, b in zip(told, wanted, strict=False))
        turns = [turn for visitor in self.visitors for turn in visitor.said]
        found.longest = max(turn.seconds for turn in turns)
        held_up = (t for t in turns if t.failed or t.tries > 1 or t.seconds > SLOW)
        troubled = [turn.at - at for turn in held_up]
        found.recovered = max([0.0, *troubled])
        return found


def _judge(visitor: Visitor, keys: list[str], found: Account) -> None:
    """Compare what a visitor said with what is stored of it."""
    times = Counter(keys)
    for turn in visitor.said:
        found.messages += 1
        found.again += turn.tries - 1
        found.torn += turn.torn
        found.cut += turn.cut
        found.failed += turn.failed
        found.lost += not turn.failed and not times[turn.key]
        found.doubled += max(0, times[turn.key] - (0 if turn.failed else 1))
    kept = [turn.key for turn in visitor.said if times[turn.key]]
    found.moved += kept != list(dict.fromkeys(keys))


def stored_keys(url: str) -> dict[str, list[str]]:
    """The ids of the messages that are stored, in order, by conversation."""
    found: dict[str, list[str]] = {}
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT sender_id, data FROM events WHERE type_name = 'user' ORDER BY id")
        for sender, data in cursor.fetchall():
            found.setdefault(sender, []).append(json.loads(data)["metadata"]["id"])
    return found


def in_peace(port: int) -> list[list[list[str]]]:
    """The answers to each message of each script when nothing happens."""
    crowd = Crowd(port, len(SCRIPTS), pause=0)
    crowd.run()
    answers: list[list[Said]] = [visitor.said for visitor in crowd.visitors]
    assert all(len(turns) == len(text) for turns, text in zip(answers, SCRIPTS, strict=True))
    return [[turn.texts for turn in turns] for turns in answers]
