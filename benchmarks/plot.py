"""Draw the results: accuracy and out-of-scope recall of every set and pipeline."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.measure import interval
from benchmarks.pipelines import TITLES
from benchmarks.results import Results, Row

COLOURS = ("#56A4DB", "#E69F00", "#A8A8A8")  # told apart by the colour-blind and in grey
WIDTH = 0.26


def draw(results: Results, file: Path) -> None:
    """Write the plot as a PNG."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of what matplotlib calls
        _draw(results, file)


def _draw(results: Results, file: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    sets = sorted({row.set for row in results.rows})
    figure, (top, below) = plt.subplots(2, 1, figsize=(3 + 1.4 * len(sets), 6), sharex=True)
    _bars(top, results, sets, "right")
    _bars(below, results, sets, "rejected")
    top.set_ylabel("accuracy, %")
    below.set_ylabel("out-of-scope recall, %\nat 2 % in-scope loss")
    below.set_xticks(range(len(sets)), sets)
    below.set_xlim(-0.6, len(sets) - 0.4)
    handles, labels = top.get_legend_handles_labels()
    figure.legend(handles, labels, ncol=len(labels), loc="upper center", frameon=False)
    figure.tight_layout(rect=(0, 0, 1, 0.95))
    figure.savefig(file, dpi=120, metadata={"Software": None})
    plt.close(figure)


def _bars(axes: Any, results: Results, sets: Sequence[str], what: str) -> None:
    """A bar for each set and pipeline, with its 95 % interval; none where it is not measured."""
    for colour, (name, title) in zip(COLOURS, TITLES.items(), strict=True):
        rows = [row for row in results.rows if row.pipeline == name and getattr(row, what)]
        if not rows:
            continue
        places = [sets.index(row.set) + _shift(row, results) for row in rows]
        heights = [_percent(row, what) for row in rows]
        drawn = axes.bar(places, heights, 0.9 * WIDTH, color=colour, label=title)
        ends = list(zip(*(_whiskers(row, what) for row in rows), strict=True))
        axes.errorbar(places, heights, yerr=ends, fmt="none", ecolor="#444444", elinewidth=1)
        axes.bar_label(drawn, fmt="%.0f", label_type="center", fontsize=9)
    for place, name in enumerate(sets):
        if not any(getattr(row, what) for row in results.rows if row.set == name):
            axes.text(place, 3, "not measured", ha="center", color="#666666", fontsize=9)
    axes.set_ylim(0, 100)
    axes.spines[["top", "right"]].set_visible(False)


def _shift(row: Row, results: Results) -> float:
    """Where the bar stands beside the name of its set: the bars of a set are in its middle."""
    there = [name for name in TITLES if results.row((row.set, name))]
    return WIDTH * (there.index(row.pipeline) - (len(there) - 1) / 2)


def _percent(row: Row, what: str) -> float:
    marks: str = getattr(row, what)
    return 100 * marks.count("1") / len(marks)


def _whiskers(row: Row, what: str) -> tuple[float, float]:
    """How far the interval reaches below and above."""
    marks: str = getattr(row, what)
    low, high = interval(marks.count("1"), len(marks))
    value = _percent(row, what)
    return max(value - 100 * low, 0.0), max(100 * high - value, 0.0)
