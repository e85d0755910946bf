"""Whole messages, with every fact they state."""

from __future__ import annotations

import pytest
from notation import cases, differences


@pytest.mark.parametrize(("text", "codes"), cases("cases.yml") + cases("fresh.yml"))
def test_message_states_these_facts(text: str, codes: str) -> None:
    missed, extra = differences(text, codes)
    assert not missed, f"missed {missed}"
    assert not extra, f"found too much: {extra}"
