"""Texts are cut where a reader pauses, and no word of them is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kneewise.channels.slack.markup import escaped
from kneewise.channels.wrapping import cut, pieces, width


@given(st.text(max_size=200), st.integers(6, 40))
def test_a_cut_text_fits_and_breaks_no_escape(text: str, most: int) -> None:
    found = cut(escaped(text), most)
    assert width(found) <= most
    if width(escaped(text)) > most:
        assert found.endswith("…")
        assert escaped(text).startswith(found[:-1])
    kept = found.removesuffix("…") if width(escaped(text)) > most else found
    assert escaped(text).startswith(kept)
    assert escaped(kept.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")) == kept


@given(st.text(max_size=400), st.integers(8, 50))
def test_pieces_fit_and_lose_no_words(text: str, most: int) -> None:
    whole = escaped(text)
    found = list(pieces(whole, most))
    assert all(0 < width(piece) <= most for piece in found)
    assert "".join("".join(found).split()) == "".join(whole.split())


def test_pieces_end_where_a_reader_pauses() -> None:
    text = "One is here. Two is here.\nThree is here.\n\nFour is here. Five is here."
    assert list(pieces(text, 45)) == [
        "One is here. Two is here.\nThree is here.",
        "Four is here. Five is here.",
    ]
    assert list(pieces("a bb ccc dddd", 9)) == ["a bb ccc", "dddd"]
    assert list(pieces("a" * 20, 8)) == ["a" * 8, "a" * 8, "a" * 4]
    assert list(pieces("🏃" * 10, 8)) == ["🏃" * 4, "🏃" * 4, "🏃" * 2]


def test_a_text_of_nothing_has_no_pieces() -> None:
    assert list(pieces(" \n ", 10)) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (" \n ", []),
        ("short", ["short"]),
        ("one two three. four five", ["one two three.", "four five"]),
        ("one two six\nthree four", ["one two six", "three four"]),
        ("one two.\n\nthree. four five", ["one two.", "three. four five"]),
        ("one two three four five", ["one two three", "four five"]),
        ("abcdefghijklmnopqrstuvwxyz", ["abcdefghijklmnop", "qrstuvwxyz"]),
        ("a. bcdefghijklmn opq", ["a. bcdefghijklmn", "opq"]),
    ],
)
def test_where_a_text_is_cut(text: str, found: list[str]) -> None:
    assert list(pieces(text, 16)) == found


@pytest.mark.parametrize(("text", "length"), [("", 0), ("ab", 2), ("\u00fc", 1), ("\U0001f9b5", 2)])
def test_the_length_is_that_of_utf_16(text: str, length: int) -> None:
    assert width(text) == length == len(text.encode("utf-16-le")) // 2
