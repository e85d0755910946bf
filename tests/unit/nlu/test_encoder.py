import numpy as np
import pytest

from kneewise.nlu.encoder import KEPT, MAX_TOKENS, WIDTH, Encoder, NotBuilt, _rows, identity

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


TEXTS = [
    "ice?",
    "my knee hurts on the stairs after a long run",
    "no",
    "it went up like a balloon within the hour",
    "膝が痛い",
    "",
]


def test_alone_company_changes_no_bit():
    vectors = Encoder().states(TEXTS)
    for text, alone in zip(TEXTS, vectors, strict=True):
        assert np.array_equal(Encoder().states([text])[0], alone)


def test_together_the_vectors_are_nearly_the_same_and_in_their_order():
    cosines = np.einsum("ild,jld->ijl", Encoder().states(TEXTS, together=True), _alone(TEXTS))
    assert cosines[np.arange(len(TEXTS)), np.arange(len(TEXTS))].min() > 0.93
    assert np.array_equal(cosines[:, :, 0].argmax(axis=1), np.arange(len(TEXTS)))


def test_together_a_text_alone_is_what_it_is_alone(encoder):
    assert np.array_equal(Encoder().states(TEXTS[1:2], together=True), _alone(TEXTS[1:2]))


def test_together_with_neighbours_a_text_does_not_see_them():
    """The 8-bit scale is shared, the words are not: the layer of the words is the same."""
    together = Encoder().states(TEXTS, together=True)
    assert together[:, 1] == pytest.approx(_alone(TEXTS)[:, 1], abs=1e-5)


def test_more_than_fits_goes_into_several_rows():
    long = ["knee " * 300, "pain and stairs " * 40, "no", "run " * 200, "ice"]
    cosines = (Encoder().states(long, together=True) * _alone(long)).sum(axis=2)
    assert cosines.shape == (5, 4)
    assert cosines.min() > 0.93


@pytest.mark.parametrize(
    ("lengths", "rows"),
    [
        ([], []),
        ([3], [[3]]),
        ([100, 100, 56], [[100, 100, 56]]),
        ([100, 100, 57], [[100, 100], [57]]),
        ([MAX_TOKENS, 2, MAX_TOKENS], [[MAX_TOKENS], [2], [MAX_TOKENS]]),
    ],
)
def test_rows_are_filled_in_order_up_to_the_most_tokens(lengths, rows):
    made = _rows([[7] * length for length in lengths])
    assert [[len(tokens) for tokens in row] for row in made] == rows


def _alone(texts):
    return Encoder().states(texts)


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
        encoder.states(["knee"], together=True)[0] = 0
    kept = next(iter(encoder._kept.values()))
    with pytest.raises(ValueError, match="read-only"):
        kept[0] = 0


def test_together_and_alone_are_kept_apart():
    encoder = Encoder()
    encoder.states(TEXTS[:2], together=True)
    assert np.array_equal(encoder.states(TEXTS[:2]), _alone(TEXTS[:2]))
    assert len(encoder._kept) == 3


def test_what_is_kept_is_not_run_again(monkeypatch):
    encoder = Encoder()
    first = encoder.states(["knee", "ice"], together=True)
    monkeypatch.setattr("kneewise.nlu.encoder._run", None)
    assert np.array_equal(encoder.states(["knee", "ice"], together=True), first)


def test_a_missing_encoder_says_how_to_make_it(tmp_path):
    with pytest.raises(NotBuilt, match="kneewise build"):
        Encoder(tmp_path).states(["knee"])
    (tmp_path / "encoder.json").write_text("{")
    with pytest.raises(NotBuilt):
        identity(tmp_path)
