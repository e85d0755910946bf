import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from kneewise import encoder_build as build
from kneewise import encoder_graph as graph
from kneewise.cli import ROOT
from kneewise.encoder_graph import read_safetensors
from kneewise.nlu import encoder
from kneewise.nlu.encoder import FOLDER


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "weights").mkdir()
    monkeypatch.setenv(build.SETTING, str(tmp_path / "weights"))
    return tmp_path / "weights"


@pytest.fixture
def small(folder, monkeypatch):
    """A stand-in whose hashes are the expected ones."""
    content = {name: name.encode() for name in build.EXPECTED}
    for name, data in content.items():
        (folder / name).write_bytes(data)
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in content.items()}
    monkeypatch.setattr(build, "EXPECTED", hashes)
    monkeypatch.setattr(build, "write_model", lambda weights, path: path.write_bytes(weights))


def test_what_stands_in_assets_is_what_this_code_makes():
    assert build.is_current(FOLDER)


@pytest.mark.parametrize("name", list(build.EXPECTED))
def test_other_weights_are_refused_and_nothing_is_left(folder, tmp_path, small, name):
    (folder / name).write_bytes(b"another")
    with pytest.raises(build.WrongWeights, match="SHA-256"):
        build.build_encoder(tmp_path)
    assert not (tmp_path / "assets").exists()


def test_missing_weights_are_named(folder, tmp_path):
    with pytest.raises(build.WrongWeights, match=r"tokenizer\.json"):
        build.build_encoder(tmp_path)


def test_a_missing_package_says_what_to_do(monkeypatch):
    monkeypatch.delenv(build.SETTING, raising=False)
    monkeypatch.setattr(build, "PACKAGE", "no_such_package_of_weights")
    with pytest.raises(build.WrongWeights, match=build.SETTING):
        build.source()


def test_it_is_written_once(folder, tmp_path, small):
    target = build.build_encoder(tmp_path)
    assert json.loads((target / "encoder.json").read_text())["inputs"] == build.inputs()
    for name in build.EXPECTED:
        (folder / name).unlink()
    assert build.build_encoder(tmp_path) == target


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "encoder.json"])
def test_a_spoilt_one_is_written_anew(tmp_path, small, name):
    target = build.build_encoder(tmp_path)
    before = (target / name).read_bytes()
    (target / name).write_bytes(b"half")
    build.build_encoder(tmp_path)
    assert (target / name).read_bytes() == before


def test_an_interrupted_build_leaves_the_old_one(tmp_path, small, monkeypatch):
    target = build.build_encoder(tmp_path)
    monkeypatch.setattr(build, "inputs", lambda: "changed")

    def fail(weights, path):
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(build, "write_model", fail)
    with pytest.raises(KeyboardInterrupt):
        build.build_encoder(tmp_path)
    assert (target / "model.onnx").read_bytes() == b"model.safetensors"


def test_safetensors_are_read_without_their_library():
    numbers = np.arange(6, dtype="<f4").reshape(2, 3)
    header = {
        "__metadata__": {"format": "pt"},
        "a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
        "ids": {"dtype": "I64", "shape": [1], "data_offsets": [24, 32]},
    }
    text = json.dumps(header).encode()
    data = len(text).to_bytes(8, "little") + text + numbers.tobytes() + bytes(8)
    read = read_safetensors(data)
    assert list(read) == ["a"]
    assert np.array_equal(read["a"], numbers)


def test_the_same_weights_give_the_same_bytes(tmp_path, monkeypatch):
    monkeypatch.delenv(build.SETTING, raising=False)
    weights = build.checked(build.source(), build.WEIGHTS)
    build.write_model(weights, tmp_path / "model.onnx")
    assert (tmp_path / "model.onnx").read_bytes() == (FOLDER / "model.onnx").read_bytes()
    assert ROOT in FOLDER.parents


@pytest.mark.parametrize("name", ["encoder_build.py", "encoder_graph.py"])
def test_other_code_makes_it_out_of_date(name, monkeypatch):
    before, read = build.inputs(), Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda p: read(p) + b"#" * (p.name == name))
    assert build.inputs() != before


# --- the graph ---


@pytest.fixture(scope="module")
def unrounded():
    """The graph as it is before its weights are rounded to 8 bits."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(build.SETTING, raising=False)
        weights = read_safetensors(build.checked(build.source(), build.WEIGHTS))
    return onnxruntime.InferenceSession(graph.make(weights).SerializeToString())


ROW = [[101, 3256, 102], [101, 2026, 6181, 13403, 102], [101, 102], [101, 3256, 102]]
"""The tokens of four texts, the last one like the first."""


def test_no_text_of_a_row_sees_another(unrounded):
    together = encoder._run(unrounded, ROW)
    alone = np.concatenate([encoder._run(unrounded, [tokens]) for tokens in ROW])
    assert together == pytest.approx(alone, abs=1e-5)
    assert together[0] == pytest.approx(together[3], abs=1e-5)


def test_all_vectors_have_length_one(unrounded):
    vectors = encoder._run(unrounded, ROW)
    assert vectors.shape == (4, 4, graph.WIDTH)
    assert np.linalg.norm(vectors, axis=2) == pytest.approx(np.ones((4, 4)), abs=1e-5)


def test_the_order_of_words_counts_after_the_word_vectors(unrounded):
    one, other = (encoder._run(unrounded, [[101, *words, 102]])[0] for words in ([5, 9], [9, 5]))
    assert np.abs(one[0] - other[0]).max() > 1e-3


def test_rounding_moves_a_vector_little(unrounded):
    rounded = onnxruntime.InferenceSession(FOLDER / "model.onnx")
    for tokens in ROW:
        both = encoder._run(unrounded, [tokens])[0], encoder._run(rounded, [tokens])[0]
        assert (both[0] * both[1]).sum(axis=1).min() > 0.95


def test_graph_and_encoder_agree_on_their_sizes():
    assert (graph.WIDTH, graph.MAX_TOKENS) == (encoder.WIDTH, encoder.MAX_TOKENS)
    model = onnx.load(FOLDER / "model.onnx")
    assert [given.name for given in model.graph.input] == ["ids", "place", "text_of", "share"]
    assert [made.name for made in model.graph.output] == ["vectors"]


def test_the_places_keep_all_their_bits():
    stored = {item.name: item for item in onnx.load(FOLDER / "model.onnx").graph.initializer}
    assert stored["places"].data_type == onnx.TensorProto.FLOAT
    assert stored["words_quantized"].data_type != onnx.TensorProto.FLOAT
