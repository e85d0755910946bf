"""On someone else's page: one line, no rule of theirs broken, nothing of theirs touched."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import cards
import pytest
from chat import TAPS, Chat, words
from chromium import Watch
from host import Site, other_site
from playwright.sync_api import Page, expect
from running import Running, request

LARGEST = 15 * 1024
PRINTED = """() => {
  const tell = (frame) => { frame.print = () => console.log(
    'PRINTED ' + frame.document.title + ' ' + frame.document.body.innerText); };
  const { get } = Object.getOwnPropertyDescriptor(HTMLIFrameElement.prototype, 'contentWindow');
  Object.defineProperty(HTMLIFrameElement.prototype, 'contentWindow', { get() {
    const frame = get.call(this);
    if (frame) tell(frame);
    return frame;
  } });
  tell(window);
}"""
"""What is printed goes to the console: a headless browser shows no dialog to look into."""
UNKIND = """
* { font-size: 40px !important; text-transform: uppercase !important;
    letter-spacing: 9px !important;
    color: red !important; line-height: 3 !important; text-align: right !important }
button { display: none !important; border-radius: 0 !important }
textarea, input, label, p, li, div, svg, section { all: unset !important; float: left !important }
a { pointer-events: none !important }
"""
LOOKS = [
    "fontSize",
    "textTransform",
    "letterSpacing",
    "color",
    "lineHeight",
    "textAlign",
    "display",
    "float",
    "borderRadius",
]


def looks(page: Page, inside: bool) -> list[str]:
    """How everything looks, in the chat or on the page around it."""
    found: list[str] = page.evaluate(
        """([names, inside]) => {
          const root = inside ? document.querySelector('kneewise-chat').shadowRoot : document.body;
          return [...root.querySelectorAll('*')].filter((one) => one.localName !== 'kneewise-chat')
            .map((one) => {
              const style = getComputedStyle(one);
              return one.localName + ' ' + names.map((name) => style[name]).join(' ');
            });
        }""",
        [LOOKS, inside],
    )
    return found


@pytest.fixture
def embedded(page: Page, other: Site, bot: str) -> Chat:
    """The chat, opened, on someone else's page under a strict policy."""
    other.reports.clear()
    return Chat.at(page, other.embed(bot))


@pytest.fixture
def stranger() -> Iterator[Site]:
    """A site that may not use the chat."""
    with other_site() as found:
        yield found


def test_the_policy_is_enforced_and_its_reports_arrive(
    page: Page, other: Site, bot: str, watch: Watch
):
    watch.expect("Content Security Policy|CSP: ")
    other.reports.clear()
    page.goto(other.page(bot, embed="<script>document.title = 'run'</script>"))
    page.wait_for_timeout(500)
    assert page.title() == "Fell Harriers"
    assert other.reports
    assert watch.problems
    other.reports.clear()


def test_a_whole_journey_breaks_no_rule_of_a_strict_page(
    embedded: Chat, page: Page, other: Site, picture
):
    embedded.press("My knee hurts")
    asked = []
    for kind in embedded.questions():
        asked.append(kind)
        embedded.tap(kind)
    assert set(asked) == {"buttons", *TAPS}
    picture(page)
    for kind, message in cards.MESSAGES.items():
        embedded.show(message)
        expect(embedded.element.locator(f"[data-card={kind}]").last).to_be_visible()
    expect(embedded.card("exercise").locator("svg path").first).to_be_attached()
    page.wait_for_timeout(500)
    assert other.reports == []


def test_the_summary_is_printed_alone_under_a_strict_policy(
    profile, other: Site, bot: str, watch: Watch
):
    context = profile()
    context.add_init_script(f"({PRINTED})()")
    page = context.new_page()
    printed: list[str] = []
    page.on("console", lambda m: printed.append(m.text) if m.text.startswith("PRINTED") else None)
    other.reports.clear()
    chat = Chat.at(page, other.embed(bot))
    chat.say("hello")
    chat.show(cards.MESSAGES["summary"])
    chat.card("summary").get_by_role("button", name="Print or save", exact=True).click()
    page.wait_for_timeout(700)
    assert len(printed) == 1
    assert "front of the left knee" in printed[0]
    assert "It locked once." in printed[0]
    assert cards.CHART["distance"]["label"] in printed[0], "the chart is on it"
    assert "Fell Harriers" not in printed[0]
    assert "hello" not in printed[0]
    assert other.reports == []


