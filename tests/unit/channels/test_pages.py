"""The files of the widget and the page, from a folder made for the test."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from sanic.request import Request

from kneewise import knowledge
from kneewise.channels.core import WrongSetting
from kneewise.channels.pages import ROOT, File, site
from kneewise.replies import Writer

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors {}; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
TEMPLATE = "<title>{{ page.title }}</title>{{ page.limits }}{{ sources | length }}"
WRITE = Writer(knowledge.load(), knowledge.load().region())
WIDGET = ["kneewise.js", "drawings/squat.svg"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A widget and its words."""
    widget = tmp_path / "widget"
    (widget / "drawings").mkdir(parents=True)
    (widget / "kneewise.js").write_text("export const knee = 'é';", "utf-8")
    (widget / "chat.css").write_text("body { margin: 0 }")
    (widget / "drawings" / "squat.svg").write_text("<svg/>")
    (widget / "drawings" / "notes.md").write_text("not served")
    (widget / "chat.html.j2").write_text(TEMPLATE)
    (tmp_path / "widget.yml").write_text(
        "chat: {send: Sénd, left: '{number} left'}\n"
        "page: {title: Knees <b>&</b> runners, limits: ['{days} days']}"
    )
    return tmp_path


def built(root: Path, *origins: str) -> dict[str, File]:
    return site(root / "widget", root / "widget.yml", 30, WRITE, origins)


def test_what_the_server_knows_is_in_the_words(root):
    files = built(root)
    page = files["chat"].body.decode()
    assert "30 days" in page
    assert page.endswith(str(len(WRITE.kb.sources)))


def asked(**headers: str) -> Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request(b"/", named, "1.1", "GET", None, None)


def test_only_what_belongs_to_the_widget_is_served(root):
    (root / "widget" / "link.js").symlink_to("/etc/passwd")
    assert set(built(root)) == {*WIDGET, "chat.css", "chat", "strings.json"}


def test_each_has_its_kind(root):
    kinds = {path: file.kind for path, file in built(root).items()}
    assert kinds == {
        "kneewise.js": "text/javascript; charset=utf-8",
        "chat.css": "text/css; charset=utf-8",
        "drawings/squat.svg": "image/svg+xml",
        "strings.json": "application/json",
        "chat": "text/html; charset=utf-8",
    }


def test_what_is_for_readers_is_not_served(root):
    source = """// Why.

const one = 1; // and this stays

  // Why.
  const two = `a
    b`;
\tconst https = 'https://a.example';
// Last.
"""
    (root / "widget" / "kneewise.js").write_text(source)
    assert built(root)["kneewise.js"].body.decode() == (
        "const one = 1; // and this stays\nconst two = `a\nb`;\nconst https = 'https://a.example';\n"
    )


def test_only_styles_stand_in_texts_of_several_lines():
    for script in sorted((ROOT / "widget").glob("*.js")):
        texts = re.findall(r"`[^`]*`", script.read_text("utf-8"))
        assert {one for one in texts if "\n" in one} <= {
            one for one in texts if re.search(r"--d-accent:", one)
        }, f"{script.name}: what sets lines in is not served"


def test_the_words(root):
    words = json.loads(built(root)["strings.json"].body)
    assert words == {"chat": {"send": "Sénd", "left": "{number} left"}}


def test_the_page_holds_its_words_as_text(root):
    page = built(root)["chat"].body.decode()
    assert page.startswith("<title>Knees &lt;b&gt;&amp;&lt;/b&gt; runners</title>")


@pytest.mark.parametrize(
    ("origins", "ancestors"),
    [
        ((), "'none'"),
        (("https://a.example", "http://b.example:8"), "https://a.example http://b.example:8"),
    ],
)
def test_the_page_is_closed_to_all_else(origins, ancestors, root):
    headers = built(root, *origins)["chat"].served(asked()).headers
    assert headers["content-security-policy"] == POLICY.format(ancestors)
    assert headers["referrer-policy"] == "no-referrer"
    assert "microphone=()" in headers["permissions-policy"]
    assert "access-control-allow-origin" not in headers


def test_other_sites_may_take_the_widget_and_its_words(root):
    shared = {
        path: file.served(asked()).headers.get("access-control-allow-origin")
        for path, file in built(root).items()
    }
    assert shared == {
        **dict.fromkeys([*WIDGET, "strings.json"], "*"),
        **dict.fromkeys(["chat.css", "chat"]),
    }


def test_what_the_browser_has_is_not_sent_again(root):
    for file in built(root).values():
        first = file.served(asked())
        assert (first.status, first.body) == (200, file.body)
        tag = first.headers["etag"]
        for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            again = file.served(asked(If_None_Match=known))
            assert (again.status, again.body) == (304, b"")
            assert again.headers["etag"] == tag
        assert file.served(asked(If_None_Match='"other"')).status == 200
        for answer in (first, again):
            assert answer.headers["cache-control"] == "public, max-age=300, must-revalidate"
            assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_tag_changes_with_the_file_and_its_headers(root):
    before = {path: file.tag for path, file in built(root).items()}
    assert built(root)["chat"].tag == before["chat"]
    assert built(root, "https://a.example")["chat"].tag != before["chat"]
    (root / "widget" / "kneewise.js").write_text("changed")
    assert built(root)["kneewise.js"].tag != before["kneewise.js"]
    assert len(set(before.values())) == len(before)


@pytest.mark.parametrize("lost", ["widget.yml", "widget/kneewise.js", "widget/chat.html.j2"])
def test_what_is_lost_is_named(lost, root):
    (root / lost).unlink()
    with pytest.raises(WrongSetting, match=Path(lost).name):
        built(root)


@pytest.mark.parametrize("words", ["chat: {}", "page: {title: A}", "[]", "chat: {", ""])
def test_words_that_cannot_be_used_are_refused(words, root):
    (root / "widget.yml").write_text(words)
    with pytest.raises(WrongSetting, match="chat page cannot be made"):
        built(root)


def test_a_word_that_the_page_wants_must_be_there(root):
    (root / "widget.yml").write_text("chat: {}\npage: {other: A}")
    with pytest.raises(WrongSetting, match="title"):
        built(root)
