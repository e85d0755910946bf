"""Words and letter groups, and the rows that are made of their counts."""

from __future__ import annotations

import numpy as np
import pytest

from kneewise.nlu import grams


def test_a_text_has_its_words_and_the_letter_groups_in_them():
    found = grams.grams("Ice it")
    assert {"\tice", "\tit", "i", " i", "ice", " ice", "ice ", "it "} <= set(found)
    assert "e i" not in found
    assert found.count("\tice") == 1


def test_a_typing_slip_leaves_most_grams():
    right, slip = set(grams.grams("stretching")), set(grams.grams("streching"))
    assert len(right & slip) > len(right) / 2


def test_the_vocabulary_is_sorted_and_can_be_stored():
    known = grams.vocabulary(["ice \ud83d it", "ice"])
    assert known == sorted(set(known))
    np.array(known).tobytes()
    assert not any("\ud83d" in gram for gram in known)


def test_rows_have_length_one_or_nothing():
    known = {gram: at for at, gram in enumerate(grams.vocabulary(["ice it", "ice ice"]))}
    rows = grams.rows(["ice it", "", "ice ice ice", "\t"], known)
    lengths = np.sqrt(rows.multiply(rows).sum(axis=1)).A1
    assert lengths == pytest.approx([1, 0, 1, 0], abs=1e-6)


def test_a_few_counted_texts_are_weighed_as_rows_are():
    texts = ["ice it", "", "膝", "should i ice ice ice it"]
    known = {gram: at for at, gram in enumerate(grams.vocabulary(["ice it", "i run"]))}
    weights = np.random.default_rng(4).normal(size=(len(known), 3)).astype(np.float32)
    weighed = grams.weighed([grams.count(text) for text in texts], known, weights)
    assert weighed == pytest.approx(grams.rows(texts, known) @ weights, abs=1e-5)
