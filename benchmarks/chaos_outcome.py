"""What came of something that was done to a fleet, and the table of it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
# The servers and the visitors are those of the tests.
for _folder in (ROOT / "tests", ROOT / "tests" / "channels"):
    if str(_folder) not in sys.path:
        sys.path.insert(0, str(_folder))

HEAD = (
    *("what happens", "conversations", "messages", "lost", "doubled", "out of order"),
    *("answered otherwise", "told that it failed", "sent again", "longest answer, s"),
    *("well again after, s", "memory, MB", "notes"),
)
LOOKED_EVERY = 0.2


@dataclass
class Outcome:
    """What came of one case. `wrong` says in sentences what must not be."""

    what: str
    conversations: int = 0
    messages: int = 0
    lost: int = 0
    doubled: int = 0
    moved: int = 0
    different: int = 0
    failed: int = 0
    again: int = 0
    cut: int = 0
    longest: float = 0.0
    recovered: float = 0.0
    memory: float = 0.0
    notes: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, what: str, account: Any, memory: float = 0.0) -> Outcome:
        """The outcome for a crowd, from the account of its messages."""
        found = cls(what, memory=memory, wrong=list(account.troubles))
        for name in (
            *("conversations", "messages", "lost", "doubled", "moved", "different", "failed"),
            *("again", "cut", "longest", "recovered"),
        ):
            setattr(found, name, getattr(account, name))
        if account.torn:
            found.notes.append(f"{account.torn} lines came otherwise the second time")
        return found

    @property
    def right(self) -> bool:
        """True if nothing was lost, doubled, moved, answered otherwise, or wrong."""
        bad = self.lost or self.doubled or self.moved or self.different or self.wrong
        return not bad

    def row(self) -> list[str]:
        """The line of the table."""
        counts = (self.lost, self.doubled, self.moved, self.different, self.failed, self.again)
        told = [*(f"**{text}**" for text in self.wrong), *self.notes]
        return [
            self.what,
            str(self.conversations or ""),
            str(self.messages or ""),
            *map(str, counts),
            f"{self.longest:.2f}",
            f"{self.recovered:.1f}",
            f"{self.memory:+.0f}",
            "; ".join(told).replace("|", "\\|").replace("\n", " "),
        ]


def table(outcomes: Sequence[Outcome]) -> str:
    """The outcomes as Markdown."""
    lines = [HEAD, ["---"] * len(HEAD), *(outcome.row() for outcome in outcomes)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


class Memory:
    """How much the processes of a fleet grew at most while this was open, in megabytes."""

    def __init__(self, processes: Sequence[Any]) -> None:
        self._processes = list(processes)
        self._first = {id(each): each.memory() for each in processes}
        self.growth = 0.0

    def look(self) -> None:
        """Note how large they are now. A process that was started anew is measured from there."""
        for each in self._processes:
            with suppress(OSError, AttributeError, StopIteration):
                now = each.memory()
                self._first[id(each)] = first = self._first[id(each)] or now
                self.growth = max(self.growth, now - first) if now else self.growth


@contextmanager
def watched(processes: Sequence[Any]) -> Iterator[Memory]:
    """Look at the memory of processes again and again."""
    memory, over = Memory(processes), threading.Event()

    def look() -> None:
        while not over.wait(LOOKED_EVERY):
            memory.look()

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    try:
        yield memory
    finally:
        over.set()
        looking.join()


Case = Callable[..., Outcome]
