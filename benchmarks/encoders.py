"""8-bit against 32-bit weights of the sentence encoder: right answers, and time.

`python -m benchmarks.encoders` fits the intent regression on the vectors of each and asks it
about the single questions and the out-of-scope messages of tests/unseen.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx

from benchmarks import datasets
from benchmarks.datasets import KNEE, OUT_OF_SCOPE, texts_of
from kneewise import encoder_build
from kneewise.encoder_graph import make, read_safetensors
from kneewise.nlu import grams
from kneewise.nlu.encoder import CARD, FOLDER, MODEL, TOKENIZER, Encoder
from kneewise.nlu.regression import Regression, Settings, fit

Vectors = npt.NDArray[np.float32]


def full_width(folder: Path) -> Encoder:
    """The encoder with the weights as they were published, written to a folder."""
    weights = encoder_build.checked(encoder_build.source(), encoder_build.WEIGHTS)
    onnx.save(make(read_safetensors(weights)), folder / MODEL)
    for name in (TOKENIZER, CARD):
        (folder / name).write_bytes((FOLDER / name).read_bytes())
    return Encoder(folder)


def encode(encoder: Encoder, texts: Sequence[str]) -> tuple[Vectors, list[float]]:
    """[texts, 4 * 384] the vectors of texts, and the CPU milliseconds each took."""
    encoder.states(["warm up"])
    found, spent = [], []
    for text in texts:
        start = time.process_time()
        found.append(encoder.states([text]).reshape(-1))
        spent.append(1000 * (time.process_time() - start))
    return np.stack(found), spent


def main() -> None:
    """Print a line for each."""
    knee = datasets.load(KNEE, None)
    pairs = [(text, str(item["intent"])) for item in knee.examples for text in texts_of([item])]
    texts, labels = [text for text, _ in pairs], [label for _, label in pairs]
    tests = knee.texts
    wanted = np.array([intent for _, intent in knee.test] + [OUT_OF_SCOPE] * len(knee.outside))
    outside = wanted == OUT_OF_SCOPE
    with tempfile.TemporaryDirectory(prefix="kneewise-bench-") as made:
        for name, encoder in (("8 bits", Encoder()), ("32 bits", full_width(Path(made)))):
            states, spent = encode(encoder, texts)
            weights, left_out = fit(states, texts, labels, Settings())
            probabilities, _ = Regression(weights).judge(
                encode(encoder, tests)[0], [grams.count(text) for text in tests]
            )
            heard = np.array(left_out.labels)[probabilities.argmax(axis=1)]
            right = heard == wanted
            seen = left_out.probabilities.argmax(axis=1) == left_out.label_of
            print(
                f"{name}: topics {right[~outside].mean():.3f} of {(~outside).sum()},"
                f" out of scope {right[outside].mean():.3f} of {outside.sum()},"
                f" left-out examples {seen.mean():.3f} of {len(seen)},"
                f" CPU p50 {np.percentile(spent, 50):.2f} ms, p95 {np.percentile(spent, 95):.2f} ms"
            )


if __name__ == "__main__":
    main()
