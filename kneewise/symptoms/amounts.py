"""Numbers in figures and words, single or as a range."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from kneewise.symptoms.patterns import fill


class Amounts:
    """The number words of symptoms.yml and the expressions made of them."""

    def __init__(self, section: Mapping[str, Any]) -> None:
        self._value: dict[str, float] = {**section["tens"], **section["small"]}
        tens, small = (
            "|".join(section["tens"]),
            "|".join(sorted(section["small"], key=len, reverse=True)),
        )
        self.one = rf"\d+(?:[.,]\d+)?|(?:{tens})(?: (?:{small}))?|(?:{small})"
        joints = "|".join(section["range_joints"])
        self.range = rf"(?P<low>{self.one})(?: (?:{joints}) (?P<high>{self.one}))?"
        self.anywhere = re.compile(rf"(?<!\S)(?:{self.range})(?!\S)")

    def patterns(
        self, templates: Sequence[str], words: Mapping[str, str]
    ) -> tuple[re.Pattern[str], ...]:
        """Compile phrases in which # is a number or a range."""
        return tuple(
            re.compile(rf"(?<!\S)(?:{fill(template, words).replace('#', self.range)})(?!\S)")
            for template in templates
        )

    def value(self, text: str) -> float:
        """Return the value of one number, in figures or words."""
        if text[0].isdigit():
            return float(text.replace(",", "."))
        return float(sum(self._value[word] for word in text.split()))

    def low(self, match: re.Match[str]) -> float:
        """Return the first number of a match."""
        return self.value(match["low"])

    def middle(self, match: re.Match[str]) -> float:
        """Return the number of a match, or the middle of its range."""
        low = self.low(match)
        return (low + self.value(match["high"])) / 2 if match["high"] else low
