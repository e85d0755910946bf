"""No text a runner reads stands inside Python: a clinician edits knowledge/, not code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CODE = sorted(path for name in ("kneewise", "actions") for path in (ROOT / name).rglob("*.py"))

SENTENCE = re.compile(r"(?:\b[A-Za-z][A-Za-z'’-]*,? ){3,}[A-Za-z'’-]+")
"""Four or more plain words in a row."""
NO_PROSE = re.compile(r"^#|^<!--|\(\?|\\[bswd]|\.[+*]|redis\.call|^\s*INSERT INTO ")
"""Comments in files that are written, regular expressions, and scripts for databases."""

TO_EDITORS = "kneewise/validation/"
"""What is wrong with a knowledge file: told by `kneewise check` to whoever edits it."""
TO_OPERATORS = {"kneewise/cli.py", "kneewise/serve.py", "kneewise/shell.py", "kneewise/training.py"}
"""Modules whose prints and command-line help the operator reads in a terminal, not the runner."""
PRINTS = {"print", "input"}
STOPS = {"CannotServe", "WrongDatabase", "WrongSetting", "__init__"}
"""Errors that end the start, or say what they are: read in a terminal or a log."""
METRICS = {"Counter", "Gauge", "Histogram", "Info"}
"""What is made with a sentence for whoever reads `/metrics`."""
HELP = {"help", "description", "epilog"}
LOGS = {"logger", "logging", "warnings"}
SPEAKS = {"Reply", "utter_message", "says", "fill"}
"""Calls that speak to the runner: a text in them is wrong however short it is."""


def written_text(source: str, file: str = "") -> list[tuple[int, str]]:
    """The line and text of every sentence in a module that a runner could read."""
    if file.startswith(TO_EDITORS):
        return []
    return sorted(set(_walk(ast.parse(source), file)))


def _walk(node: ast.AST, file: str) -> Iterator[tuple[int, str]]:
    if _is_for_others(node, file):
        return
    if isinstance(node, ast.Call) and _called(node) in SPEAKS:
        for argument in _texts_spoken(node):
            yield argument.lineno, _text(argument)
    if isinstance(node, (ast.Constant, ast.JoinedStr)):
        text = _text(node)
        if SENTENCE.search(text) and not NO_PROSE.search(text):
            yield node.lineno, text
        return
    for child in ast.iter_child_nodes(node):
        yield from _walk(child, file)


def _is_for_others(node: ast.AST, file: str) -> bool:
    """True for docstrings, what is raised or logged, and what a command prints."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.Raise):
        return True
    if isinstance(node, ast.keyword):
        return file in TO_OPERATORS and node.arg in HELP
    if isinstance(node, ast.Call):
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        logs = isinstance(owner, ast.Name) and owner.id in LOGS
        counts = file == "kneewise/metrics.py" and _called(node) in METRICS
        stops = _called(node) in STOPS
        return logs or counts or stops or (file in TO_OPERATORS and _called(node) in PRINTS)
    return False


def _called(call: ast.Call) -> str:
    func = call.func
    return func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")


def _texts_spoken(call: ast.Call) -> Iterator[ast.expr]:
    """The literal texts that a speaking call is given as what to say."""
    given = [keyword.value for keyword in call.keywords if keyword.arg in ("text", "title")]
    if _called(call) in ("Reply", "fill"):
        given += call.args[:1]
    for value in given:
        if isinstance(value, (ast.Constant, ast.JoinedStr)) and re.search(r"\w", _text(value)):
            yield value


def _text(node: ast.expr) -> str:
    """A literal as text; what an f-string fills in becomes a number, which is no word."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    parts = node.values if isinstance(node, ast.JoinedStr) else []
    return "".join(_text(part) if isinstance(part, ast.Constant) else "0" for part in parts)


def test_there_is_code_to_read():
    assert len(CODE) > 20


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_module_holds_no_text_for_a_runner(path):
    file = path.relative_to(ROOT).as_posix()
    found = written_text(path.read_text(encoding="utf-8"), file)
    assert not found, f"move to knowledge/phrases.yml or domain.yml: {found}"


@pytest.mark.parametrize(
    "code",
    [
        'say = "See a doctor today if it is hot."',
        'reply = f"Keep pain at {most} or less while you run, please."',
        'reply = Reply("Okay")',
        'dispatcher.utter_message(text="Bye!")',
        'TEXTS = {"ice": ["Wrap the ice in a towel."]}',
        'print("Put some ice on your knee")',
        'def f(text="rest it for a week"): return text',
    ],
)
def test_a_text_in_code_is_found(code):
    assert written_text(code, "kneewise/replies.py")


@pytest.mark.parametrize(
    ("code", "file"),
    [
        ('"""What this module does, in words."""', "kneewise/plan.py"),
        ('X = 1\n"""What X is, in four or more words."""', "kneewise/plan.py"),
        ('raise ValueError("the port must be a number")', "kneewise/serve.py"),
        ('logger.error("the turn failed in action %s", name)', "actions/turn.py"),
        ('print("Write to Kneewise and press enter")', "kneewise/shell.py"),
        ('X = Counter("x_total", "Bot messages by what they are about.")', "kneewise/metrics.py"),
        ('write.phrase("what_you_told", signs=told)', "kneewise/replies.py"),
        (
            "LOOK = \"local head = redis.call('LINDEX', KEYS[1], 0) while head do\"",
            "kneewise/locks.py",
        ),
        ('OLD = "INSERT INTO talks SELECT id FROM events GROUP BY id"', "kneewise/migrate.py"),
        ('LEAD = re.compile(r"^(?:is it ok to |ok to )?i\\b")', "kneewise/nlu/clauses.py"),
    ],
)
def test_what_a_runner_never_reads_is_left_alone(code, file):
    assert not written_text(code, file)
