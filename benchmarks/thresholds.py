"""Choose the thresholds of config.yml from the training data alone, and draw their curves.

Every training text is judged by a fit that has not seen it (leave-one-out, in closed form), so
no test message has a part in the choice. `make thresholds` writes `docs/thresholds.png`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import yaml

from benchmarks.datasets import read_examples, texts_of
from kneewise.nlu import encoder
from kneewise.nlu.intent import confidence
from kneewise.nlu.meaning import DangerMeaning
from kneewise.nlu.regression import LeftOut, Settings, fit
from kneewise.symptoms.phrasings import NOTHING, STATUS

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "thresholds.png"
OUTSIDE, ASK = "out_of_scope", "ask_"
STEPS = np.arange(0.0, 0.96, 0.01)
MAY_LOSE = 0.02
"""The share of topics understood rightly that a threshold may turn into "I'm not sure"."""

Floats = npt.NDArray[np.float64]


class Curve(NamedTuple):
    """Shares at each threshold of `STEPS`."""

    right: Floats
    wrong: Floats
    accepted: Floats


def left_out(texts: Sequence[str], labels: Sequence[str]) -> LeftOut:
    """What each text is taken for by a fit without it."""
    states = encoder.shared().states(texts)
    return fit(states.reshape(len(texts), -1), texts, labels, Settings())[1]


def intents() -> LeftOut:
    """The examples of data/nlu.yml, left out one by one."""
    examples = read_examples(ROOT / "data" / "nlu.yml")
    pairs = [(text, str(item["intent"])) for item in examples for text in texts_of([item])]
    return left_out([text for text, _ in pairs], [label for _, label in pairs])


def signs() -> LeftOut:
    """The phrasings of danger signs, left out one by one."""
    said = list(DangerMeaning({}, None, None).said())
    return left_out([text for text, _ in said], [label for _, label in said])


def topic_curve(found: LeftOut) -> Curve:
    """Topics understood rightly and wrongly, and out-of-scope messages taken for something else."""
    trusted = confidence(found.probabilities, found.nearest)
    best = trusted.argmax(axis=1)
    labels = np.array(found.labels)
    outside = labels[found.label_of] == OUTSIDE
    topic = np.char.startswith(labels[found.label_of], ASK)
    passes = (trusted.max(axis=1)[:, None] >= STEPS) & (labels[best] != OUTSIDE)[:, None]
    right = (best == found.label_of)[:, None] & passes
    return Curve(
        right[topic].mean(axis=0),
        (passes & ~right)[topic].mean(axis=0),
        passes[outside].mean(axis=0),
    )


def sign_curve(found: LeftOut) -> Curve:
    """Present signs heard, and other phrasings heard as present; each by the sum of all signs."""
    labels = np.array(found.labels)
    sign = (labels != NOTHING) & ~np.char.startswith(labels, STATUS)
    present = found.probabilities[:, sign].sum(axis=1)
    there = sign[found.label_of]
    plain = labels[found.label_of] == NOTHING
    passes = present[:, None] >= STEPS
    return Curve(
        passes[there].mean(axis=0),
        passes[~there & ~plain].mean(axis=0),
        passes[plain].mean(axis=0),
    )


def chosen(curve: Curve) -> float:
    """The highest threshold that loses no more than `MAY_LOSE` of what is right without one."""
    kept = curve.right >= curve.right[0] * (1 - MAY_LOSE)
    return float(STEPS[kept].max())


def settings() -> dict[str, Any]:
    """What config.yml sets for each component of the pipeline, by the component's name."""
    pipeline = yaml.safe_load((ROOT / "config.yml").read_text("utf-8"))["pipeline"]
    return {part["name"].rsplit(".", 1)[-1]: part for part in pipeline}


def draw(topics: Curve, dangers: Curve, path: Path) -> None:
    """Draw both curves with the thresholds in use."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    used = settings()
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.2), sharey=True)
    left.plot(STEPS, topics.right, label="topics right", color="#1b6e53")
    left.plot(STEPS, topics.wrong, label="topics wrong", color="#b3541e", linestyle="--")
    left.plot(STEPS, topics.accepted, label="out of scope accepted", color="#555555", linestyle=":")
    left.axvline(used["FallbackClassifier"]["threshold"], color="black", linewidth=0.8)
    left.axvline(used["TopicJoiner"]["threshold"], color="black", linewidth=0.8, linestyle=":")
    left.set(title="Intents: whole message (line), clause (dots)", xlabel="confidence at least")
    right.plot(STEPS, dangers.right, label="present signs heard", color="#1b6e53")
    right.plot(
        STEPS, dangers.wrong, label="denied, past, other people's", color="#b3541e", linestyle="--"
    )
    right.plot(STEPS, dangers.accepted, label="nothing there", color="#555555", linestyle=":")
    right.axvline(used["SymptomFacts"]["warn"], color="black", linewidth=0.8)
    right.axvline(used["SymptomFacts"]["ask"], color="black", linewidth=0.8, linestyle=":")
    right.set(title="Signs: warn (line), ask (dots)", xlabel="probability at least")
    for axes in (left, right):
        axes.set_ylim(0, 1)
        axes.grid(alpha=0.3)
        axes.legend(loc="center left", fontsize=8)
    figure.tight_layout()
    figure.savefig(path, dpi=110, metadata={"Software": None})
    plt.close(figure)


def _line(curve: Curve, threshold: float) -> str:
    at = int(np.searchsorted(STEPS, threshold - 1e-9))
    return f"{threshold:.2f}: {curve.right[at]:.3f} {curve.wrong[at]:.3f} {curve.accepted[at]:.3f}"


def main() -> None:
    """Print the curves at some thresholds and the one that the rule chooses, and draw them."""
    topics, dangers = topic_curve(intents()), sign_curve(signs())
    for name, curve in (("topics", topics), ("signs", dangers)):
        print(name, "threshold: right wrong accepted")
        for threshold in (0.0, 0.2, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 0.8, 0.9):
            print(" ", _line(curve, threshold))
    print(f"whole message: {chosen(topics):.2f}")
    draw(topics, dangers, PICTURE)


if __name__ == "__main__":
    main()
