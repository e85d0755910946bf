"""The sentence encoder all-MiniLM-L6-v2 as an ONNX graph, written by hand from its weights.

Several short texts go through it side by side in one row of tokens; a token sees only those of
its own text. Token ids in, vectors of length 1 out. PyTorch has no part in it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

Weights = Mapping[str, npt.NDArray[np.float32]]

OPSET, IR_VERSION = 17, 8
WIDTH, HEADS, LAYERS = 384, 12, 6
MAX_TOKENS = 256
TAKEN = (LAYERS, 0, 3, 5)  # the states given out: the last one, the word vectors, two between
_HEAD_WIDTH = WIDTH // HEADS
_NORM_EPSILON = 1e-12
_LENGTH_BYTES = 8
_UNSEEN = -1e4
PLACES = "place.vectors"  # the node that looks up the places: small, and worth all its bits


def read_safetensors(data: bytes) -> dict[str, npt.NDArray[np.float32]]:
    """The float tensors of a safetensors file: a length, a JSON header, the numbers."""
    start = _LENGTH_BYTES + int.from_bytes(data[:_LENGTH_BYTES], "little")
    header = json.loads(data[_LENGTH_BYTES:start])
    tensors = {}
    for name, about in header.items():
        if about.get("dtype") == "F32":
            first, last = about["data_offsets"]
            flat = np.frombuffer(data[start + first : start + last], dtype="<f4")
            tensors[name] = flat.reshape(about["shape"])
    return tensors


class _Graph:
    """Nodes and constants, in the order in which they are added."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, name: str, value: Any) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(self, kind: str, inputs: list[str], name: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [name], name, **attributes))
        return name

    def dense(self, source: str, weight: Any, bias: Any, name: str) -> str:
        """`source` times `weight`, plus `bias`."""
        kernel = self.constant(f"{name}.weight", weight)
        product = self.add("MatMul", [source, kernel], f"{name}.product")
        return self.add("Add", [product, self.constant(f"{name}.bias", bias)], name)

    def norm(self, source: str, weights: Weights, prefix: str, name: str) -> str:
        """Layer normalisation of `source`."""
        scale = self.constant(f"{name}.scale", weights[f"{prefix}.weight"])
        shift = self.constant(f"{name}.shift", weights[f"{prefix}.bias"])
        inputs = [source, scale, shift]
        return self.add("LayerNormalization", inputs, name, axis=-1, epsilon=_NORM_EPSILON)


def _shared(graph: _Graph) -> None:
    """Constants that every layer uses."""
    graph.constant("split.shape", np.array([1, -1, HEADS, _HEAD_WIDTH], np.int64))
    graph.constant("joined.shape", np.array([1, -1, WIDTH], np.int64))
    graph.constant("root.two", np.array(np.sqrt(2.0), np.float32))
    graph.constant("one", np.array(1.0, np.float32))
    graph.constant("half", np.array(0.5, np.float32))
    _mask(graph)


def _mask(graph: _Graph) -> None:
    """What is added to the scores: nothing within a text, a great deal less between two."""
    graph.constant("down", np.array([0], np.int64))
    graph.constant("across", np.array([1], np.int64))
    column = graph.add("Unsqueeze", ["text_of", "across"], "text.column")
    row = graph.add("Unsqueeze", ["text_of", "down"], "text.row")
    same = graph.add("Equal", [column, row], "text.same")
    seen = graph.constant("seen", np.array(0.0, np.float32))
    unseen = graph.constant("unseen", np.array(_UNSEEN, np.float32))
    graph.add("Where", [same, seen, unseen], "mask")


def _embeddings(graph: _Graph, weights: Weights) -> str:
    """Words plus positions; the one kind of segment there is, is added to the positions."""
    kind = weights["embeddings.token_type_embeddings.weight"][0]
    places = weights["embeddings.position_embeddings.weight"][:MAX_TOKENS] + kind
    table = graph.constant("words", weights["embeddings.word_embeddings.weight"])
    words = graph.add("Gather", [table, "ids"], "word.vectors", axis=0)
    here = graph.add("Gather", [graph.constant("places", places), "place"], PLACES, axis=0)
    both = graph.add("Add", [words, here], "embedded.sum")
    return graph.norm(both, weights, "embeddings.LayerNorm", "embedded")


