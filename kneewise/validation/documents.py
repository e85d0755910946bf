"""Read a YAML file so that every value in it knows its line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

Place = tuple[str | int, ...]
"""Where a value stands in a file: ("screen", "items", 2, "says")."""

_STRING = "tag:yaml.org,2002:str"


@dataclass(frozen=True)
class Problem:
    """What is wrong, and where: file and field, with the line (0: the whole file)."""

    file: str
    field: str
    line: int
    message: str

    def __str__(self) -> str:
        """`knowledge/topics/ice.yml:12: next[0]: there is no topic "iec"`."""
        where = f"{self.file}:{self.line}" if self.line else self.file
        return ": ".join(part for part in (where, self.field, self.message) if part)


@dataclass(frozen=True)
class Document:
    """A file that is whole: what it holds, and the line of each place in it."""

    file: str
    data: Any
    lines: Mapping[Place, int]

    def problem(self, place: Place, message: str) -> Problem:
        """A problem at a place; one that is not there gets the line of what would hold it."""
        known = place
        while known and known not in self.lines:
            known = known[:-1]
        return Problem(self.file, field_name(place), self.lines.get(known, 1), message)

    def rows(self, *place: str) -> Iterator[tuple[Place, Any]]:
        """The entries of the list or mapping at a place, each with its own place."""
        held = self.data
        for name in place:
            held = held.get(name)
        pairs = held.items() if isinstance(held, dict) else enumerate(held or ())
        for key, value in pairs:
            yield (*place, key), value


def field_name(place: Place) -> str:
    """A place as people write it: `screen.items[2].says`."""
    parts = (f"[{key}]" if isinstance(key, int) else f".{key}" for key in place)
    return "".join(parts).lstrip(".")


def read(root: Path, file: str) -> tuple[Document | None, list[Problem]]:
    """A file of the repository, if it can be used, and what is wrong with it. Raises nothing."""
    try:
        text = (root / file).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None, [Problem(file, "", 0, "the file is missing")]
    except (OSError, UnicodeDecodeError) as error:
        return None, [Problem(file, "", 0, f"the file cannot be read: {error}")]
    try:
        return _parsed(file, text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        return None, [Problem(file, "", line, f"not YAML: {error.problem}")]
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        # A sign that YAML does not allow, a date not in the calendar, a thousand brackets.
        reason = " ".join(str(error).split())
        return None, [Problem(file, "", 0, f"not YAML: {reason}")]


def _parsed(file: str, text: str) -> tuple[Document | None, list[Problem]]:
    survey = _Survey(file, {}, [], [])
    loader = yaml.CSafeLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return Document(file, None, {}), []
        survey.walk(node, (), ())
        if survey.broken:
            return None, survey.broken + survey.repeats
        return Document(file, loader.construct_document(node), survey.lines), survey.repeats
    finally:
        loader.dispose()


@dataclass(frozen=True)
class _Survey:
    """The line of every place, and what YAML accepts but nobody means.

    A file with `broken` places cannot be checked further; with keys that repeat it can.
    """

    file: str
    lines: dict[Place, int]
    broken: list[Problem]
    repeats: list[Problem]

    def walk(self, node: yaml.Node, place: Place, inside: tuple[int, ...]) -> None:
        """Note the lines of all that a node holds; `inside` are the nodes that hold it."""
        if id(node) in inside:
            self.broken.append(self._problem(place, node, "holds itself"))
        elif isinstance(node, yaml.MappingNode):
            names: set[str] = set()
            for key, value in node.value:
                name = str(key.value)
                self._check_key(key, name, names, (*place, name))
                names.add(name)
                self._note(key, value, (*place, name), (*inside, id(node)))
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                self._note(value, value, (*place, index), (*inside, id(node)))

    def _note(
        self, first: yaml.Node, value: yaml.Node, place: Place, inside: tuple[int, ...]
    ) -> None:
        self.lines[place] = first.start_mark.line + 1
        self.walk(value, place, inside)

    def _check_key(self, key: yaml.Node, name: str, names: set[str], place: Place) -> None:
        if key.tag != _STRING:
            message = f'YAML takes this key for no text: write "{name}" in quotes'
            self.broken.append(self._problem(place, key, message))
        if name in names:
            self.repeats.append(self._problem(place, key, "this key is there twice"))

    def _problem(self, place: Place, node: yaml.Node, message: str) -> Problem:
        return Problem(self.file, field_name(place), node.start_mark.line + 1, message)