def test_one_line_embeds_the_chat_and_only_the_bot_is_asked(
    embedded: Chat, page: Page, other: Site, bot: str, watch: Watch
):
    embedded.say("should I put ice on my knee?")
    embedded.show(cards.MESSAGES["exercise"])
    expect(embedded.card("exercise").locator("svg")).to_have_count(1)
    asked = {urlsplit(url).netloc for url in watch.requests if not url.startswith("data:")}
    assert asked == {urlsplit(bot).netloc, urlsplit(other.url).netloc}
    theirs = [urlsplit(url).path for url in watch.requests if url.startswith(other.url)]
    assert set(theirs) <= {"/", "/site.css", "/favicon.ico"}
    assert page.context.cookies() == []
    assert page.evaluate("document.cookie + localStorage.length") == "0"


def test_the_line_passes_its_settings_on(page: Page, other: Site, bot: str):
    more = 'data-theme="dark" data-region="uk" data-start="hello"'
    chat = Chat.at(page, other.embed(bot, "/set", more))
    chat.answered()
    expect(chat.own).to_have_count(1)
    chat.say("my calf is swollen and I am short of breath")
    expect(chat.pins.first).to_contain_text("999")
    background = "(one) => getComputedStyle(one).backgroundColor"
    channels = re.findall(r"\d+", chat.element.locator("[part=panel]").evaluate(background))
    assert sum(map(int, channels[:3])) < 200
    chat.reload()
    expect(chat.own).to_have_count(2)


def test_a_site_that_is_not_on_the_list_is_refused_in_words(
    page: Page, stranger: Site, bot: str, watch: Watch, server: Running, picture
):
    watch.expect("CORS|status of 403|ERR_FAILED")
    chat = Chat.at(page, stranger.embed(bot))
    chat.write("hello")
    expect(chat.element.get_by_text(words()["forbidden_origin"]).first).to_be_visible()
    picture(page)
    expect(chat.answers).to_have_count(0)


def all_cards(page: Page, url: str) -> Chat:
    """The chat on a page, with a card of every type."""
    chat = Chat.at(page, url)
    for message in cards.MESSAGES.values():
        chat.show(message)
    for kind in ("kneemap", "exercise", "summary"):
        expect(chat.card(kind).locator("svg").first).to_be_visible()
    return chat


def test_the_styles_of_the_page_do_not_get_in(profile, other: Site, bot: str, picture):
    kind = profile().new_page()
    all_cards(kind, other.embed(bot, "/kind"))
    other.put("/unkind.css", UNKIND, "text/css")
    unkind = profile().new_page()
    body = '<link rel="stylesheet" href="/unkind.css">'
    all_cards(unkind, other.embed(bot, "/unkind", body=body))
    picture(unkind)
    assert any("40px" in one for one in looks(unkind, inside=False))
    assert looks(unkind, inside=True) == looks(kind, inside=True)


def test_the_styles_of_the_chat_do_not_get_out(page: Page, other: Site, bot: str):
    page.goto(other.page(bot, "/alone"))
    before = looks(page, inside=False)
    chat = Chat.at(page, other.embed(bot, "/with"))
    chat.say("hello")
    after = [one for one in looks(page, inside=False) if not one.startswith("script")]
    assert after == before
    assert page.evaluate("document.styleSheets.length + document.adoptedStyleSheets.length") == 1


def test_a_page_can_open_the_chat_and_ask(page: Page, other: Site, bot: str):
    body = '<p><button type="button" data-kneewise-ask="can I run?" id="ask">Ask</button></p>'
    page.goto(other.embed(bot, "/ask", body=body))
    chat = Chat(page)
    expect(chat.launcher).to_be_visible()
    page.locator("#ask").click()
    chat.answered()
    expect(chat.own).to_contain_text(["can I run?"])


def test_a_page_with_two_lines_has_one_chat(page: Page, other: Site, bot: str):
    line = f'<script type="module" src="{bot}/webhooks/web/kneewise.js" data-auto></script>'
    page.goto(other.page(bot, "/twice", embed=line * 2))
    expect(Chat(page).launcher).to_be_visible()
    expect(Chat(page).element).to_have_count(1)


def test_the_widget_weighs_little(server: Running):
    script = request(server.port, "/webhooks/web/kneewise.js").text
    assert len(gzip.compress(script.encode(), 9)) <= LARGEST
