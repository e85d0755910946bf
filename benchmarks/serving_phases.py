"""What is measured of a server. Every phase gives figures by name: `cpu_ms`, `p50_ms@8`, ..."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from benchmarks import serving_load as load
from benchmarks.serving_load import Corpus, Reply
from benchmarks.serving_seed import seed
from benchmarks.serving_systems import OURS, Target
from kneewise import knowledge

Figures = dict[str, float]
T = TypeVar("T")

HUGE = 1_000_000
HUGE_WORDS = "my knee hurts on stairs and i want to run again "
BURST, BURST_GAP_S = 10, 0.02
OTHER_EVERY_S = 0.1
MEMORY_EVERY_S = 0.2
TAPPING = 8
"""Clients that tap at once."""
WINDOW = 10
"""Turns that the figures of one length of a conversation are the median or mean of."""


@dataclass(frozen=True)
class Plan:
    """How much is measured.

    `starts` are the rounds of what needs a server that has just started, `rounds` those of the
    rest; `sqlite` measures stock with an SQLite file, too.
    `clients` of each crowd, for `seconds` each; `messages` of the one client; `lengths` of
    conversations; `memory_mb` is the most that a process may take in the phase of the huge message.
    """

    rounds: int
    starts: int
    sqlite: bool
    warm_up: int
    messages: int
    clients: tuple[int, ...]
    seconds: float
    lengths: tuple[int, ...]
    memory_mb: int


FULL = Plan(3, 3, True, 60, 200, (1, 8, 32, 64), 12, (1, 10, 100, 500, 1000), 10_000)
QUICK = Plan(3, 1, False, 20, 50, (1, 8), 3, (1, 10, 50), 6_000)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Wait for what talks to a server."""
    return asyncio.run(work)


@dataclass(frozen=True)
class Job:
    """What a phase is given: the server, how much to measure, and what to say."""

    target: Target
    plan: Plan
    corpus: Corpus


def boot(job: Job) -> Figures:
    """From the start to the first answer, and the memory then."""
    use = job.target.boot.use
    return {
        "wall_s": job.target.boot.wall_s,
        "cpu_s": use.cpu_s,
        "rss_mb": use.rss_mb,
        "pss_mb": use.pss_mb,
        "processes": use.processes,
    }


def messages(job: Job) -> Figures:
    """CPU time and latency of a message, one client, ten turns a conversation."""
    rows, before = job.target.stored_rows(), job.target.cpu_s()
    replies = run(load.talk(job.target.url, job.corpus, job.plan.messages))
    spent = job.target.cpu_s() - before
    return {
        "cpu_ms": 1000 * spent / len(replies),
        **load.milliseconds(replies),
        "silent_percent": load.silent_percent(replies),
        "rows": (job.target.stored_rows() - rows) / len(replies),
    }


def taps(job: Job) -> Figures:
    """Latency, throughput and CPU time where most is tapped: one client, and eight at once."""
    tapped = replace(job, corpus=_tapped(job.corpus))
    found = {**_crowd(tapped, 1), **_crowd(tapped, TAPPING)}
    job.corpus.at = tapped.corpus.at
    return found


def _tapped(corpus: Corpus) -> load.Tapped:
    kb = knowledge.load()
    answers = [[option.label for option in question.options] for question in kb.questions.values()]
    safe = [kb.phrases["none_of_these"]]
    titles = [topic.title for topic in kb.topics.values()]
    taps = [safe, *answers[1:]]
    return load.Tapped(corpus.texts, corpus.at, corpus.senders, answers=taps, topics=titles)


def crowds(job: Job) -> Figures:
    """Latency, throughput and CPU time with many clients."""
    found: Figures = {}
    for clients in job.plan.clients:
        found |= _crowd(job, clients)
    return found


def _crowd(job: Job, clients: int) -> Figures:
    before = job.target.cpu_s()
    replies = run(load.crowd(job.target.url, job.corpus, clients, job.plan.seconds))
    figures = {
        "rps": load.throughput(replies),
        **load.milliseconds(replies),
        "cpu_ms": 1000 * (job.target.cpu_s() - before) / len(replies),
        "silent_percent": load.silent_percent(replies),
    }
    return {f"{name}@{clients}": value for name, value in figures.items()}


