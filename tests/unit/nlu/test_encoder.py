import numpy as np
import pytest

from kneewise.nlu.encoder import KEPT, WIDTH, Encoder, NotBuilt, identity

HOSTILE = [
    "",
    " ",
    "🙂🙂",
    "a" * 5000,
    "knee " * 5000,
    "\ud83d",
    "zero\x00byte",
    "\u202eeenk",
    "膝が痛い",
]


@pytest.fixture(scope="module")
def encoder():
    return Encoder()


def test_like_texts_are_near(encoder):
    ice, cold, boots = encoder.sentences(
        ["should i ice my knee", "is a cold pack good for it", "my boots are brown"]
    )
    assert ice @ cold > ice @ boots


def test_the_vectors_are_those_of_the_published_model(encoder):
    first = encoder.sentences(["This is an example sentence"])[0][:3]
    assert first == pytest.approx([0.0677, 0.0635, 0.0487], abs=0.02)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_any_text_has_vectors_of_length_one(encoder, text):
    states = encoder.states([text])
    assert states.shape == (1, 4, WIDTH)
    assert states.dtype == np.float32
    assert np.linalg.norm(states[0], axis=1) == pytest.approx(np.ones(4), abs=1e-3)


def test_company_changes_nothing():
    texts = ["ice?", "my knee hurts on the stairs after a long run", "no"]
    together = Encoder().states(texts)
    for text, vectors in zip(texts, together, strict=True):
        assert np.array_equal(Encoder().states([text])[0], vectors)


def test_no_text_has_no_vectors(encoder):
    assert encoder.states([]).shape == (0, 4, WIDTH)


def test_what_is_kept_is_little_and_without_words():
    encoder = Encoder()
    encoder.states([f"{number} miles" for number in range(KEPT + 5)])
    assert len(encoder._kept) == KEPT
    assert all(len(key) == 16 for key in encoder._kept)


def test_a_kept_vector_cannot_be_spoilt():
    encoder = Encoder()
    with pytest.raises(ValueError, match="read-only"):
        encoder._one("knee")[0] = 0


def test_a_missing_encoder_says_how_to_make_it(tmp_path):
    with pytest.raises(NotBuilt, match="kneewise build"):
        Encoder(tmp_path).states(["knee"])
    (tmp_path / "encoder.json").write_text("{")
    with pytest.raises(NotBuilt):
        identity(tmp_path)
