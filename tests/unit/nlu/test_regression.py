"""The fit, what it says of texts it has not seen, and how sure it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kneewise.nlu import encoder
from kneewise.nlu.grams import count
from kneewise.nlu.regression import (
    _SHARPEST,
    WIDTH,
    Regression,
    Settings,
    Weights,
    _held_back,
    _solve,
    fit,
)

WORDS = ("ice", "shoe", "run", "knee", "pain", "stairs")
DEPTH = 12  # the made-up vectors lie in so many dimensions, which fewer texts span too
PLAIN = replace(Settings(), inner=0.0, balance=0.0)
"""Settings under which a fit without one text has the same kernel as the fit with it."""

SAID = {
    "ask_ice": ["should i ice it", "is ice any good", "cold pack on the knee", "ice after a run"],
    "ask_shoes": ["which shoes are best", "do i need new trainers", "are my shoes to blame"],
    "out_of_scope": ["what is the capital of peru", "book me a taxi", "sing a song", "play chess"],
}


def made_up(texts=45, labels=3, seed=3):
    """Texts of common words with vectors around that of their label."""
    chance = np.random.default_rng(seed)
    label_of = np.arange(texts) % labels
    centres = chance.normal(size=(labels, DEPTH))
    parts = np.zeros((texts, 4, WIDTH), np.float32)
    parts[:, :, :DEPTH] = centres[label_of][:, None] + chance.normal(size=(texts, 4, DEPTH))
    parts /= np.linalg.norm(parts, axis=2, keepdims=True)
    said = [" ".join(chance.choice(WORDS, 3)) for _ in range(texts)]
    return parts.reshape(texts, -1), said, [f"label {at}" for at in label_of]


def known():
    """Real sentences with their vectors."""
    texts = [text for said in SAID.values() for text in said]
    labels = [label for label, said in SAID.items() for _ in said]
    return encoder.shared().states(texts).reshape(len(texts), -1), texts, labels


def without(at, states, texts, labels):
    keep = [other for other in range(len(texts)) if other != at]
    return states[keep], [texts[k] for k in keep], [labels[k] for k in keep]


def scores(probabilities, scale):
    """The scores behind probabilities, as far below the best as they are."""
    behind = np.log(probabilities) / scale
    return behind - behind.max(axis=1, keepdims=True)


# --- left out ---


def test_left_out_is_what_a_fit_without_the_text_would_say():
    states, texts, labels = made_up()
    weights, left_out = fit(states, texts, labels, PLAIN)
    expected = scores(left_out.probabilities, weights.scale[0])
    for at in range(len(texts)):
        fewer, _ = fit(*without(at, states, texts, labels), PLAIN)
        judged, nearest = Regression(fewer).judge(states[at : at + 1], [count(texts[at])])
        assert scores(judged, fewer.scale[0])[0] == pytest.approx(expected[at], abs=2e-3)
        assert nearest[0] == pytest.approx(left_out.nearest[at], abs=1e-4)


def test_left_out_is_exact_whatever_the_kernel_and_however_strongly_texts_are_held_back():
    chance = np.random.default_rng(5)
    rows = chance.normal(size=(20, 8))
    kernel, held = rows @ rows.T, chance.uniform(0.5, 3.0, 20)
    wanted = np.eye(4)[np.arange(20) % 4]
    _, unseen = _solve(kernel.copy(), held, wanted)
    for at in range(20):
        keep = np.arange(20) != at
        system = kernel[np.ix_(keep, keep)] + np.diag(held[keep])
        of_text = np.linalg.solve(system, wanted[keep])
        assert unseen[at] == pytest.approx(kernel[at, keep] @ of_text, abs=1e-5)


def test_left_out_is_close_with_real_sentences_too():
    states, texts, labels = known()
    _, left_out = fit(states, texts, labels, Settings())
    for at in range(len(texts)):
        fewer, _ = fit(*without(at, states, texts, labels), Settings())
        judged, _ = Regression(fewer).judge(states[at : at + 1], [count(texts[at])])
        assert judged[0].argmax() == left_out.probabilities[at].argmax()


def test_left_out_is_less_sure_than_what_was_trained_on():
    states, texts, labels = known()
    weights, left_out = fit(states, texts, labels, Settings())
    seen, _ = Regression(weights).judge(states, list(map(count, texts)))
    true = np.arange(len(texts)), left_out.label_of
    assert (seen[true] >= left_out.probabilities[true]).all()


def test_left_out_names_the_label_of_each_text():
    _, left_out = fit(*made_up(), Settings())
    assert [left_out.labels[at] for at in left_out.label_of] == made_up()[2]


# --- probabilities ---


def test_probabilities_sum_to_one_and_nearness_is_a_share():
    states, texts, labels = known()
    weights, left_out = fit(states, texts, labels, Settings())
    judged, nearest = Regression(weights).judge(states, list(map(count, texts)))
    for shares in (judged, left_out.probabilities):
        assert shares.sum(axis=1) == pytest.approx(np.ones(len(texts)), abs=1e-5)
        assert shares.min() >= 0
    assert nearest.min() >= 0
    assert nearest.max() <= 1
    assert nearest.max(axis=1) == pytest.approx(np.ones(len(texts)), abs=1e-3)
    assert left_out.nearest.max() < 0.999


def test_what_can_be_told_apart_without_fail_has_a_finite_scale():
    states, texts, labels = made_up(seed=8)
    states = np.zeros_like(states)
    for at, label in enumerate(labels):
        states[at, [part * WIDTH + int(label[-1]) for part in range(4)]] = 1.0
    weights, left_out = fit(states, texts, labels, Settings())
    assert np.isfinite(weights.scale[0])
    assert 1.0 <= weights.scale[0] <= _SHARPEST
    assert (left_out.probabilities.argmax(axis=1) == left_out.label_of).all()
    assert np.isfinite(left_out.probabilities).all()


def test_what_cannot_be_told_apart_is_not_told_with_confidence():
    states, texts, labels = made_up()
    chance = np.random.default_rng(1)
    weights, left_out = fit(states, texts, chance.permutation(labels).tolist(), Settings())
    true = left_out.probabilities[np.arange(len(texts)), left_out.label_of]
    assert left_out.probabilities.max(axis=1).mean() == pytest.approx(true.mean(), abs=0.2)
    assert weights.scale[0] < 5


# --- balance ---


def test_labels_with_as_many_texts_are_held_back_alike():
    held = _held_back(np.array([0, 1, 0, 1], np.int32), 2, Settings())
    assert held == pytest.approx(np.full(4, Settings().ridge))


def test_a_rare_label_is_held_back_less():
    label_of = np.array([0] * 9 + [1], np.int32)
    even, full = (_held_back(label_of, 2, replace(Settings(), balance=b)) for b in (0.0, 1.0))
    assert even == pytest.approx(np.full(10, Settings().ridge))
    assert full[9] == pytest.approx(Settings().ridge / 5)
    assert full[0] == pytest.approx(Settings().ridge * 1.8)


def test_balance_lets_a_rare_label_be_heard():
    states, texts, labels = made_up(60)
    rare = [at for at in range(20) if labels[at] == "label 2"]
    labels = ["rare" if at in rare else "often" for at in range(60)]
    heard = []
    for balance in (0.0, 1.0):
        weights, found = fit(states, texts, labels, replace(Settings(), balance=balance))
        behind = scores(found.probabilities, weights.scale[0])[rare]
        heard.append((behind[:, 1] - behind[:, 0]).mean())
    assert heard[1] > heard[0]


# --- weights ---


def test_the_weights_are_plain_arrays_and_survive_their_file(tmp_path):
    states, texts, labels = known()
    weights, _ = fit(states, texts, labels, Settings())
    for name, array in vars(weights).items():
        assert isinstance(array, np.ndarray), name
        assert array.dtype.kind in "fiU", name
    weights.save(tmp_path / "weights.npz")
    again = Weights.load(tmp_path / "weights.npz")
    counts = [count(text) for text in texts]
    for one, other in zip(
        Regression(weights).judge(states, counts),
        Regression(again).judge(states, counts),
        strict=True,
    ):
        assert np.array_equal(one, other)


def test_a_file_with_objects_in_it_is_refused(tmp_path):
    fields = dict.fromkeys(Weights.__dataclass_fields__, np.array([object()]))
    np.savez(tmp_path / "bad.npz", **fields)
    with pytest.raises(ValueError, match="allow_pickle"):
        Weights.load(tmp_path / "bad.npz")


def test_the_settings_are_kept_with_the_weights():
    other = replace(Settings(), near=3.0, grams=1.0)
    weights, _ = fit(*made_up(), other)
    assert Settings(*weights.settings.tolist()) == other


def test_the_order_of_the_texts_does_not_matter():
    states, texts, labels = known()
    order = np.random.default_rng(2).permutation(len(texts))
    shuffled = states[order], [texts[at] for at in order], [labels[at] for at in order]
    counts = [count(text) for text in texts]
    one, other = (
        Regression(fit(*examples, Settings())[0]).judge(states, counts)
        for examples in ((states, texts, labels), shuffled)
    )
    assert one[0] == pytest.approx(other[0], abs=1e-3)
    assert one[1] == pytest.approx(other[1], abs=1e-3)


def test_a_text_is_judged_alike_alone_and_among_others():
    states, texts, labels = known()
    regression = Regression(fit(states, texts, labels, Settings())[0])
    together, _ = regression.judge(states, [count(text) for text in texts])
    for at, text in enumerate(texts):
        alone, _ = regression.judge(states[at : at + 1], [count(text)])
        assert alone[0] == pytest.approx(together[at], abs=1e-5)


def test_a_text_without_a_known_gram_is_judged_by_its_vectors():
    states, texts, labels = known()
    regression = Regression(fit(states, texts, labels, Settings())[0])
    for text in ("", "膝が痛い"):
        judged, _ = regression.judge(states[:1], [count(text)])
        assert np.isfinite(judged).all()
        assert regression.labels[judged[0].argmax()] == labels[0]
