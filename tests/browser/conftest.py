"""A real server, a real browser, and a fresh profile for each test in which nothing goes wrong."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from chat import Chat
from chromium import MISSING, Watch, find_chromium, launched
from fake import Fake, faking
from host import Site, other_site
from playwright.sync_api import Browser, BrowserContext, Page, expect
from running import ROOT, Running, serving

PICTURES = ROOT / "results" / "browser"
SIZE = {"width": 1280, "height": 900}
PATIENCE = 15_000
"""Milliseconds: a page that is slow on a busy machine is no fault."""

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def program() -> str:
    """The Chromium to drive; without one the tests are skipped, in CI they fail."""
    found = find_chromium()
    if not found:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(MISSING)
    return found


@pytest.fixture(scope="module")
def browser(program: str) -> Iterator[Browser]:
    """One for a module, not for all: while it is there, nothing else can use asyncio."""
    with launched(program) as found:
        yield found


@pytest.fixture(scope="session")
def other() -> Iterator[Site]:
    """Someone else's site, which may embed the chat."""
    with other_site() as found:
        yield found


@pytest.fixture(scope="session")
def server(
    program: str, other: Site, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """The real server, which lets the other site embed the chat."""
    with serving(tmp_path_factory.mktemp("browser"), KNEEWISE_ORIGINS=other.url) as found:
        yield found


@pytest.fixture(scope="session")
def bot(server: Running) -> str:
    """The address of the real server."""
    return f"http://127.0.0.1:{server.port}"


@pytest.fixture
def fake(server: Running) -> Iterator[Fake]:
    """A scripted stand-in for the assistant, with the real page and widget."""
    with faking(server.port) as found:
        yield found


@pytest.fixture
def watch() -> Watch:
    """What the pages of this test ask for, and what goes wrong on them."""
    return Watch()


@pytest.fixture
def profile(browser: Browser, watch: Watch) -> Iterator[Callable[..., BrowserContext]]:
    """Make fresh, watched browser profiles; in the end nothing may have gone wrong in any."""
    made: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        settings = {"viewport": SIZE, "locale": "en-GB", **options}
        made.append(watch.attach(browser.new_context(**settings)))
        made[-1].set_default_timeout(PATIENCE)
        return made[-1]

    yield make
    for context in made:
        context.close()
    assert not watch.unexpected()


@pytest.fixture
def page(profile: Callable[..., BrowserContext]) -> Page:
    """A page of a fresh profile."""
    return profile().new_page()


@pytest.fixture
def chat(page: Page, bot: str) -> Chat:
    """The chat page of the real server, opened."""
    return Chat.at(page, f"{bot}/chat")


@pytest.fixture
def faked(page: Page, fake: Fake) -> Chat:
    """The chat page in front of the scripted stand-in, opened."""
    return Chat.at(page, f"{fake.url}/chat")


@pytest.fixture
def picture(request: pytest.FixtureRequest) -> Callable[..., Path]:
    """Keep a picture of a page for a person to look at, named after the test."""
    PICTURES.mkdir(parents=True, exist_ok=True)

    def keep(page: Page, name: str = "", **options: Any) -> Path:
        test = request.node.name.removeprefix("test_").replace("/", "-")
        path = PICTURES / f"{test}{name and '-'}{name}.png"
        page.screenshot(path=path, animations="disabled", **options)
        return path

    return keep
