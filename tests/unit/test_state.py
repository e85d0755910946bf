"""The state survives the slots of a tracker, and JSON between two processes."""

from __future__ import annotations

import json

from kneewise.state import Progress, State, changed_slots
from kneewise.triage import Facts

FULL = State(
    facts=Facts(
        location="front",
        side="left",
        triggers=("stairs", "running"),
        onset="gradual",
        duration_days=21.0,
        severity=4.0,
        age=34.0,
        child=True,
        signs={"swelling": False, "pop": True},
    ),
    progress=Progress(
        phase="asking", answered=("onset",), unsure=("fever",), tries=1, greeted=True
    ),
    open_slot="severity",
    last_topic="ice",
)


def test_what_is_written_to_slots_is_read_back() -> None:
    assert State.from_slots(json.loads(json.dumps(FULL.to_slots()))) == FULL


def test_a_fresh_tracker_is_a_fresh_state() -> None:
    empty = dict.fromkeys(FULL.to_slots())
    assert State.from_slots(empty) == State()
    assert State.from_slots({}) == State()


def test_never_asked_yes_and_no_stay_three_different_things() -> None:
    signs = State.from_slots({"has_pop": True, "has_fever": False, "has_lump": None}).facts.signs
    assert signs == {"pop": True, "fever": False}


def test_only_slots_that_changed_are_set() -> None:
    before = FULL.to_slots()
    after = {**before, "severity": 5.0}
    assert changed_slots(before, after) == {"severity": 5.0}


def test_a_sign_that_is_no_longer_known_is_emptied() -> None:
    before = FULL.to_slots()
    after = {slot: value for slot, value in before.items() if slot != "has_pop"}
    assert changed_slots(before, after) == {"has_pop": None}


def test_progress_of_an_older_version_is_read_without_what_is_unknown() -> None:
    state = State.from_slots({"progress": {"phase": "done", "forgotten_field": 1}})
    assert state.progress.phase == "done"
