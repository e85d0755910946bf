"""Does the worst to a fleet, and shows that nothing is lost and nothing doubled.

`python -m benchmarks.chaos` runs all cases and writes `benchmarks/results/chaos.md`; with names it
runs these, and puts their lines in place of those that are there. `soak 30` as its arguments has
people talk for 30 minutes, and writes `benchmarks/results/soak.md`. The exit code is 1 if something
was lost, doubled or wrong.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import chaos_clock, chaos_soak, chaos_telegram, chaos_web
from benchmarks.chaos_disk import disk_full
from benchmarks.chaos_fleet import Chaos, chaos, logs_looked_through
from benchmarks.chaos_hostile import hostile_input
from benchmarks.chaos_outcome import ROOT, Outcome, table
from benchmarks.chaos_schema import schema

RESULTS = ROOT / "benchmarks" / "results"
PEOPLE = 200
WRITERS = 60
MINUTES = 30.0
ON_A_FLEET = {**chaos_web.CASES, **chaos_clock.CASES, **chaos_telegram.CASES}
ALONE: dict[str, Callable[[Path], Outcome]] = {
    "disk_full": disk_full,
    "schema": schema,
    "hostile_input": hostile_input,
}
HEAD = """# What happens to a fleet when the worst does

Written by `make chaos`: three Kneewise processes behind nginx, with PostgreSQL and Redis, all of
them real, on {cores} cores that do other work too. Visitors of the web chat hold conversations of
six messages, and send a message again, with its id, when its answer breaks off, as the widget does.
What is stored is compared with what was said, and each answer with that of an undisturbed run.
*Told that it failed*: an answer ended with an apology, so the visitor said it again. *Well again*:
from what happened to the end of the last answer that took more than two seconds. An answer that is
under way to Telegram when its sender is killed comes twice, as Telegram cannot tell that it is the
same: the notes say how many.

"""


def run(names: Sequence[str]) -> list[Outcome]:
    """What comes of these cases, in this order; those of a fleet on the same one."""
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        on_a_fleet = [name for name in names if name in ON_A_FLEET]
        if on_a_fleet:
            (folder / "fleet").mkdir()
            with chaos(folder / "fleet") as found:
                outcomes += [_tried(name, found) for name in on_a_fleet]
                outcomes.append(logs_looked_through(found))
        for name in names:
            if name in ALONE:
                (folder / name).mkdir()
                outcomes.append(ALONE[name](folder / name))
                _show(outcomes[-1])
    return outcomes


def _tried(name: str, found: Chaos) -> Outcome:
    people = WRITERS if name in chaos_telegram.CASES else PEOPLE
    outcome = ON_A_FLEET[name](found, people)
    _show(outcome)
    return outcome


def _show(outcome: Outcome) -> None:
    sys.stdout.write(f"{'right' if outcome.right else 'WRONG'}: {' | '.join(outcome.row())}\n")
    sys.stdout.flush()


def merged(known: str, outcomes: Sequence[Outcome]) -> str:
    """The table, with the lines of a known one that are about something else."""
    head, rule, *new = table(outcomes).splitlines()
    mine = {line.split(" | ")[0]: line for line in new}
    lines = [line for line in known.splitlines() if line.startswith("| ")][2:]
    kept = [mine.pop(line.split(" | ")[0], line) for line in lines]
    return "".join(f"{line}\n" for line in (head, rule, *kept, *mine.values()))


def _soak(minutes: float) -> int:
    with tempfile.TemporaryDirectory() as folder, chaos(Path(folder), chaos_soak.SIZE) as found:
        flat = chaos_soak.soak(found, minutes, RESULTS / "soak.md")
    sys.stdout.write((RESULTS / "soak.md").read_text("utf-8"))
    return 0 if flat else 1


def main(arguments: Sequence[str]) -> int:
    """Run what is asked for; 1 if something was lost, doubled or wrong."""
    if arguments[:1] == ["soak"]:
        return _soak(float(arguments[1]) if arguments[1:] else MINUTES)
    everything = [*ON_A_FLEET, *ALONE]
    if unknown := set(arguments) - set(everything):
        sys.stderr.write(f"No case is named {', '.join(unknown)}: {', '.join(everything)}, soak.\n")
        return 2
    outcomes = run(arguments or everything)
    sys.stdout.write(table(outcomes))
    file = RESULTS / "chaos.md"
    known = file.read_text("utf-8") if arguments and file.exists() else ""
    file.write_text(HEAD.format(cores=os.cpu_count()) + merged(known, outcomes), "utf-8")
    return 0 if all(outcome.right for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
