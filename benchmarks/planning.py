"""How many processes and how much memory a number of messages needs: docs/planning.md."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from benchmarks.datasets import ROOT
from benchmarks.serving_results import Serving, spread
from benchmarks.serving_systems import OURS
from benchmarks.tables import table

PAGE = ROOT / "docs" / "planning.md"
BEGIN, END = "<!-- figures: make bench -->", "<!-- end of figures -->"
RATES = (10, 1_000, 100_000)
HEADROOM = 0.5
SECONDS, HOURS = 60, 730
"""Of a minute, and of a month."""


@dataclass(frozen=True)
class Needs:
    """What one process needs, as measured: CPU of a message, memory, rows stored a message."""

    cpu_ms: float
    rss_mb: float
    rows: float


@dataclass(frozen=True)
class Fleet:
    """What serves a number of messages a minute.

    `busy` is how many cores the messages keep busy; `rows_s` and `commits_s` reach the database.
    """

    a_minute: int
    busy: float
    processes: int
    memory_mb: float
    commits_s: float
    rows_s: float


def fleet(a_minute: int, needs: Needs, headroom: float = HEADROOM) -> Fleet:
    """The processes that are busy for at most `1 - headroom` of their time; each fills a core.

    Raises:
        ValueError: the headroom is no share, or leaves no time.
    """
    if not 0 <= headroom < 1:
        raise ValueError(f"headroom must be from 0 to less than 1, not {headroom}")
    a_second = a_minute / SECONDS
    busy = a_second * needs.cpu_ms / 1000
    processes = max(1, math.ceil(busy / (1 - headroom)))
    return Fleet(
        a_minute=a_minute,
        busy=busy,
        processes=processes,
        memory_mb=processes * needs.rss_mb,
        commits_s=a_second,
        rows_s=a_second * needs.rows,
    )


def capacity(needs: Needs, headroom: float = HEADROOM) -> float:
    """Messages a minute that one process takes with that headroom."""
    return SECONDS * 1000 / needs.cpu_ms * (1 - headroom)


def needs_of(found: Serving) -> Needs | None:
    """What a process of ours needs, as measured; None while that is not measured.

    Of one client and of every crowd, the one with the dearest messages counts.
    """
    crowds = found.rounds("crowds")
    names = {name for row in crowds for name in row.get(OURS, {}) if name.startswith("cpu_ms@")}
    spent = [spread(found.rounds("messages"), OURS, "cpu_ms")]
    spent += [spread(crowds, OURS, name) for name in names]
    memory = spread(found.rounds("memory"), OURS, "rss_mb")
    rows = spread(found.rounds("messages"), OURS, "rows")
    measured = [value.median for value in spent if value]
    if not measured or memory is None or rows is None:
        return None
    return Needs(max(measured), memory.median, rows.median)


def section(needs: Needs, price: float, source: str) -> str:
    """The generated part of the page.

    Args:
        price: of a core hour, in USD.
        source: what the figures were measured on, and when.
    """
    rows = [_row(fleet(rate, needs), price) for rate in RATES]
    head = [
        *("messages a minute", "cores busy", "processes, a core each", "memory, GB"),
        *("commits a second", "rows a second", "USD a month"),
    ]
    return (
        f"Measured: {needs.cpu_ms:.1f} ms of CPU a message, {needs.rss_mb:.0f} MB a process, "
        f"{needs.rows:.1f} rows a message ({source}).\n\n"
        f"{table(head, rows)}\n"
        f"With {HEADROOM:.0%} headroom one process takes {capacity(needs):,.0f} messages a minute. "
        f"A core hour costs {price:g} USD here, a month has {HOURS} hours.\n"
    )


def write(found: Serving, page: Path = PAGE) -> bool:
    """Put the figures into the page; False while they are not all measured.

    Raises:
        ValueError: the page has no place for them.
    """
    needs = needs_of(found)
    if needs is None:
        return False
    about = found.about
    source = f"{about['date'][:10]}, {about['kind']} run, {about['machine']['cpu']}"
    made = section(needs, about["price"], source)
    page.write_text(replaced(page.read_text("utf-8"), made), "utf-8")
    return True


def replaced(text: str, figures: str) -> str:
    """The text with other figures between its markers.

    Raises:
        ValueError: a marker is not there, or not once.
    """
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise ValueError(f"the page must have {BEGIN} and {END} once")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n\n{figures}\n{END}{after}"


def _row(of: Fleet, price: float) -> list[str]:
    return [
        f"{of.a_minute:,}",
        f"{of.busy:.2f}",
        str(of.processes),
        f"{of.memory_mb / 1000:.1f}",
        f"{of.commits_s:,.1f}",
        f"{of.rows_s:,.0f}",
        f"{of.processes * HOURS * price:,.0f}",
    ]
