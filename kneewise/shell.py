"""Talk to the assistant in the terminal, in process."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Any

from kneewise.starting import CannotServe, checked
from kneewise.testing import Assistant

ROOT = Path(__file__).resolve().parents[1]
QUIT = ("/quit", "/exit")


def shown(reply: dict[str, Any]) -> str:
    """A reply as text for a terminal; buttons are listed, and typing their words presses them."""
    lines = [reply["text"] or ""]
    if reply["buttons"]:
        lines.append("[" + "] [".join(button["title"] for button in reply["buttons"]) + "]")
    return "\n".join(lines)


def talk() -> None:
    """Read lines and answer them until /quit or the end of input.

    Raises:
        SystemExit: it cannot start; the message says why.
    """
    logging.disable(logging.WARNING)
    try:
        chat = Assistant.load(checked(ROOT)).conversation("shell")
    except CannotServe as error:
        sys.exit(str(error))
    print("Write to Kneewise. /quit ends.")
    while True:
        try:
            text = input("\nyou> ").strip()
        except (EOFError, KeyboardInterrupt):
            break
        if text in QUIT:
            break
        if text:
            print("\n\n".join(shown(reply) for reply in chat.say(text)))