def growth(job: Job) -> Figures:
    """CPU time and latency of a message by its turn in the conversation.

    Ours is driven turn by turn. Of stock, which takes a second a turn in the end, the earlier
    turns of a long conversation are put into its store over its own API.
    """
    found: Figures = {}
    sender, turn = job.corpus.sender(), 1
    for length in job.plan.lengths:
        if length > 1 and job.target.name == OURS:
            turn += len(run(load.converse(job.target.url, job.corpus, sender, length - turn)))
        elif length > 1:
            sender = job.corpus.sender()
            seed(job.target.port, sender, length - 1, job.corpus)
        before = job.target.cpu_s()
        replies = _first_turns(job) if length == 1 else _window(job, sender)
        turn += 0 if length == 1 else len(replies)
        found[f"cpu_ms@{length}"] = 1000 * (job.target.cpu_s() - before) / len(replies)
        found[f"p50_ms@{length}"] = load.milliseconds(replies)["p50_ms"]
    return found


def _first_turns(job: Job) -> list[Reply]:
    """The first turns of fresh conversations."""
    every = (
        run(load.converse(job.target.url, job.corpus, job.corpus.sender(), 1))
        for _ in range(WINDOW)
    )
    return [reply for one in every for reply in one]


def _window(job: Job, sender: str) -> list[Reply]:
    return run(load.converse(job.target.url, job.corpus, sender, WINDOW))


def memory(job: Job) -> Figures:
    """Memory after the messages of the phase before."""
    use = job.target.use()
    said = job.plan.warm_up + job.plan.rounds * job.plan.messages
    return {"rss_mb": use.rss_mb, "pss_mb": use.pss_mb, "messages": said}


def burst(job: Job) -> Figures:
    """Ten messages of one user at once."""
    replies = run(load.burst(job.target.url, job.corpus, BURST, BURST_GAP_S))
    return {
        "last_s": max(r.answered for r in replies) - replies[0].sent,
        "answered": sum(reply.good for reply in replies),
        "in_order": float(load.in_order(replies)),
    }


def huge(job: Job) -> Figures:
    """A message of a million characters, and what it does to somebody else."""
    job.target.limit_memory(job.plan.memory_mb)
    text = (HUGE_WORDS * (HUGE // len(HUGE_WORDS) + 1))[:HUGE]
    before, cpu = job.target.use().rss_mb, job.target.cpu_s()
    with _peak(job.target) as peak:
        reply, others = run(load.beside(job.target.url, job.corpus, text, OTHER_EVERY_S))
    return {
        "status": reply.status,
        "messages": reply.messages,
        "answer_s": reply.seconds,
        "cpu_s": job.target.cpu_s() - cpu,
        "other_waited_s": max(other.seconds for other in others),
        "other_unanswered": sum(not other.good for other in others),
        "grown_mb": max(0.0, max(peak) - before),
    }


@contextmanager
def _peak(target: Target) -> Any:
    """A list that the memory of the server is written into, several times a second."""
    seen, over = [target.use().rss_mb], threading.Event()

    def look() -> None:
        while not over.wait(MEMORY_EVERY_S):
            seen.append(target.use().rss_mb)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


Phase = Callable[[Job], Figures]

KEPT_UP: dict[str, Phase] = {
    "messages": messages,
    "memory": memory,
    "taps": taps,
    "crowds": crowds,
    "burst": burst,
    "growth": growth,
}
"""Phases with a server that serves all rounds of all of them."""
ANEW: dict[str, Phase] = {"boot": boot, "huge": huge}
"""Phases that start a server for every round."""
ONCE = ("memory",)
"""Phases of one round."""
WITH_SQLITE = ("messages", "growth")
"""Phases in which stock with an SQLite store is measured, too."""


def warm_up(targets: Sequence[Target], plan: Plan, corpus: Corpus) -> None:
    """Let every server do its slow first messages before the clock runs."""
    for target in targets:
        run(load.talk(target.url, corpus, plan.warm_up))
        time.sleep(0.5)
