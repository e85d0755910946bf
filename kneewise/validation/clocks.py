"""Check what reminders.yml and regions.yml say of times: zones that exist, and words that fit."""

from __future__ import annotations

from collections.abc import Iterator

from kneewise.coach import zones
from kneewise.coach.words import Words
from kneewise.validation.documents import Document, Place, Problem
from kneewise.validation.house import House


def regions(house: House) -> Iterator[Problem]:
    """Every zone of a region is one."""
    document = house["regions"]
    for at, region in document.rows("regions"):
        for index, name in enumerate(region["zones"]):
            yield from _is_zone(document, (*at, "zones", index), name)


def places(house: House) -> Iterator[Problem]:
    """Every place and abbreviation leads to a zone."""
    document = house["reminders"]
    for kind in ("places", "abbreviations"):
        for at, name in document.rows("zones", kind):
            yield from _is_zone(document, at, name)


def times(house: House) -> Iterator[Problem]:
    """No time that nobody named is in the quiet hours; a repeat has weekdays or a step."""
    document = house["reminders"]
    quiet = Words.of(document.data).quiet
    for at, wall in document.rows("times"):
        if quiet.has(Words.of(document.data).times[str(at[-1])]):
            yield document.problem(at, f"{wall} is in the quiet hours")
    for at, part in document.rows("parts"):
        if not part["from"] <= part["time"] < part["to"]:
            yield document.problem((*at, "time"), f"{part['time']} is not from-to")
    for at, repeat in document.rows("repeats"):
        if ("every" in repeat) == ("days" in repeat):
            yield document.problem(at, 'give "every" or "days"')


def _is_zone(document: Document, place: Place, name: str) -> Iterator[Problem]:
    if zones.known(name) is None:
        yield document.problem(place, f'there is no time zone "{name}"')
