"""Patterns are compiled when a text needs them, so here all of them are."""

from __future__ import annotations

import re

from kneewise.symptoms.lexicon import lexicon


def test_every_pattern_compiles() -> None:
    patterns = [
        pattern
        for entry in lexicon().entries
        for pattern in (*(tell.pattern for tell in entry.tells), *entry.skip)
    ]
    assert len(patterns) > 1000
    for pattern in patterns:
        assert re.fullmatch(r"\(\?<!\\S\).*\(\?!\\S\)", pattern.regex.pattern, re.DOTALL)
        assert pattern.regex is pattern.regex
