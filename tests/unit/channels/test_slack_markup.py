"""How Slack's texts are read, escaped, cut and taken apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kneewise.channels.slack.markup import escaped, read

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


@pytest.mark.timeout(30)  # a pattern that tries everything would take hours
def test_a_long_text_is_read() -> None:
    for text in ("<" * 1_000_000, "<a" * 500_000, "&" * 1_000_000, "<@" + "a" * 1_000_000):
        assert len(read(text)) <= len(text)


@given(st.text())
def test_what_is_escaped_is_read_as_it_was(text: str) -> None:
    assert read(escaped(text)) == text.strip()


@given(st.text())
def test_nobody_is_called(text: str) -> None:
    assert not set("<>") & set(escaped(f"{text}<!channel>"))
