"""Write the conversations of docs/transcripts as the assistant holds them today."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kneewise.knowledge import read_yaml
from kneewise.testing import Assistant

ORDER = ("plan", "urgent", "fallback")
BEGIN = "<!-- transcript: docs/transcripts/readme.yml -->\n"
END = "<!-- end of transcript -->"


def held(assistant: Assistant, path: Path) -> str:
    """One conversation as Markdown: what was said in bold, the answers quoted, then buttons."""
    chat = assistant.conversation()
    blocks = []
    for text in read_yaml(path)["say"]:
        answers = "\n>\n".join(quoted(reply) for reply in chat.say(str(text)))
        blocks.append(f"**Runner:** {text}\n\n{answers}\n")
    return "\n".join(blocks)


def quoted(reply: dict[str, Any]) -> str:
    """One answer as a quotation, with its buttons."""
    lines = (reply["text"] or "").splitlines()
    # What stands in the text already (the checklist) is not shown as a button once more.
    titles = [b["title"] for b in reply["buttons"] if b["title"] not in (reply["text"] or "")]
    if titles:
        lines.append("`" + "` `".join(titles) + "`")
    return "\n".join(f"> {line}  " for line in lines)


def page(assistant: Assistant, root: Path) -> str:
    """The text of docs/transcripts.md."""
    parts = ["# Conversations\n\nHeld by `make transcripts`; a test replays them.\n"]
    for name in ORDER:
        path = root / "docs" / "transcripts" / f"{name}.yml"
        parts.append(f"## {read_yaml(path)['title']}\n\n{held(assistant, path)}")
    return "\n".join(parts)


def readme(assistant: Assistant, root: Path) -> str:
    """The README with the conversation in it as it is held today."""
    text = (root / "README.md").read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    path = root / "docs" / "transcripts" / "readme.yml"
    return f"{before}{BEGIN}\n{held(assistant, path)}\n{END}{after}"


def write(root: Path) -> None:
    """Write both files anew."""
    assistant = Assistant.load()
    (root / "docs" / "transcripts.md").write_text(page(assistant, root), encoding="utf-8")
    (root / "README.md").write_text(readme(assistant, root), encoding="utf-8")
