"""Write the results as a page of tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from benchmarks.measure import MOST_LOST, mcnemar
from benchmarks.pipelines import OURS, TITLES
from benchmarks.results import Results, Row

NONE = "–"
OUTDATED = " *"
HEAD = """# How well messages are understood

Written by `make bench-understanding` into this file, `understanding.json` and `understanding.png`.
Every pipeline is trained and measured in processes of its own, with one thread.
"""
NOTES = f"""
- **Accuracy**: the best in-scope intent is the right one. **As deployed**: with the threshold of
  the pipeline's own FallbackClassifier and the out_of_scope intent at work.
- **OOS recall**: how many of the out-of-scope messages are rejected when the threshold on the
  confidence of the best in-scope intent loses at most {MOST_LOST:.0%} of the in-scope ones. It is
  read off the test set, alike for each row. What the out_of_scope intent wins is rejected at any
  threshold; "loses" says what is lost in all.
- **ms** is CPU time of `Agent.parse_message` after a warm-up, median / 95th percentile;
  **training** is wall / CPU seconds of the process, loading of Rasa included; **model** is the
  archive, without the folders in `assets/`; **memory** is the peak of the parsing process after
  it loaded.
- **kneewise** here is the general part of config.yml: no clauses, no topics, no safety gate.
  **stock** is what `rasa init` gives, with its default settings; its training is not seeded.
"""
INTENTS = (
    "set",
    "pipeline",
    "intents / examples",
    "messages / OOS",
    "accuracy %",
    "as deployed %",
    "OOS recall %",
    "loses %",
    "OOS rejected as deployed %",
    "ms",
    "training s",
    "model MB",
    "memory MB",
    "date",
)
CHECKS = {
    "topic_right": "the topic asked comes first",
    "topics_all": "all topics asked are heard",
    "refused": "out of scope is refused",
    "intent_right": "small talk and answers are heard",
    "location_right": "the place of the pain is heard",
    "warned": "danger is warned of",
    "acted": "danger is warned of or asked about",
    "calm": "no alarm where there is no danger",
    "coach_right": "what is asked of the coach is heard",
    "kept_out": "what is only near it is not taken for it",
}


def page(results: Results) -> str:
    """The whole page."""
    parts = [HEAD, _runs(results), "## Intents\n", _intents(results), _not_run(results)]
    parts += [NOTES.strip() + "\n", "## Paired with kneewise\n", _paired(results)]
    if results.whole:
        parts += ["## The whole assistant on tests/unseen\n", _whole(results.whole)]
    return "\n".join(part for part in parts if part)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; what could break a cell is escaped."""
    lines = [head, ["---"] * len(head), *rows]
    cells = [[str(cell).replace("|", "\\|").replace("\n", " ") for cell in line] for line in lines]
    return "".join("| " + " | ".join(line) + " |\n" for line in cells)


def percent(value: float | None) -> str:
    """A share in percent, or a dash."""
    return NONE if value is None else f"{100 * value:.1f}"


def _runs(results: Results) -> str:
    lines = []
    for date, run in sorted(results.runs.items()):
        versions = ", ".join(f"{name} {number}" for name, number in run["versions"].items())
        where = f"{run['cpu']}, {run['cores']} cores, {run['system']}"
        lines.append(f"- {date}: {where}; Python {run['python']}, {versions}\n")
    return "".join(lines)


def _intents(results: Results) -> str:
    lines = [_intent_row(row, results) for row in _sorted(results.rows)]
    return table(INTENTS, lines) + _outdated(results)


def _intent_row(row: Row, results: Results) -> list[str]:
    return [
        row.set,
        TITLES[row.pipeline],
        f"{row.intents} / {row.examples}",
        f"{row.messages} / {row.outside}",
        percent(row.accuracy),
        percent(row.accuracy_deployed),
        percent(row.oos_recall),
        percent(row.oos_lost),
        percent(row.oos_deployed),
        f"{row.cpu_ms_p50:.1f} / {row.cpu_ms_p95:.1f}",
        f"{row.train_wall_s:.0f} / {row.train_cpu_s:.0f}",
        f"{row.model_mb:.1f}",
        f"{row.rss_mb:.0f}",
        row.date[:10] + (OUTDATED if row.key in results.outdated else ""),
    ]


def _sorted(rows: Iterable[Row]) -> list[Row]:
    """By set, the pipelines in the order of their definition."""
    order = list(TITLES)
    return sorted(rows, key=lambda row: (row.set, order.index(row.pipeline)))


def _outdated(results: Results) -> str:
    if not results.outdated:
        return ""
    return "\n\\* from other data, settings or code than those of today, or these are not at hand\n"


def _not_run(results: Results) -> str:
    if not results.not_run:
        return ""
    said = [f"{TITLES[name]} on {of} ({why})" for of, name, why in sorted(results.not_run)]
    return "Not run: " + "; ".join(said) + ".\n"


def _paired(results: Results) -> str:
    head = ["set", "pipeline", "what", "only kneewise right", "only this right", "McNemar p"]
    lines = []
    for row in _sorted(results.rows):
        ours = results.row((row.set, OURS))
        if ours is None or row.pipeline == OURS or ours.data != row.data:
            continue
        for what, first, second in (
            ("accuracy", ours.right, row.right),
            ("as deployed", ours.right_deployed, row.right_deployed),
            ("OOS recall", ours.rejected, row.rejected),
        ):
            if not first:
                continue
            pair = mcnemar([c == "1" for c in first], [c == "1" for c in second])
            p = "< 0.0001" if pair.p < 0.0001 else f"{pair.p:.4f}"  # noqa: PLR2004 - four places
            one, other = pair.only_first, pair.only_second
            lines.append([row.set, TITLES[row.pipeline], what, one, other, p])
    return table(head, lines) if lines else "Nothing to pair yet.\n"


def _whole(whole: dict[str, Any]) -> str:
    shares = whole["shares"]
    head = ["", *shares]
    checks = table(
        head,
        [
            [CHECKS.get(check, check), *(_share(group[check]) for group in shares.values())]
            for check in shares["all"]
        ],
    )
    lengths = table(
        ["words", "messages", "made by joining", "ms, median / 95th percentile"],
        [
            [words, of["messages"], of["made"], f"{of['cpu_ms_p50']:.1f} / {of['cpu_ms_p95']:.1f}"]
            for words, of in whole["by_length"].items()
        ],
    )
    spent = f"{whole['cpu_ms_p50']:.1f} / {whole['cpu_ms_p95']:.1f} ms CPU time a message"
    size = f"model {whole['model_mb']:.1f} MB, {whole['rss_mb']:.0f} MB of memory"
    what = f"{whole['messages']} messages, {whole['date'][:10]}, {whole['model']}"
    stale = ", not of today's data and code" if whole.get("outdated") else ""
    return f"{what}{stale}: {spent}; {size}.\n\n{checks}\n{lengths}"


def _share(counts: Sequence[int]) -> str:
    passed, total = counts
    return f"{100 * passed / total:.1f} % ({passed}/{total})" if total else NONE
