"""The Chromium of this machine, and one browser context in which nothing may go wrong unseen."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = (
    "The browser tests need Chromium: install Debian's or Ubuntu's package chromium, or let "
    "KNEEWISE_CHROMIUM name the program of a Chromium or Chrome."
)
ARGUMENTS = (
    # No name is looked up: a page that wants anything from elsewhere fails, and is seen to.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--force-color-profile=srgb",
)
VIOLATIONS = """addEventListener('securitypolicyviolation', (event) =>
  console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`));"""


def find_chromium() -> str | None:
    """The program: the one set, else the first on PATH."""
    named = os.environ.get("KNEEWISE_CHROMIUM")
    return shutil.which(named) if named else next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def launched(program: str) -> Iterator[Browser]:
    """A headless browser; Playwright's own is never fetched."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    arguments = [*ARGUMENTS, *(["--no-sandbox"] if root else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


@dataclass
class Watch:
    """What the pages of a test asked for, and what went wrong on them."""

    requests: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def expect(self, pattern: str) -> None:
        """Say which error a test brings about on purpose."""
        self.expected.append(pattern)

    def unexpected(self) -> list[str]:
        """Everything that went wrong and should not have."""
        return [p for p in self.problems if not any(re.search(e, p) for e in self.expected)]

    def attach(self, context: BrowserContext) -> BrowserContext:
        """Listen to all pages of a context."""
        context.add_init_script(VIOLATIONS)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.problems.append(f"page error: {error.error}"))
        context.on("dialog", self._dialog)
        context.on("request", lambda request: self.requests.append(request.url))
        return context

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            where = message.location.get("url", "")
            self.problems.append(f"console {message.type}: {message.text} ({where})")

    def _dialog(self, dialog: Any) -> None:
        self.problems.append(f"dialog: {dialog.message}")
        dialog.dismiss()
