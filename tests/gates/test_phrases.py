"""The table of phrases (knowledge/schema/phrases.json) is what the code says, no more, no less."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PHRASES = json.loads((ROOT / "knowledge/schema/phrases.json").read_text(encoding="utf-8"))
TABLE = PHRASES["properties"]["phrases"]["properties"]
CODE = [
    node
    for path in (ROOT / "kneewise").rglob("*.py")
    if "validation" not in path.parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
]


def said() -> Iterator[tuple[str, set[str]]]:
    """Each phrase that the code says by name, with what it fills in."""
    for node in CODE:
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        name = node.args[0] if node.args else None
        if node.func.attr in ("phrase", "says") and isinstance(name, ast.Constant):
            filled = {keyword.arg for keyword in node.keywords if keyword.arg}
            yield str(name.value), filled


def test_the_code_says_what_the_table_has():
    told = dict(said())
    assert len(told) > 20
    assert {name: set(TABLE[name]["placeholders"]["filled"]) for name in told} == told


def test_every_phrase_of_the_table_is_named_in_the_code():
    named = {node.value for node in CODE if isinstance(node, ast.Constant)}
    assert set(TABLE) - named == set()
