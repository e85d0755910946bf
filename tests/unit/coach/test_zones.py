"""The zone of a runner is what they say, what their browser says, or asked."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kneewise import knowledge
from kneewise.coach import zones
from kneewise.coach.clock import UTC
from kneewise.coach.zones import known, read_zone, same_everywhere
from kneewise.knowledge import Knowledge

WINTER = datetime.combine(date(2026, 11, 26), time(13, 30), UTC)
SUMMER = datetime.combine(date(2026, 7, 1), time(13, 30), UTC)


@pytest.mark.parametrize(
    ("text", "region", "zone"),
    [
        ("Europe/Berlin", "us", "Europe/Berlin"),
        ("america/new_york", "eu", "America/New_York"),
        ("i'm in new york", "eu", "America/New_York"),
        ("New York City", "eu", "America/New_York"),
        ("Manchester", "us", "Europe/London"),
        ("I live in San Francisco.", "uk", "America/Los_Angeles"),
        ("buenos aires", "eu", "America/Argentina/Buenos_Aires"),
        ("pst", "us", "America/Los_Angeles"),
        ("Eastern time", "us", "America/New_York"),
        ("UTC+2", "eu", "Europe/Athens"),
        ("utc -5", "us", "America/New_York"),
        ("utc+5:30", "eu", "Asia/Kolkata"),
        ("UTC-11", "eu", "Etc/GMT+11"),
        ("+02:00", "us", "Etc/GMT-2"),
        ("it's 14:30 here", "eu", "Europe/Berlin"),
        ("14:27", "eu", "Europe/Berlin"),
        ("it's half past two", "eu", "Europe/Berlin"),
        ("8:30 am", "us", "America/New_York"),
        ("it is 7:30", "us", "America/Chicago"),
        ("it is 7pm", "eu", "Asia/Kolkata"),
    ],
)
def test_what_is_said(text: str, region: str, zone: str, kb: Knowledge) -> None:
    here = kb.regions[region].zones
    assert read_zone(text, WINTER, here, kb.reminders) == zone


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no idea",
        "nowhere",
        "-3",
        "utc+19",
        "../../etc/passwd",
        "it's 25:10 here",
        "3 out of 10",
    ],
)
def test_what_says_nothing_is_asked(text: str, kb: Knowledge) -> None:
    assert read_zone(text, WINTER, kb.regions["eu"].zones, kb.reminders) is None


def test_an_offset_is_that_of_the_day(kb: Knowledge) -> None:
    here = kb.regions["eu"].zones
    assert read_zone("UTC+2", SUMMER, here, kb.reminders) == "Europe/Berlin"
    assert read_zone("it's 15:30 here", SUMMER, here, kb.reminders) == "Europe/Berlin"


def test_a_region_with_one_clock_need_not_be_asked(kb: Knowledge) -> None:
    assert same_everywhere(kb.regions["uk"].zones, WINTER) == "Europe/London"
    assert same_everywhere(kb.regions["us"].zones, WINTER) is None


def test_the_zones_of_the_regions_are_there(kb: Knowledge) -> None:
    for region in kb.regions.values():
        assert region.zones
        assert all(known(name) == name for name in region.zones)


@pytest.mark.parametrize(
    "name",
    [
        *(None, 3, [], {}, "", "Nowhere", "Europe/../Berlin", "../../etc/passwd", "/etc/passwd"),
        *("posix/Europe/Berlin", "Factory", "localtime", "Europe/Berlin\n", "A" * 999, "Europe/"),
        *("\x00", "Europe\\Berlin", "zone.tab", "tzdata.zi"),
    ],
)
def test_what_a_browser_may_make_up_is_no_zone(name: Any) -> None:
    assert known(name) is None


def test_every_known_zone_has_a_name_that_is_taken() -> None:
    assert len(zones.available()) > 400
    assert all(known(name) == name for name in zones.available())


@given(st.text(max_size=60) | st.from_regex(r"[\w ]{0,9}[+-]\d{1,2}:?\d{0,2}", fullmatch=True))
def test_anything_is_read_without_an_error(text: str) -> None:
    kb = knowledge.load()
    found = read_zone(text, WINTER, kb.regions["us"].zones, kb.reminders)
    assert found is None or known(found) == found
