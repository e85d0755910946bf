"""What a runner's message can state: one fact, and the status it is stated with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PRESENT: Final = "present"
DENIED: Final = "denied"
UNSURE: Final = "unsure"
PAST: Final = "past"
OTHER_PERSON: Final = "other_person"
HYPOTHETICAL: Final = "hypothetical"

# Strongest first: when a message states a thing twice, the doubt goes to the runner's safety.
STATUSES: Final = (PRESENT, UNSURE, DENIED, PAST, HYPOTHETICAL, OTHER_PERSON)


@dataclass(frozen=True)
class Fact:
    """One stated thing; `start` and `end` are offsets in the message as it was typed."""

    kind: str
    value: str | float
    status: str
    start: int
    end: int
