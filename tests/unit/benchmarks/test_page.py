"""The page to browse: every error is there, and no message can break out of its place."""

from __future__ import annotations

import re

from benchmarks import page
from benchmarks.unseen import Message, Verdict
from benchmarks.whole import Outcome, laid_end_to_end, shares

HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(2)> {{ 7 * 7 }} ' &amp;"
ABOUT = {"Model": "kneewise-1.tar.gz"}


def outcome(text, intent, *, kind="topic", topics=("ice",), file="a.yml", **verdict):
    message = Message(text, kind, topics=topics, intent="greet", file=file)
    return Outcome(message, Verdict(intent, (), **verdict), 0.5, 3.0)


RIGHT = outcome("should i ice it", "ask_ice", topic_right=True)
WRONG = outcome("and heat?", "ask_run", topic_right=False, topics_all=True, heard="hot_red:present")
SEVERAL = outcome("ice and run", "ask_ice", kind="multi", topics_all=False)
DANGER = outcome("may i ice my locked knee", "report_red_flag", kind="danger", warned=True)


def test_hostile_text_is_escaped_wherever_it_stands():
    bad = outcome(HOSTILE, HOSTILE, file=HOSTILE, topic_right=False, heard=HOSTILE)
    html = page.render([bad], {"Model": HOSTILE})
    assert html.count("<script") == 1
    assert "<img" not in html
    assert "onerror=alert(2)&gt; {{ 7 * 7 }}" in html
    assert '""' not in re.sub(r'value=""', "", html)


def test_a_cell_leads_to_its_messages():
    html = page.render([RIGHT, WRONG], ABOUT)
    for cell in page.confusion([RIGHT, WRONG]):
        assert f'href="#{cell.id}"' in html
        assert f'<section id="{cell.id}">' in html


def test_the_cells_count_by_wanted_and_heard_and_leave_several_topics_out():
    cells = page.confusion([RIGHT, RIGHT, WRONG, SEVERAL])
    assert [(c.wanted, c.heard, len(c.outcomes), round(c.share, 2)) for c in cells] == [
        ("ask_ice", "ask_ice", 2, 0.67),
        ("ask_ice", "ask_run", 1, 0.33),
    ]
    assert [c.right for c in cells] == [True, False]
    assert page.labels(cells) == ["ask_ice", "ask_run"]


def test_danger_is_wanted_before_the_topic_asked():
    assert [cell.right for cell in page.confusion([DANGER])] == [True]


def test_the_errors_are_those_that_failed_something():
    html = page.render([RIGHT, WRONG, SEVERAL], ABOUT)
    rows = re.findall(r'<tr data-kind="(\w+)"', html)
    assert rows == ["topic", "multi"]
    assert "hot_red:present" in html
    assert "2 shown" in html


def test_nothing_is_fetched_from_elsewhere():
    html = page.render([RIGHT, WRONG], ABOUT)
    assert not re.search(r"https?:|//\w|\bsrc=|@import|url\(", html)
    assert "default-src 'none'" in html


def test_a_page_about_no_messages_can_be_made():
    assert "0 shown" in page.render([], ABOUT)


def test_the_shares_are_of_all_and_of_each_file():
    other = outcome("x", "ask_ice", file="b.yml", topic_right=True)
    found = shares([RIGHT, WRONG, other])
    assert found["all"]["topic_right"] == (2, 3)
    assert found["a.yml"]["topic_right"] == (1, 2)
    assert found["b.yml"]["warned"] == (0, 0)


def test_texts_of_a_length_are_cut_from_all_messages_in_a_row():
    assert laid_end_to_end(["a b c", "d e"], 2) == ["a b", "c d"]
