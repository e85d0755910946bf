"""The README's commands exist, and its conversations are what the assistant says today."""

from __future__ import annotations

import re
from pathlib import Path

from kneewise import journey, transcripts
from kneewise.testing import Assistant

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_make_command_of_the_docs_is_a_target() -> None:
    """What the README and CONTRIBUTING tell people to type is there."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    docs = README + (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    named = set(re.findall(r"`make ([a-z-]+)", docs)) | set(
        re.findall(r"^make ([a-z-]+)", docs, re.MULTILINE)
    )
    assert {"run", "test"} <= named
    assert named <= targets


def test_every_file_that_the_readme_names_is_there() -> None:
    """No link and no path leads nowhere."""
    paths = re.findall(r"\]\(([^)#:]+)\)", README) + re.findall(r"`([a-z_]+/[\w./]*)`", README)
    made = (".venv/",)
    missing = [path for path in paths if not path.startswith(made) and not (ROOT / path).exists()]
    assert not missing


def test_the_python_example_runs(assistant: Assistant) -> None:
    """The harness does what the README shows."""
    chat = assistant.conversation()
    replies = chat.say("it hurts below my kneecap after jumping, no swelling")
    assert {"text", "metadata", "buttons", "image", "custom"} <= set(replies[0])
    assert chat.slots["pain_location"] == "below_kneecap"
    assert chat.slots["has_swelling"] is False
    assert {fact["kind"] for fact in chat.parse["facts"]} >= {"location", "trigger", "sign"}


def test_the_conversations_in_the_docs_are_held_like_that(assistant: Assistant) -> None:
    """`make transcripts` writes them; who changes an answer runs it."""
    assert transcripts.readme(assistant, ROOT) == README
    page = (ROOT / "docs" / "transcripts.md").read_text(encoding="utf-8")
    assert transcripts.page(assistant, ROOT) == page


def test_the_journey_is_what_it_says_today(assistant: Assistant) -> None:
    """`make journey` writes it; its pictures are compared by what they are made of, their words."""
    held = journey.held(assistant, ROOT)
    assert held.page == (ROOT / journey.PAGE).read_text(encoding="utf-8")
    assert {path.stem for path in (ROOT / journey.PICTURES).glob("journey-*.png")} == set(
        held.pictures
    )


def test_no_two_test_files_share_a_name() -> None:
    """They are imported by their bare names, so pytest would refuse the second one."""
    names = [path.name for path in (ROOT / "tests").rglob("*.py") if path.name != "conftest.py"]
    twice = {name for name in names if names.count(name) > 1 and name != "__init__.py"}
    assert not twice