def _attention(graph: _Graph, weights: Weights, prefix: str, source: str) -> str:
    """Self-attention of one layer; the scale of the scores is folded into the queries."""
    parts = {}
    for part, last, scale in (
        ("query", [0, 2, 1, 3], _HEAD_WIDTH**-0.5),
        ("key", [0, 2, 3, 1], 1.0),
        ("value", [0, 2, 1, 3], 1.0),
    ):
        kernel = weights[f"{prefix}.self.{part}.weight"].T * np.float32(scale)
        bias = weights[f"{prefix}.self.{part}.bias"] * np.float32(scale)
        name = f"{prefix}.{part}"
        flat = graph.dense(source, kernel, bias, name)
        heads = graph.add("Reshape", [flat, "split.shape"], f"{name}.heads")
        parts[part] = graph.add("Transpose", [heads], f"{name}.turned", perm=last)
    scores = graph.add("MatMul", [parts["query"], parts["key"]], f"{prefix}.scores")
    masked = graph.add("Add", [scores, "mask"], f"{prefix}.masked")
    shares = graph.add("Softmax", [masked], f"{prefix}.shares", axis=-1)
    mixed = graph.add("MatMul", [shares, parts["value"]], f"{prefix}.mixed")
    turned = graph.add("Transpose", [mixed], f"{prefix}.turned", perm=[0, 2, 1, 3])
    joined = graph.add("Reshape", [turned, "joined.shape"], f"{prefix}.joined")
    return _output(graph, weights, f"{prefix}.output", joined, source)


def _output(graph: _Graph, weights: Weights, prefix: str, source: str, before: str) -> str:
    """A dense layer, what went in added, and the normalisation."""
    kernel, bias = weights[f"{prefix}.dense.weight"].T, weights[f"{prefix}.dense.bias"]
    dense = graph.dense(source, kernel, bias, f"{prefix}.dense")
    both = graph.add("Add", [dense, before], f"{prefix}.sum")
    return graph.norm(both, weights, f"{prefix}.LayerNorm", f"{prefix}.normed")


def _layer(graph: _Graph, weights: Weights, prefix: str, source: str) -> str:
    """One layer: attention, then the feed-forward part with its exact GELU."""
    seen = _attention(graph, weights, f"{prefix}.attention", source)
    kernel = weights[f"{prefix}.intermediate.dense.weight"].T
    wide = graph.dense(seen, kernel, weights[f"{prefix}.intermediate.dense.bias"], f"{prefix}.wide")
    scaled = graph.add("Div", [wide, "root.two"], f"{prefix}.scaled")
    curve = graph.add("Erf", [scaled], f"{prefix}.erf")
    raised = graph.add("Add", [curve, "one"], f"{prefix}.raised")
    bent = graph.add("Mul", [wide, raised], f"{prefix}.bent")
    gelu = graph.add("Mul", [bent, "half"], f"{prefix}.gelu")
    return _output(graph, weights, f"{prefix}.output", gelu, seen)


def _mean(graph: _Graph, state: str, name: str) -> str:
    """The mean of a state over the tokens of each text, of length 1."""
    mean = graph.add("MatMul", ["share", state], f"{name}.mean")
    return graph.add("LpNormalization", [mean], name, axis=-1, p=2)


def make(weights: Weights) -> onnx.ModelProto:
    """The model whose output `vectors` [4, texts, 384] are means over the tokens, of length 1.

    The first is the sentence vector; then the word vectors and layers 3 and 5, which know
    spelling and topic words better. Inputs: `ids` [1, n], the tokens of all texts; `place` [n],
    the place of each in its text; `text_of` [n], which text it belongs to; `share` [texts, n],
    one divided by the number of tokens where they belong together, else zero.
    """
    graph = _Graph()
    _shared(graph)
    states = [_embeddings(graph, weights)]
    for number in range(LAYERS):
        states.append(_layer(graph, weights, f"encoder.layer.{number}", states[-1]))
    means = [_mean(graph, states[at], f"vector.{at}") for at in TAKEN]
    graph.add("Concat", means, "vectors", axis=0)
    inputs = [
        helper.make_tensor_value_info("ids", TensorProto.INT64, [1, "n"]),
        helper.make_tensor_value_info("place", TensorProto.INT64, ["n"]),
        helper.make_tensor_value_info("text_of", TensorProto.INT64, ["n"]),
        helper.make_tensor_value_info("share", TensorProto.FLOAT, ["texts", "n"]),
    ]
    out = helper.make_tensor_value_info("vectors", TensorProto.FLOAT, [len(TAKEN), "texts", WIDTH])
    body = helper.make_graph(graph.nodes, "encoder", inputs, [out], graph.constants)
    opset = [helper.make_opsetid("", OPSET)]
    model = helper.make_model(
        body, opset_imports=opset, ir_version=IR_VERSION, producer_name="kneewise"
    )
    # The quantiser asks for its own preparation unless told that there is nothing to prepare.
    helper.set_model_props(model, {"onnx.quant.pre_process": "onnxruntime.quant"})
    onnx.checker.check_model(model)
    return model
