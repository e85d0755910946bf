"""Whole messages: every fact they state, signs put in many ways, and signs that are not there."""

from __future__ import annotations

import pytest
from notation import cases, differences, found, phrases

WHOLE = (
    "cases.yml",
    "cases_more.yml",
    "cases_posts.yml",
    "fresh.yml",
    "fresh_second.yml",
    "fresh_third.yml",
)


def status(sign: str, text: str) -> str | None:
    return next(
        (how for kind, value, how in found(text)[0] if (kind, value) == ("sign", sign)), None
    )


@pytest.mark.parametrize(("text", "codes"), [case for name in WHOLE for case in cases(name)])
def test_message_states_these_facts(text: str, codes: str) -> None:
    missed, extra = differences(text, codes)
    assert not missed, f"missed {missed}"
    assert not extra, f"found too much: {extra}"


@pytest.mark.parametrize(("sign", "text"), phrases("paraphrases.yml") + phrases("emergencies.yml"))
def test_sign_is_found_however_it_is_put(sign: str, text: str) -> None:
    assert status(sign, text) == "present"


@pytest.mark.parametrize(("sign", "text"), phrases("still_present.yml"))
def test_sign_is_found_although_a_no_or_an_if_stands_near(sign: str, text: str) -> None:
    assert status(sign, text) in {"present", "unsure"}


@pytest.mark.parametrize(("sign", "text"), phrases("not_present.yml"))
def test_sign_is_not_raised(sign: str, text: str) -> None:
    assert status(sign, text) != "present"


def test_there_are_enough_messages() -> None:
    assert sum(len(cases(name)) for name in WHOLE) >= 600
