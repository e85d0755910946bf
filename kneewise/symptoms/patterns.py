"""Compile the patterns of symptoms.yml and skip those that cannot match."""

from __future__ import annotations

import re
import sre_parse
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

_GAP = re.compile(r"(?:(?<=\(\?:)|(?<=\(\?: )|(?<=\)\)))(?:\[\\w'?,?\]|\\w)\+ ?\)\{")
_PLAIN_GAP = re.compile(r"(?:(?<=\(\?:)|(?<=\(\?: ))\\w\+ ?\)\{")
_TURNS = r"(?!(?:but|because|although|though|however|unless|whereas)(?!\w))"
_DOUBTS = r"(?!(?:not|no|never|nothing|without|barely|hardly|scarcely|only) )"
_GROUP = re.compile(r"\{([a-z_]+)\}")
_NEGATIVE = re.compile(r"\b(?:not|no|never|unable|nothing|without|nor|zero)\b")


@dataclass(frozen=True)
class Pattern:
    """One pattern; `needs` holds strings of which a match contains at least one."""

    source: str
    needs: frozenset[str]
    negative: bool

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """The pattern, compiled when a text first holds what it needs: most texts need few."""
        return re.compile(rf"(?<!\S)(?:{self.source})(?!\S)")

    def denies_within(self, match: re.Match[str]) -> bool:
        """Tell whether a "no" is what the pattern looks for ("can not walk") and denies nothing."""
        return self.negative and bool(_NEGATIVE.search(match.group()))


def fill(template: str, words: Mapping[str, str]) -> str:
    """Replace each {name} by its word group, groups within groups too."""

    def group(match: re.Match[str]) -> str:
        return "(?:" + fill(words[match.group(1)], words) + ")"

    return _GROUP.sub(group, template)


def compile_pattern(template: str, words: Mapping[str, str], strict: bool = False) -> Pattern:
    """Read one pattern of symptoms.yml; an error names the pattern.

    No gap runs past a "but". Where a pattern holds a "no" of its own, or is `strict`,
    its gaps let no other "no" slip in.
    """
    try:
        source = _PLAIN_GAP.sub(lambda gap: _TURNS + gap.group(), fill(template, words))
        negative = bool(_NEGATIVE.search(source))
        if negative or strict:
            source = _GAP.sub(lambda gap: _DOUBTS + gap.group(), source)
        needs = needed(source)
        if not needs:
            raise ValueError(f"symptoms.yml: a pattern needs a fixed word: {template!r}")
        return Pattern(source, needs, negative)
    except (KeyError, re.error) as error:
        raise ValueError(f"symptoms.yml: bad pattern {template!r}: {error}") from error


def compile_all(
    templates: Iterable[str], words: Mapping[str, str], strict: bool = False
) -> tuple[Pattern, ...]:
    """Compile a list of patterns."""
    return tuple(compile_pattern(template, words, strict) for template in templates)


def any_of(templates: Iterable[str], words: Mapping[str, str]) -> re.Pattern[str]:
    """Compile a list of cues into one expression."""
    source = "|".join(fill(template, words) for template in templates)
    return re.compile(rf"(?<!\S)(?:{source})(?!\S)")


class Needs:
    """The strings that patterns need, and a quick look at which of them a text holds."""

    def __init__(self, strings: Iterable[str]) -> None:
        strings = frozenset(strings)
        self._within_words = tuple(string for string in strings if " " not in string.strip())
        self._across_words = tuple(string for string in strings if " " in string.strip())
        self._of_word = lru_cache(maxsize=20_000)(self._find_in_word)

    def held_by(self, plain: str) -> frozenset[str]:
        """Return the needed strings that a plain text holds."""
        across = frozenset(string for string in self._across_words if string in plain)
        return across.union(*map(self._of_word, plain.split()))

    def _find_in_word(self, word: str) -> frozenset[str]:
        spaced = f" {word} "
        return frozenset(string for string in self._within_words if string in spaced)


def needed(source: str) -> frozenset[str]:
    """Return strings of which every match contains at least one; empty if there are none."""
    return _needed(sre_parse.parse(source)) or frozenset()


def _needed(items: Any) -> frozenset[str] | None:
    """Choose the most telling part of a sequence: its rarest strings are its longest."""
    choices, run = [], ""
    for op, value in items:
        if op is sre_parse.LITERAL:
            run += chr(value)
            continue
        choices += [frozenset({run})] if run.strip() else []
        run = ""
        inner = _inner(op, value)
        choices += [inner] if inner else []
    choices += [frozenset({run})] if run.strip() else []
    return max(choices, key=lambda strings: (min(map(len, strings)), -len(strings)), default=None)


def _inner(op: Any, value: Any) -> frozenset[str] | None:
    if op is sre_parse.SUBPATTERN:
        return _needed(value[3])
    if op is sre_parse.MAX_REPEAT and value[0] > 0:
        return _needed(value[2])
    if op is not sre_parse.BRANCH:
        return None
    branches = [_needed(branch) for branch in value[1]]
    if not all(branches):
        return None
    return frozenset().union(*(branch for branch in branches if branch))
