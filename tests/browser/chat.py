"""What a visitor does with the chat and sees of it, by the names and roles that they go by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml
from fake import Message
from playwright.sync_api import Locator, Page, expect
from running import ROOT

NONE = "None of these"
FRONT = "Front of the knee, or around the kneecap"
WHOLE = "All over the knee, or deep inside"
TAPS = {
    "signs": (NONE,),
    "kneemap": ("Left knee", FRONT, WHOLE),
    "choices": ("Running", "Stairs"),
    "scale": ("4",),
}
"""What to tap when a card asks."""
CHILD = "Under 16"
"""What must not be tapped: a child gets no plan."""
MOST_QUESTIONS = 10
SAVED = 400
"""Milliseconds after which a tab has surely kept what happened in it."""


@cache
def words() -> dict[str, Any]:
    """Every word of the widget, by its name in knowledge/widget.yml."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "knowledge/widget.yml").read_text("utf-8"))
    return {
        key: text.strip() if isinstance(text, str) else text for key, text in found["chat"].items()
    }


@dataclass
class Chat:
    """The chat on a page."""

    page: Page

    @classmethod
    def at(cls, page: Page, url: str) -> Chat:
        """Go to a page with a chat, and wait until it is there."""
        page.goto(url)
        return cls(page).ready()

    def ready(self) -> Chat:
        """Wait until the chat is there, and open it if it is a button yet."""
        expect(self.launcher.or_(self.input).filter(visible=True)).to_have_count(1)
        if self.launcher.is_visible():
            self.launcher.click()
        expect(self.input).to_be_visible()
        return self

    def reload(self) -> Chat:
        """Load the page anew; what was written is kept some moments after it was."""
        self.page.wait_for_timeout(SAVED)
        self.page.reload()
        return self.ready()

    @property
    def element(self) -> Locator:
        """The element; what is in it is found through its open shadow root."""
        return self.page.locator("kneewise-chat")

    @property
    def launcher(self) -> Locator:
        """The button that opens the window."""
        return self.element.locator("[part=launcher]")

    @property
    def input(self) -> Locator:
        """Where the visitor writes."""
        return self.element.get_by_role("textbox", name=words()["input"])

    @property
    def log(self) -> Locator:
        """The transcript."""
        return self.element.get_by_role("log")

    @property
    def answers(self) -> Locator:
        """The messages of the assistant."""
        return self.log.locator("[part=bot]")

    @property
    def entries(self) -> Locator:
        """Everything in the transcript, without the welcome."""
        return self.log.locator("[part=bot], [part=me], [part=note]")

    @property
    def own(self) -> Locator:
        """The messages of the visitor."""
        return self.log.locator("[part=me]")

    @property
    def typing(self) -> Locator:
        """What says that an answer is on its way."""
        return self.element.get_by_text(words()["typing"])

    @property
    def pins(self) -> Locator:
        """The warnings on top that wait to be acknowledged."""
        return self.element.locator("[part=urgent] [data-card=urgent]")

    @property
    def scroll(self) -> Locator:
        """The part that scrolls."""
        return self.element.locator("[part=transcript]")

    @property
    def opener(self) -> Locator:
        """What opens the menu."""
        return self.element.locator("[part=menu] summary")

    def card(self, kind: str) -> Locator:
        """The newest card of a type in the transcript."""
        return self.log.locator(f"[data-card={kind}]").last

    def button(self, name: str) -> Locator:
        """The newest button of a name."""
        return self.element.get_by_role("button", name=name, exact=True).last

    def press(self, name: str) -> None:
        """Press the newest button of a name, and wait for the answer."""
        self.button(name).click()
        self.answered()

    def send(self, kind: str) -> None:
        """Press "Send" of the newest card of a type, and wait for the answer."""
        self.card(kind).get_by_role("button", name="Send", exact=True).click()
        self.answered()

    def unfold(self) -> None:
        """Open all that can be opened in the transcript."""
        self.log.locator("details").evaluate_all("(all) => all.forEach((one) => (one.open = true))")

    def tick(self, kind: str, *names: str) -> None:
        """Tick, pick or press what has these names on the newest card of a type."""
        for name in names:
            card = self.card(kind)
            for role in ("radio", "checkbox", "button"):
                found = card.get_by_role(role, name=name, exact=True)
                if found.count():
                    found.click() if role == "button" else found.check()
                    break
            else:
                raise AssertionError(f"{kind} offers no {name!r}")

    def asked(self) -> str:
        """The kind of the open question: its card's type, "buttons", or "" when none is open."""
        last = self.answers.last
        for kind in ("kneemap", "signs", "choices", "scale"):
            if last.locator(f"[data-card={kind}]").count():
                return kind
        return "buttons" if last.locator("[data-card=progress]").count() else ""

    def questions(self) -> Iterator[str]:
        """The kinds of the open questions, as long as there is one."""
        for _ in range(MOST_QUESTIONS):
            if kind := self.asked():
                yield kind
            else:
                return
        raise AssertionError("the questions do not end")

    def tap(self, kind: str) -> None:
        """Answer the open question by tapping, and wait for what comes next."""
        names = TAPS.get(kind, ())
        if kind == "buttons":
            self.answers.last.locator("button[data-choice]", has_not_text=CHILD).first.click()
            self.answered()
        elif names == (NONE,):
            self.press(NONE)
        else:
            self.tick(kind, *names)
            self.send(kind)

    def write(self, text: str) -> None:
        """Write a message and send it."""
        self.input.fill(text)
        self.input.press("Enter")

    def say(self, text: str) -> str:
        """Write a message, send it, and wait for the answer: the last message of it."""
        self.write(text)
        return self.answered()

    def answered(self) -> str:
        """Wait until the answer is complete: the text of its last message."""
        expect(self.typing).to_have_count(0)
        expect(self.entries.last).to_have_attribute("part", "bot")
        return self.entries.last.inner_text()

    def show(self, message: Message) -> None:
        """Show a message of the assistant without asking for it."""
        before = self.answers.count()
        self.element.evaluate("(element, message) => element.show(message)", message)
        expect(self.answers).to_have_count(before + 1)

    def menu(self, name: str) -> None:
        """Choose from the menu."""
        self.opener.click()
        self.element.get_by_role("button", name=words()[name], exact=True).click()

    def focused(self) -> str:
        """The name of what has the focus inside the chat, or what it is."""
        return str(
            self.element.evaluate(
                """(element) => {
                  const found = element.shadowRoot.activeElement;
                  return !found ? '' : found.getAttribute('aria-label') ?? found.textContent.trim();
                }"""
            )
        )


def stored(page: Page, place: str = "sessionStorage") -> dict[str, Any]:
    """What the tab keeps of the conversation, or the device."""
    page.wait_for_timeout(SAVED)
    kept: dict[str, Any] = page.evaluate(
        """(place) => {
          const key = Object.keys(window[place]).find((one) => /^kneewise http/.test(one));
          return JSON.parse(window[place].getItem(key) ?? '{}');
        }""",
        place,
    )
    return kept
