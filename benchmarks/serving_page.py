"""Write the figures of the servers as a page of tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.serving_results import Round, Serving, Spread, cost, ratio, spread
from benchmarks.serving_systems import OURS, STOCK, STOCK_SQLITE
from benchmarks.tables import NONE, table

HEAD = """# How fast and how small, beside stock Rasa

Written by `make bench` into this file, `serving.json` and `serving.png`; the fleets that follow
are in [docs/planning.md](../../docs/planning.md).

- **Kneewise** is `python -m kneewise serve` as it comes: one process, conversations in SQLite.
- **stock** is what `rasa init` configures, trained on the same intents, examples, rules and
  stories, and served by `rasa run` with conversations in memory, its default, and `rasa run
  actions`: one custom action a turn says our first answer to the intent. It looks for no danger
  signs, keeps no facts and writes nothing to disk, which favours it. **stock + SQLite** is the
  same with `type: SQL`.

![the main figures](serving.png)
"""
NOTES = """
Every figure is the median of the rounds, then the lowest and highest. The systems take turns within
a round. **Better** says how many times less time, CPU or memory Kneewise takes, or how many times
more it answers; below 1 it is worse. It is worked out round by round, so it has a spread too.
CPU is user and system time of all processes of a server, the action server included.
"""
EPOCHS_OF_INIT = 100
EMPTY = "nothing measured yet\n"


@dataclass(frozen=True)
class Line:
    """A line of a table: what it is called, the figure it shows and how.

    `more` is true where more is better; None where there is no better.
    """

    title: str
    name: str
    digits: int = 0
    more: bool | None = False


TRAINING = (
    Line("CPU, s", "cpu_s"),
    Line("wall, s", "wall_s"),
    Line("model, MB", "model_mb", 1),
)
BOOT = (
    Line("until the first answer: wall, s", "wall_s", 1),
    Line("until the first answer: CPU, s", "cpu_s", 1),
    Line("memory then: RSS, MB", "rss_mb"),
    Line("memory then: PSS, MB", "pss_mb"),
    Line("processes", "processes", more=None),
)
MEMORY = (Line("RSS, MB", "rss_mb"), Line("PSS, MB", "pss_mb"))
MESSAGES = (
    Line("CPU a message, ms", "cpu_ms", 1),
    Line("latency p50, ms", "p50_ms", 1),
    Line("latency p95, ms", "p95_ms", 1),
    Line("latency p99, ms", "p99_ms", 1),
    Line("no words in the answer, %", "silent_percent", 1, None),
    Line("rows stored a message", "rows", 1, None),
)
CROWD = (
    Line("answers a second", "rps", 1, more=True),
    Line("p50, ms", "p50_ms"),
    Line("p95, ms", "p95_ms"),
    Line("p99, ms", "p99_ms"),
    Line("CPU a message, ms", "cpu_ms", 1),
    Line("no words, %", "silent_percent", 1, None),
)
GROWTH = (Line("CPU, ms", "cpu_ms", 1), Line("p50, ms", "p50_ms", 1))
BURST = (
    Line("until the last is answered, s", "last_s", 2),
    Line("answered, of 10", "answered", more=None),
    Line("in order, 1 is yes", "in_order", more=None),
)
HUGE = (
    Line("HTTP status (0: none in 120 s)", "status", more=None),
    Line("messages in the answer", "messages", more=None),
    Line("until it is answered, s", "answer_s", 3),
    Line("CPU, s", "cpu_s", 2),
    Line("the other user waited at most, s", "other_waited_s", 2),
    Line("messages of the other without words", "other_unanswered", more=None),
    Line("memory grew by, MB", "grown_mb"),
)


def page(found: Serving) -> str:
    """The whole page."""
    about = found.about
    rivals = (STOCK, STOCK_SQLITE)
    parts = [
        *(HEAD, _about(about), NOTES),
        *("## One client\n", _one_client(about), _table(found, "messages", MESSAGES, rivals)),
        *("## Taps\n", TAPS, _by_key(found, "taps", CROWD, "clients")),
        *("## Many clients\n", CROWDS.format(**about), _by_key(found, "crowds", CROWD, "clients")),
        *("## Start and memory\n", _table(found, "boot", BOOT)),
        *(f"After {_said(found)} messages:\n", _table(found, "memory", MEMORY)),
        *("## Training\n", _trained(about), _table(found, "training", TRAINING)),
        *("## Long conversations\n", LONG, _by_key(found, "growth", GROWTH, "turn", rivals)),
        *("## Ten messages of one user at once\n", _table(found, "burst", BURST)),
        *("## A message of a million characters\n", HUGE_SAID.format(**about)),
        *(_table(found, "huge", HUGE), "## Cost\n", _costs(found)),
    ]
    return "\n".join(part.strip("\n") + "\n" for part in parts)


TAPS = """Conversations of ten turns as the widget holds them: the pain is typed, the seven
questions are answered by tapping, a button is pressed, and one more question is typed. So two
messages of ten are new to the server; both get the same. Above, every message is new.
"""
CROWDS = """Each client waits for its answer before it sends again, without a pause, for
{seconds:g} s; a new conversation every 10 turns. The corpus begins again after {texts} messages.
"""
TRAINED = """`rasa train` with an empty cache, on all cores. Stock is trained once and kept, so it
has one round.
"""
FEWER = """Its DIETClassifier gets {epochs} epochs, not the 100 of `rasa init`, which take hours on
all our examples: its figures here are too low. How long an answer takes does not depend on it.
"""
LONG = """CPU time and latency of a message by its turn, over ten turns from there. Ours is driven
turn by turn; the earlier turns of stock are put into its store over its own API.
"""
HUGE_SAID = """Sent while another user writes every 0.1 s. No process may take more than
{memory_mb} MB of address space, so that the machine survives.
"""


def _about(about: Mapping[str, Any]) -> str:
    machine = about["machine"]
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    pinned = (
        "servers on the first core, clients on the others"
        if about["pinned"]
        else "servers and clients on one core"
    )
    return (
        f"{about['date'][:10]}, {about['kind']} run; {machine['cpu']}, {machine['cores']} cores "
        f"({pinned}), {machine['system']}; load when it began {about['load']:.1f}; "
        f"Python {machine['python']}, {versions}. "
        f"Stock is trained on {about['examples']} examples, {about['examples_kind']}; "
        "Kneewise always on all. "
        f"Settings of ours: {about['settings'] or 'none'}.\n"
    )


def _one_client(about: Mapping[str, Any]) -> str:
    return (
        f"{about['messages']} messages a round in conversations of 10 turns, no text twice "
        f"in a round, of the {about['texts']} in tests/unseen; both get the same.\n"
    )


def _trained(about: Mapping[str, Any]) -> str:
    fewer = about["epochs"] < EPOCHS_OF_INIT
    return TRAINED + (FEWER.format(**about) if fewer else "")


def _said(found: Serving) -> str:
    first = found.rounds("memory")
    return f"{first[0][OURS]['messages']:.0f}" if first else "the"


def _table(
    found: Serving, phase: str, lines: Sequence[Line], rivals: Sequence[str] = (STOCK,)
) -> str:
    rounds = found.rounds(phase)
    if not rounds:
        return EMPTY
    rows = [[line.title, *_cells(rounds, line, line.name, rivals)] for line in lines]
    return table(_head([f"{len(rounds)} {_plural(rounds)}"], rivals), rows)


def _by_key(
    found: Serving,
    phase: str,
    lines: Sequence[Line],
    of: str,
    rivals: Sequence[str] = (STOCK,),
) -> str:
    """A table of figures that are measured at several sizes: `cpu_ms@8`."""
    rounds = found.rounds(phase)
    if not rounds:
        return EMPTY
    names = (name for row in rounds for figures in row.values() for name in figures)
    keys = sorted({int(name.partition("@")[2]) for name in names})
    rows = [
        [key, line.title, *_cells(rounds, line, f"{line.name}@{key}", rivals)]
        for key in keys
        for line in lines
    ]
    return table(_head([of, f"{len(rounds)} {_plural(rounds)}"], rivals), rows)


def _plural(rounds: Sequence[Round]) -> str:
    return "round" if len(rounds) == 1 else "rounds"


def _head(first: Sequence[str], rivals: Sequence[str]) -> list[str]:
    return [*first, "Kneewise", *(cell for rival in rivals for cell in (rival, "better"))]


def _cells(rounds: Sequence[Round], line: Line, name: str, rivals: Sequence[str]) -> list[str]:
    cells = [shown(spread(rounds, OURS, name), line.digits)]
    for rival in rivals:
        cells.append(shown(spread(rounds, rival, name), line.digits))
        above, below = (OURS, rival) if line.more else (rival, OURS)
        times = None if line.more is None else ratio(rounds, name, above, below)
        cells.append(f"**{shown(times, 1)}**" if times else NONE)
    return cells


def shown(value: Spread | None, digits: int) -> str:
    """A figure with its lowest and highest, which are left out where all rounds agree."""
    if value is None:
        return NONE
    low, middle, high = (f"{n:,.{digits}f}" for n in (value.low, value.median, value.high))
    return middle if low == high else f"{middle} ({low}–{high})"


def _costs(found: Serving) -> str:
    rounds, price = found.rounds("messages"), found.about["price"]
    if not rounds:
        return EMPTY
    rows = []
    for name in (OURS, STOCK, STOCK_SQLITE):
        spent = spread(rounds, name, "cpu_ms")
        if spent:
            paid = Spread(*(cost(ms, price) for ms in (spent.median, spent.low, spent.high)))
            rows.append([name, shown(spent, 1), shown(paid, 3)])
    said = f"At {price:g} USD a core hour (`--price`), CPU time alone, no core idle:\n\n"
    return said + table(["", "CPU ms a message", "USD a million messages"], rows)
