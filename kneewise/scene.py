"""What every part of a turn reads, and what it returns."""

from __future__ import annotations

from dataclasses import dataclass

from kneewise import recap
from kneewise.intake import Intake
from kneewise.knowledge import Knowledge
from kneewise.replies import Reply, Writer
from kneewise.state import SIGN_SLOT, Heard, State
from kneewise.triage import Assessment

SHORT_ANSWER = 5
"""Words up to which a message that answers the open question is only that."""

ABOUT_THE_PERSON = frozenset(
    {"child", "age", "age_group", "has_blood_thinner", "has_pregnant", "has_recent_surgery"}
)
"""Facts that change an answer, but describe no pain."""


@dataclass(frozen=True)
class Turn:
    """What to say, and the state after it."""

    replies: tuple[Reply, ...]
    state: State
    urgency: str | None = None


@dataclass(frozen=True)
class Scene:
    """A message, the state before and after it was taken in, and the means to answer."""

    heard: Heard
    before: State
    state: State
    intake: Intake
    assessment: Assessment
    kb: Knowledge
    write: Writer

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics to answer: none if the message is but an answer to the open question."""
        heard = self.heard
        answered = self.intake.answered is not None
        if answered and "?" not in heard.text and len(heard.text.split()) <= SHORT_ANSWER:
            return ()
        return tuple(topic for topic in heard.topics if topic in self.kb.topics)

    @property
    def tells_something(self) -> bool:
        """True if the message stated a fact that was not known before."""
        return bool(self.intake.learned or self.intake.corrected or self.intake.doubts)

    @property
    def describes_pain(self) -> bool:
        """True if what it stated is about the pain itself, so that the questions should go on."""
        told = {*self.intake.learned, *self.intake.corrected, *self.intake.doubts}
        return bool(told - ABOUT_THE_PERSON)

    @property
    def shows_a_knee(self) -> bool:
        """True if it named a place or a sign, which a message about something else seldom does."""
        told = {*self.intake.learned, *self.intake.corrected, *self.intake.doubts}
        return "location" in told or any(name.startswith(SIGN_SLOT) for name in told)

    @property
    def understood(self) -> str:
        """What the message told, said back in a sentence; empty if it told nothing."""
        names = (*self.intake.corrected, *self.intake.learned)
        told = recap.describe(self.state.facts, names, self.kb)
        if not told:
            return ""
        first = self.before.progress.phase == "idle"
        name = "changed" if self.intake.corrected else "recap" if first else "noted"
        return self.write.phrase(name, facts=told)
