"""The danger lines of the chat page are those of the red flags, none weaker and none forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest

from kneewise.knowledge import Knowledge, read_yaml

ROOT = Path(__file__).resolve().parents[2]
PAGE = read_yaml(ROOT / "knowledge/widget.yml")["page"]
NOW = {flag for line in PAGE["dangers_now"] for flag in line["flags"]}
TODAY = {flag for line in PAGE["dangers_today"] for flag in line["flags"]}


def test_every_emergency_of_a_knee_is_on_the_page(kb: Knowledge) -> None:
    emergencies = {f.id for f in kb.red_flags if f.about_knee and f.urgency == "emergency"}
    assert emergencies == NOW


def test_what_is_to_be_seen_today_is_a_flag_of_that_level(kb: Knowledge) -> None:
    assert {flag.id for flag in kb.red_flags if flag.urgency == "same_day"} >= TODAY
    assert len(TODAY) >= 4


@pytest.mark.parametrize("name", ["dangers_now", "dangers_today"])
def test_the_page_shows_each_line(name: str) -> None:
    template = (ROOT / "widget/chat.html.j2").read_text(encoding="utf-8")
    assert f"in page.{name} %}}" in template
