"""Draw the figures of the servers: six small charts, Kneewise beside stock."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.plot import COLOURS
from benchmarks.serving_results import Round, Serving, spread
from benchmarks.serving_systems import OURS, STOCK, STOCK_SQLITE

SYSTEMS = dict(zip((OURS, STOCK, STOCK_SQLITE), COLOURS, strict=True))
BARS = (
    ("messages", "cpu_ms", "CPU a message, ms"),
    ("boot", "wall_s", "start to first answer, s"),
    ("memory", "rss_mb", "memory (RSS), MB"),
)
LINES = (
    ("crowds", "rps", "answers a second", "clients"),
    ("crowds", "p95_ms", "latency p95, ms", "clients"),
    ("growth", "cpu_ms", "CPU a message, ms", "turn of the conversation"),
)


def draw(found: Serving, file: Path) -> None:
    """Write the charts as a PNG."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of what matplotlib calls
        _draw(found, file)


def _draw(found: Serving, file: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(2, 3, figsize=(11, 6.5))
    for place, (phase, name, title) in zip(axes[0], BARS, strict=True):
        _bars(place, found.rounds(phase), name)
        place.set_title(title, fontsize=10)
    for place, (phase, name, title, of) in zip(axes[1], LINES, strict=True):
        _lines(place, found.rounds(phase), name)
        place.set_title(title, fontsize=10)
        place.set_xlabel(of)
    for place in axes.flat:
        if not place.has_data():
            place.text(0.5, 0.5, "not measured", ha="center", color="#666666")
        place.spines[["top", "right"]].set_visible(False)
    handles = [plt.Line2D([], [], color=c, marker="s", ls="") for c in SYSTEMS.values()]
    figure.legend(handles, list(SYSTEMS), ncol=len(SYSTEMS), loc="upper center", frameon=False)
    figure.tight_layout(rect=(0, 0, 1, 0.95))
    figure.savefig(file, dpi=120, metadata={"Software": None})
    plt.close(figure)


def _bars(axes: Any, rounds: Sequence[Round], name: str) -> None:
    """A bar for each system, with the lowest and highest round."""
    for place, (system, colour) in enumerate(SYSTEMS.items()):
        value = spread(rounds, system, name)
        if value is None:
            continue
        ends = [[value.median - value.low], [value.high - value.median]]
        drawn = axes.bar([place], [value.median], 0.6, color=colour, yerr=ends, ecolor="#444444")
        axes.bar_label(drawn, fmt="%.4g", label_type="center", fontsize=9)
    axes.set_xticks([])


def _lines(axes: Any, rounds: Sequence[Round], name: str) -> None:
    """A line for each system over the sizes measured; both scales grow by factors."""
    names = {n for row in rounds for figures in row.values() for n in figures}
    sizes = sorted({int(n.partition("@")[2]) for n in names if n.startswith(f"{name}@")})
    for system, colour in SYSTEMS.items():
        found = [(size, spread(rounds, system, f"{name}@{size}")) for size in sizes]
        there = [(size, value) for size, value in found if value]
        if not there:
            continue
        at = [size for size, _ in there]
        axes.plot(at, [value.median for _, value in there], marker="o", color=colour)
        low, high = [v.low for _, v in there], [v.high for _, v in there]
        axes.fill_between(at, low, high, color=colour, alpha=0.25, linewidth=0)
    if sizes:
        from matplotlib.ticker import LogLocator, ScalarFormatter

        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xticks(sizes, [str(size) for size in sizes])
        axes.minorticks_off()
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter(ScalarFormatter())
