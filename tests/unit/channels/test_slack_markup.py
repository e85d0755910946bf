"""How Slack's texts are read, escaped, cut and taken apart."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kneewise.channels.slack.markup import cut, escaped, pieces, read, width

READ = {
    "hello": "hello",
    "<@U0BOT> my knee": "my knee",
    "ask <@U0BOT|kneewise>": "ask",
    "in <#C1|general>": "in general",
    "in <#C1>": "in",
    "<!here> look": "look",
    "<!subteam^S1|@team> look": "@team look",
    "<!date^1392734382^{date}|Feb 18> it began": "Feb 18 it began",
    "<mailto:a@b.example|a@b.example>": "a@b.example",
    "<mailto:a@b.example>": "a@b.example",
    "<tel:+491|call>": "call",
    "<http://x.example>": "http://x.example",
    "<https://x.example/?a=1&amp;b=2|x>": "x",
    "pain &lt; 3 &gt; 1 &amp; more": "pain < 3 > 1 & more",
    "&amp;lt;": "&lt;",
    "&nbsp;": "&nbsp;",
    "a < b": "a < b",
    "<": "<",
    "<>": "",
    "": "",
}


@pytest.mark.parametrize(("text", "wanted"), READ.items())
def test_what_was_written_is_read(text: str, wanted: str) -> None:
    assert read(text) == wanted


def test_a_long_text_is_read_in_no_time() -> None:
    start = time.monotonic()
    for text in ("<" * 1_000_000, "<a" * 500_000, "&" * 1_000_000, "<@" + "a" * 1_000_000):
        read(text)
    assert time.monotonic() - start < 2


@given(st.text())
def test_what_is_escaped_is_read_as_it_was(text: str) -> None:
    assert read(escaped(text)) == text.strip()


@given(st.text())
def test_nobody_is_called(text: str) -> None:
    assert not set("<>") & set(escaped(f"{text}<!channel>"))


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
