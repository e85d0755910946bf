"""What a process and all that it started use of the machine, as Linux counts it in /proc."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
MB = 1e6
_KB = 1024


@dataclass(frozen=True)
class Stat:
    """The parent of a process, and the clock ticks that it and its ended children ran."""

    parent: int
    ticks: int


def parse_stat(text: str) -> Stat:
    """Read /proc/PID/stat. The name of the program, in brackets, may hold spaces and brackets."""
    fields = text.rpartition(")")[2].split()
    # Counted from the state, field 3 of the manual: user, system, and both of ended children.
    return Stat(parent=int(fields[1]), ticks=sum(int(field) for field in fields[11:15]))


def parse_kb(text: str, name: str) -> float:
    """The megabytes of a line such as "Pss: 12 kB"; 0 if there is none."""
    for line in text.splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * _KB / MB
    return 0.0


def descendants(roots: Iterable[int], parents: Mapping[int, int]) -> list[int]:
    """The processes and all that they started, given the parent of each."""
    found, left = [], list(roots)
    while left:
        pid = left.pop(0)
        if pid in found or pid not in parents:
            continue
        found.append(pid)
        left += [child for child, parent in parents.items() if parent == pid]
    return found


def stats() -> dict[int, Stat]:
    """Every process that runs; one that ends meanwhile is left out."""
    found = {}
    for path in PROC.glob("[0-9]*/stat"):
        text = _read(path)
        if text:
            found[int(path.parent.name)] = parse_stat(text)
    return found


@dataclass(frozen=True)
class Use:
    """What a tree of processes used: CPU seconds so far, and megabytes of memory now.

    `rss_mb` counts shared pages in each process, `pss_mb` once in all; `processes` is their number.
    """

    cpu_s: float
    rss_mb: float
    pss_mb: float
    processes: int


def cpu_s(roots: Iterable[int]) -> float:
    """CPU seconds of the processes and of all that they started."""
    running = stats()
    tree = descendants(roots, {pid: stat.parent for pid, stat in running.items()})
    return sum(running[pid].ticks for pid in tree) / os.sysconf("SC_CLK_TCK")


def rss_mb(roots: Iterable[int]) -> float:
    """Resident megabytes of the processes and of all that they started."""
    return sum(parse_kb(_read(PROC / str(pid) / "status"), "VmRSS") for pid in _tree(roots))


def use(roots: Iterable[int]) -> Use:
    """All figures of the processes and of all that they started."""
    tree = _tree(roots)
    shares = (_read(PROC / str(pid) / "smaps_rollup") for pid in tree)
    return Use(
        cpu_s=cpu_s(tree),
        rss_mb=rss_mb(tree),
        pss_mb=sum(parse_kb(text, "Pss") for text in shares),
        processes=len(tree),
    )


def _tree(roots: Iterable[int]) -> list[int]:
    return descendants(roots, {pid: stat.parent for pid, stat in stats().items()})


def _read(path: Path) -> str:
    """The text of a file of /proc, empty if the process is gone."""
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
