"""A run of the comparison: which phases are taken when, and what is kept of them."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path

from benchmarks import planning, serving_page, serving_phases, serving_plot, serving_results
from benchmarks.results import FOLDER
from benchmarks.serving_load import Corpus
from benchmarks.serving_phases import ANEW, KEPT_UP, ONCE, WITH_SQLITE, Job, Plan
from benchmarks.serving_results import Serving
from benchmarks.serving_systems import OURS, STOCK, STOCK_SQLITE, Start, Target
from benchmarks.serving_train import train_ours, train_stock

TRAINING = "training"
PHASES = (TRAINING, *ANEW, *KEPT_UP)


class Run:
    """One run: what is measured so far, and where it is written."""

    def __init__(self, found: Serving, plan: Plan, corpus: Corpus, out: Path) -> None:
        self.found, self.plan, self.corpus, self.out = found, plan, corpus, out
        self.failed = 0

    def rounds(self, phase: str) -> int:
        """How many rounds a phase has."""
        if phase in ANEW:
            return self.plan.starts
        return 1 if phase in (*ONCE, TRAINING) else self.plan.rounds

    def names_in(self, phase: str) -> tuple[str, ...]:
        """The systems that are measured in a phase."""
        more = (STOCK_SQLITE,) if self.plan.sqlite and phase in WITH_SQLITE else ()
        return (OURS, STOCK, *more)

    def missing(self, phases: Iterable[str]) -> list[str]:
        """Those that are not wholly measured: a round is not there, or a system in one."""
        return [name for name in phases if not self._whole(name)]

    def _whole(self, phase: str) -> bool:
        rows = self.found.rounds(phase)
        return len(rows) == self.rounds(phase) and all(
            set(self.names_in(phase)) <= set(row) for row in rows
        )

    def measure(self, phase: str, number: int, target: Target) -> None:
        """Take a phase with one server, and keep the figures. A failure is told, and counted."""
        say(f"{phase}, round {number + 1}: {target.name} ...")
        try:
            figures = {**ANEW, **KEPT_UP}[phase](Job(target, self.plan, self.corpus))
        except (RuntimeError, OSError, ValueError) as error:
            self.fail(f"{phase} of {target.name}: {type(error).__name__}: {error}")
            return
        self.keep(phase, number, target.name, figures)

    def keep(self, phase: str, number: int, name: str, figures: dict[str, float]) -> None:
        """Keep figures, and write everything that can be written of them."""
        rows = self.found.phases.setdefault(phase, [])
        while len(rows) <= number:
            rows.append({})
        rows[number][name] = figures
        self.found.dates[phase] = now()
        serving_results.write(self.found, self.out / "serving.json")

    def fail(self, why: str) -> None:
        """Tell of a failure; the rest goes on."""
        self.failed += 1
        say(why)

    def publish(self) -> None:
        """Write the page, the plot and, of a run that documents quote, the fleets."""
        (self.out / "serving.md").write_text(serving_page.page(self.found), "utf-8")
        serving_plot.draw(self.found, self.out / "serving.png")
        if self.out.resolve() == FOLDER:
            planning.write(self.found)


def train(run: Run, folder: Path) -> None:
    """Train ours anew, and put the figures beside those of the kept training of stock."""
    run.keep(TRAINING, 0, STOCK, asdict(train_stock(folder)))
    say("training: kneewise ...")
    run.keep(TRAINING, 0, OURS, asdict(train_ours()))


def start_anew(run: Run, phases: Sequence[str], starts: dict[str, Start]) -> None:
    """Start every server for every round, and take those phases that need it fresh."""
    for number in range(run.plan.starts if phases else 0):
        for name in turn_about((OURS, STOCK), number):
            with tempfile.TemporaryDirectory(prefix="kneewise-bench-") as made:
                try:
                    with starts[name](Path(made)) as target:
                        for phase in phases:
                            run.measure(phase, number, target)
                except RuntimeError as error:
                    run.fail(str(error))


def keep_up(run: Run, phases: Sequence[str], starts: dict[str, Start]) -> None:
    """Start all servers once, and take the phases in turns."""
    if not phases:
        return
    names = dict.fromkeys(name for phase in phases for name in run.names_in(phase))
    with ExitStack() as stack:
        targets = {}
        for name in names:
            made = stack.enter_context(tempfile.TemporaryDirectory(prefix="kneewise-bench-"))
            targets[name] = stack.enter_context(starts[name](Path(made)))
        serving_phases.warm_up(list(targets.values()), run.plan, run.corpus)
        for phase in phases:
            for number in range(run.rounds(phase)):
                at = run.corpus.at
                for name in turn_about(run.names_in(phase), number):
                    run.corpus.at = at  # the same texts for all
                    run.measure(phase, number, targets[name])


def turn_about(names: Sequence[str], number: int) -> list[str]:
    """The names, in the other order every other round: who is first changes."""
    return list(names) if number % 2 == 0 else list(names)[::-1]


def now() -> str:
    """The time in UTC, to the second."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def say(text: str) -> None:
    """Tell whoever waits how far it is."""
    sys.stderr.write(text + "\n")
