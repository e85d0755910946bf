"""A bot message as posts: all of it, and within Slack's limits as slack_sdk knows them too."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block

from kneewise.channels.offers import button_id
from kneewise.channels.slack.blocks import plain_posts, posts

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "channels"))
from slack_rules import wrong

EVIL = "<!channel> & <@U1>"


def buttons(*titles: str) -> list[dict[str, str]]:
    return [{"title": title, "payload": title} for title in titles]


def signs(count: int, **message: Any) -> dict[str, Any]:
    titles = [f"Sign number {n}" for n in range(1, count + 1)]
    card = {
        "type": "signs",
        "items": [{"title": title} for title in titles],
        "send": "Send",
        "none": {"title": "None of these"},
    }
    return {
        "text": "Any of these?\n" + "\n".join(f"{n}. {t}" for n, t in enumerate(titles, 1)),
        "custom": {"v": 1, "text": "Any of these?", "cards": [card]},
        "buttons": buttons(*titles, "None of these", "Skip"),
        **message,
    }


def all_elements(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [e for post in found for block in post["blocks"] for e in block.get("elements", ())]


def section_texts(found: list[dict[str, Any]]) -> list[str]:
    return [b["text"]["text"] for post in found for b in post["blocks"] if b["type"] == "section"]


def check(found: list[dict[str, Any]]) -> None:
    """Hold posts against our table of the limits, and against slack_sdk's own."""
    for post in found:
        assert wrong(post["blocks"]) == []
        assert 0 < len(post["text"]) <= 4000
        assert "<" not in json.dumps(post)
        for block, parsed in zip(post["blocks"], Block.parse_all(post["blocks"]), strict=True):
            parsed.validate_json()
            assert parsed.to_dict() == block


def test_a_text_is_a_section() -> None:
    assert posts({"text": "Hello & <b>"}) == [
        {
            "text": "Hello &amp; &lt;b&gt;",
            "blocks": [
                {
                    "type": "section",
                    "text": {
                        "type": "mrkdwn",
                        "text": "Hello &amp; &lt;b&gt;",
                        "verbatim": True,
                    },
                }
            ],
        }
    ]


@pytest.mark.parametrize("message", [{}, {"text": ""}, {"text": " \n"}, {"text": "**"}])
def test_a_message_that_says_nothing_is_no_post(message: dict[str, Any]) -> None:
    assert posts({**message, "metadata": {"flags": ["fever"]}}) == []


def test_s18_nobody_can_be_called() -> None:
    message = {
        "text": f"You said {EVIL}",
        "image": "https://a.example/b.png",
        "buttons": buttons(EVIL),
        "custom": {
            "v": 1,
            "cards": [{"type": "signs", "items": [{"title": f"{EVIL}!"}], "send": EVIL}],
        },
        "metadata": {"flags": ["fever"]},
    }
    found = posts(message)
    check(found)
    assert "&lt;!channel&gt; &amp;" in found[0]["text"]
    assert all("<" not in post["text"] for post in plain_posts(message))


def test_a_warning_has_a_bold_first_line() -> None:
    for metadata in ({"flags": ["fever"]}, {"urgency": "emergency"}, {"urgency": "same_day"}):
        found = section_texts(posts({"text": "Get *help* now.\nCall 112.", "metadata": metadata}))
        assert found == ["*Get help now.*", "Call 112."]
    assert section_texts(posts({"text": "Rest.\nIce.", "metadata": {"urgency": "routine"}})) == [
        "Rest.\nIce."
    ]


def test_a_warning_in_one_endless_line_is_whole() -> None:
    found = posts({"text": "help " * 2000, "metadata": {"flags": ["fever"]}})
    check(found)
    assert "".join(section_texts(found)).count("help") == 2000


