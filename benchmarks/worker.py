"""One step in a process of its own: `python -m benchmarks.worker train|parse|assistant FOLDER`.

The folder holds what the step reads, and gets STEP.json with what it found.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
import warnings
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.datasets import ROOT, read_examples, texts_of
from benchmarks.measure import heard, percentiles

WARM_UP = 40
MB = 1e6


def warm_up(nlu: Path) -> list[str]:
    """Texts to parse before the clock runs: examples, as a message parsed before may be kept."""
    return texts_of(read_examples(nlu))[:WARM_UP]


def train(folder: Path) -> dict[str, Any]:
    """Train model.tar.gz on config.yml and nlu.yml.

    Raises:
        RuntimeError: Rasa could not train; its own messages say why.
    """
    from rasa.model_training import train_nlu

    model = train_nlu(
        config=str(folder / "config.yml"),
        nlu_data=str(folder / "nlu.yml"),
        output=str(folder),
        fixed_model_name="model",
    )
    if not model:
        raise RuntimeError("Rasa made no model")
    return {"cpu_s": time.process_time(), "model_mb": Path(model).stat().st_size / MB}


def parse(folder: Path) -> dict[str, Any]:
    """Parse the texts of texts.json with model.tar.gz."""
    from rasa.core.agent import Agent

    agent = Agent.load(str(folder / "model.tar.gz"))
    peak = peak_mb()
    loop = asyncio.new_event_loop()
    texts = json.loads((folder / "texts.json").read_text("utf-8"))
    for text in warm_up(folder / "nlu.yml"):
        loop.run_until_complete(agent.parse_message(text))
    found, spent = [], []
    for text in texts:
        start = time.process_time()
        parsed = loop.run_until_complete(agent.parse_message(text))
        spent.append(1000 * (time.process_time() - start))
        found.append(asdict(heard(parsed)))
    p50, p95 = percentiles(spent)
    return {"heard": found, "cpu_ms_p50": p50, "cpu_ms_p95": p95, "rss_mb": peak}


def assistant(_: Path) -> dict[str, Any]:
    """Ask the trained assistant of models/ all unseen messages."""
    from benchmarks import unseen, whole
    from benchmarks.model import current_model
    from kneewise import knowledge
    from kneewise.testing import Assistant

    model = current_model()
    loaded = Assistant.load(model)
    peak = peak_mb()
    for text in warm_up(ROOT / "data" / "nlu.yml"):
        loaded.parse(text)
    found = whole.figures(loaded, unseen.load(), knowledge.load())
    size = model.stat().st_size / MB
    return {"model": model.name, "model_mb": size, "rss_mb": peak, **found}


def peak_mb() -> float:
    """The most memory that this process has held so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / MB if sys.platform == "darwin" else peak * 1024 / MB


STEPS = {"train": train, "parse": parse, "assistant": assistant}


def main() -> None:
    """Take the step that is named, in the folder that is named."""
    import sanic  # noqa: F401 - it switches deprecation warnings on, so it is imported before

    warnings.simplefilter("ignore")
    step, folder = sys.argv[1], Path(sys.argv[2])
    found = STEPS[step](folder)
    (folder / f"{step}.json").write_text(json.dumps(found), "utf-8")


if __name__ == "__main__":
    main()
