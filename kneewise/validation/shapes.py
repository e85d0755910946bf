"""Check a file against the JSON schema of its kind, and say in plain words what is wrong.

The schemas use three keywords of our own: `placeholders`, `maxWords` and `everyProperty`; what they
mean is written in `knowledge/schema/common.json`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import Any

from jsonschema import Draft202012Validator, RefResolver, ValidationError
from jsonschema.validators import extend

from kneewise.validation.documents import Document, Place, Problem

FOLDER = "knowledge/schema"
COMMON = "common.json"
_BASE = "file:///"  # the schemas name each other by file; nothing is read from there
REGION = ("doctor", "advice", "emergency", "hospital", "crisis")
"""What `Writer.fill` puts into a text from the runner's region."""

_NAMES = {
    "string": "text",
    "array": "a list",
    "object": "keys with values",
    "null": "empty",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
}
_SLIPS = {"additionalProperties", "maxLength", "maxWords", "pattern", "placeholders", "uniqueItems"}
"""Keywords whose errors leave a file in a shape that the other checks can read."""
_LISTED = 12
"""Names listed in a message; more would hide what it says."""


@dataclass(frozen=True)
class Text:
    """One text that a runner reads."""

    file: str
    field: str
    line: int
    text: str


def shape_problems(root: Path, kind: str, document: Document) -> tuple[list[Problem], bool]:
    """What in a file differs from the schema of its kind, and if it can be checked further."""
    schema, resolver, broken = _schema(root, kind)
    if broken:
        return broken, False
    errors = list(_Checker(schema, resolver=resolver).iter_errors(document.data))
    found = [
        document.problem((*error.absolute_path, *place), message)
        for error in errors
        for place, message in _worded(error)
    ]
    return list(dict.fromkeys(found)), all(str(error.validator) in _SLIPS for error in errors)


def texts_of(root: Path, kind: str, document: Document) -> Iterator[Text]:
    """Every text of a file that a runner reads: those that the schema gives `placeholders`."""
    schema, resolver, broken = _schema(root, kind)
    if broken:
        return
    for mark in _Finder(schema, resolver=resolver).iter_errors(document.data):
        if str(mark.validator) == "placeholders":
            at = document.problem(tuple(mark.absolute_path), "")
            yield Text(at.file, at.field, at.line, mark.instance.strip())


def _schema(root: Path, kind: str) -> tuple[Any, RefResolver | None, list[Problem]]:
    """The schema of a kind with what finds its shared parts, or why it cannot be used."""
    found, broken = [], []
    for name in (f"{kind}.json", COMMON):
        file = f"{FOLDER}/{name}"
        try:
            found.append(json.loads((root / file).read_text(encoding="utf-8")))
        except json.JSONDecodeError as error:
            broken.append(Problem(file, "", error.lineno, f"not JSON: {error.msg}"))
        except (OSError, UnicodeDecodeError):
            broken.append(Problem(file, "", 0, "the schema is missing or cannot be read"))
    if broken:
        return None, None, broken
    schema, common = found
    return schema, RefResolver(_BASE, schema, store={_BASE + COMMON: common}), []


def _placeholders(
    _validator: Any, rule: Mapping[str, Any], text: Any, _schema: Any
) -> Iterator[ValidationError]:
    """Only the names that the code fills may stand in braces, and all of `filled` must."""
    if not isinstance(text, str):
        return
    try:
        names = [name for _, name, _, _ in Formatter().parse(text) if name is not None]
    except ValueError as error:
        yield ValidationError(f"a brace is not right: {error}")
        return
    allowed = (*rule["filled"], *(REGION if rule["region"] else ()))
    listed = " ".join(f"{{{name}}}" for name in allowed) or "none"
    for name in names:
        if name not in allowed:
            yield ValidationError(f"{{{name}}} is not filled in here; allowed: {listed}")
    for name in rule["filled"]:
        if name not in names:
            yield ValidationError(f"{{{name}}} must stand in this text")


def _max_words(_validator: Any, most: int, text: Any, _schema: Any) -> Iterator[ValidationError]:
    if isinstance(text, str) and len(text.split()) > most:
        yield ValidationError(f"has {len(text.split())} words; at most {most}")


def _every_property(
    _validator: Any, _rule: bool, held: Any, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    if isinstance(held, dict):
        for name in schema["properties"]:
            if name not in held:
                yield ValidationError(f'"{name}" is missing')


def _mark(_validator: Any, _rule: Any, text: Any, _schema: Any) -> Iterator[ValidationError]:
    if isinstance(text, str):
        yield ValidationError("read by a runner")


_OWN = {"maxWords": _max_words, "everyProperty": _every_property}
_Checker = extend(Draft202012Validator, {**_OWN, "placeholders": _placeholders})
_Finder = extend(Draft202012Validator, {"placeholders": _mark})


def _listed(names: Any) -> str:
    names = [str(name) for name in names]
    return f" ({', '.join(names)})" if len(names) <= _LISTED else ""


def _missing(error: ValidationError) -> list[tuple[Place, str]]:
    gone = [name for name in error.validator_value if name not in error.instance]
    return [((), f'"{name}" is missing') for name in gone]


def _unknown(error: ValidationError) -> list[tuple[Place, str]]:
    known = error.schema.get("properties", {})
    extra = [name for name in error.instance if name not in known]
    return [((name,), f"nothing reads this key{_listed(known)}") for name in extra]


def _wrong_type(error: ValidationError) -> str:
    wanted = error.validator_value
    kinds = [wanted] if isinstance(wanted, str) else list(wanted)
    return f"must be {' or '.join(_NAMES[kind] for kind in kinds)}, not {_kind(error.instance)}"


def _kind(value: Any) -> str:
    """What a value is, for people; YAML makes `true` out of an unquoted yes."""
    if isinstance(value, bool):
        return f"{str(value).lower()} (a word? put it in quotes)"
    kinds = {str: "text", list: "a list", dict: "keys with values", type(None): "empty"}
    return kinds.get(type(value), f"{value} (a text? put it in quotes)")


def _mismatch(error: ValidationError) -> str:
    if not error.instance.strip():
        return "is empty"
    return f'"{error.instance}" is not {error.schema.get("description", "allowed here")}'


_MESSAGES: Mapping[str, Callable[[ValidationError], str]] = {
    "type": _wrong_type,
    "pattern": _mismatch,
    "enum": lambda e: f'"{e.instance}" is not one of{_listed(e.validator_value)}',
    "minItems": lambda e: f"has {len(e.instance)} entries; at least {e.validator_value}",
    "maxItems": lambda e: f"has {len(e.instance)} entries; at most {e.validator_value}",
    "maxLength": lambda e: f"has {len(e.instance)} characters; at most {e.validator_value}",
    "uniqueItems": lambda _: "names something twice",
    "minProperties": lambda _: "is empty: it would always hold",
}
"""The message for each keyword; the others speak for themselves."""


def _worded(error: ValidationError) -> list[tuple[Place, str]]:
    """The problems that one error of the schema means, each with its place below the error's."""
    keyword = str(error.validator)
    if keyword == "required":
        return _missing(error)
    if keyword == "additionalProperties":
        return _unknown(error)
    word = _MESSAGES.get(keyword)
    return [((), word(error) if word else error.message)]