def test_danger_signs_are_ticked() -> None:
    found = posts(signs(16))
    check(found)
    boxes = [e for e in all_elements(found) if e["type"] == "checkboxes"]
    assert [len(box["options"]) for box in boxes] == [10, 6]
    assert boxes[0]["options"][0]["value"] == button_id("Sign number 1")
    pressed = [e for e in all_elements(found) if e["type"] == "button"]
    assert [(e["text"]["text"], e.get("style")) for e in pressed] == [
        ("Send", "primary"),
        ("None of these", None),
        ("Skip", None),
    ]
    assert section_texts(found) == ["Any of these?"]
    assert "16. Sign number 16" in found[0]["text"]


def test_choices_are_ticked_too_beside_the_whole_text() -> None:
    message = signs(8)
    message["custom"]["cards"][0]["type"] = "choices"
    del message["custom"]["text"]
    found = posts(message)
    check(found)
    assert section_texts(found) == [message["text"]]
    assert [e["type"] for e in all_elements(found)] == ["checkboxes", *["button"] * 3]


def test_cards_of_a_version_that_is_not_known_are_left_out() -> None:
    message = signs(16)
    message["custom"]["v"] = 2
    found = posts(message)
    check(found)
    pressed = [e["text"]["text"] for e in all_elements(found)]
    assert pressed == [b["title"] for b in message["buttons"]]
    assert "16. Sign number 16" in section_texts(found)[0]


@pytest.mark.parametrize("count", [1, 5, 6, 25, 26, 60, 1500])
def test_s14_no_button_is_lost(count: int) -> None:
    wanted = [f"Button {n}" for n in range(count)]
    found = posts({"text": "Which?", "buttons": buttons(*wanted)})
    check(found)
    pressed = [e for e in all_elements(found) if e["type"] == "button"]
    assert [e["text"]["text"] for e in pressed] == wanted
    assert [e["value"] for e in pressed] == [button_id(title) for title in wanted]


def test_s14_long_labels_are_cut_and_long_values_are_short() -> None:
    found = posts({"text": "Which?", "buttons": buttons("a" * 3000, "&" * 75)})
    check(found)
    first, second = all_elements(found)
    assert first["text"]["text"] == "a" * 74 + "…"
    assert first["value"] == button_id("a" * 3000)
    assert second["text"]["text"] == "&amp;" * 14 + "…"


@pytest.mark.parametrize("text", ["a" * 3001, "🏃" * 3000, "&" * 3000, "Words. " * 20_000])
def test_s26_long_texts_are_taken_apart(text: str) -> None:
    found = posts({"text": text, "buttons": buttons("Yes", "No")})
    check(found)
    told = "".join(section_texts(found)).replace("&amp;", "&")
    assert "".join(told.split()) == "".join(text.split())
    assert [e["text"]["text"] for e in all_elements(found[-1:])] == ["Yes", "No"]


def test_s13_an_image_has_words() -> None:
    found = posts({"text": "A squat.\nTwice.", "image": "https://a.example/squat.png"})
    check(found)
    image = found[0]["blocks"][-1]
    assert image["alt_text"] == "A squat."
    assert image["image_url"] == "https://a.example/squat.png"
    for image in ("javascript:alert(1)", "", None, 7):
        assert len(posts({"text": "A squat.", "image": image})[0]["blocks"]) == 1


def test_without_blocks_all_is_told() -> None:
    found = plain_posts({"text": "Which & why?", "buttons": buttons("Yes", "No")})
    assert found == [{"text": "Which &amp; why?\n• Yes\n• No"}]
    long = plain_posts({"text": "Words. " * 20_000})
    assert all(len(post["text"]) <= 4000 for post in long)


@settings(max_examples=60, deadline=None)
@given(
    st.text(min_size=1, max_size=8000).filter(str.strip),
    st.lists(st.text(min_size=1, max_size=3000).filter(str.strip), max_size=30),
    st.booleans(),
)
def test_whatever_is_said_can_be_posted(text: str, titles: list[str], warns: bool) -> None:
    message = {
        "text": text,
        "buttons": buttons(*titles),
        "metadata": {"flags": ["fever"] if warns else []},
    }
    for post in posts(message):
        assert wrong(post["blocks"]) == []
        assert post["text"]
