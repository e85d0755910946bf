"""How a bot message becomes calls of the Bot API."""

from __future__ import annotations

import json

from kneewise.channels.offers import button_id
from kneewise.channels.telegram.parts import (
    LONGEST_CAPTION,
    LONGEST_MESSAGE,
    MOST_BUTTONS,
    parts,
)
from kneewise.channels.wrapping import width

LEFT = [{"title": "Left", "payload": "Left"}]
MAP = {"v": 1, "cards": [{"type": "kneemap", "drawing": "kneemap.svg"}]}


def drawn(alt: str = "") -> dict:
    return {"v": 1, "cards": [{"type": "exercise", "drawing": "squat.svg", "alt": alt}]}


def test_a_text_with_buttons():
    (part,) = parts({"text": "which?", "buttons": LEFT})
    rows = json.loads(part.data["reply_markup"])["inline_keyboard"]
    assert rows == [[{"text": "Left", "callback_data": button_id("Left")}]]
    assert part.data["text"] == "which?"
    assert "reply_markup" not in part.instead[0].data


def test_buttons_that_say_nothing_and_more_than_fit_are_left_out():
    buttons = [{"title": " "}, *({"title": str(n)} for n in range(MOST_BUTTONS + 9))]
    (part,) = parts({"text": "which?", "buttons": buttons})
    assert len(json.loads(part.data["reply_markup"])["inline_keyboard"]) == MOST_BUTTONS


def test_a_message_with_nothing_to_show():
    assert parts({}) == []
    assert parts({"buttons": LEFT}) == []
    assert parts({"custom": {"cards": [{"type": "progress"}, {"type": "no such card"}]}}) == []


def test_a_short_text_stands_below_the_map():
    (photo,) = parts({"text": "where?", "buttons": LEFT, "custom": MAP})
    assert (photo.method, photo.data["caption"]) == ("sendPhoto", "where?")
    assert "reply_markup" in photo.data
    assert [part.method for part in photo.instead] == ["sendMessage"]
    assert "reply_markup" in photo.instead[0].data


def test_a_long_text_follows_the_map():
    text = "a" * (LONGEST_CAPTION + 1)
    photo, said = parts({"text": text, "buttons": LEFT, "custom": MAP})
    assert "caption" not in photo.data
    assert said.data["text"] == text
    assert "reply_markup" in said.data


def test_what_a_drawing_shows_is_said_below_it():
    photo, said = parts({"text": "Squat:", "custom": drawn("Someone squats.")})
    assert (photo.data["caption"], said.data["text"]) == ("Someone squats.", "Squat:")
    photo, _ = parts({"text": "Squat:", "custom": drawn("Someone squats. " * 100)})
    assert width(photo.data["caption"]) <= LONGEST_CAPTION


def test_what_is_too_long_comes_in_pieces_with_the_buttons_last():
    found = parts({"text": "a b " * LONGEST_MESSAGE, "buttons": LEFT})
    assert len(found) > 3
    assert all(width(part.data["text"]) <= LONGEST_MESSAGE for part in found)
    assert ["reply_markup" in part.data for part in found[-2:]] == [False, True]


def test_an_image_by_address_is_a_photo_or_its_address():
    photo, said = parts({"text": "look", "image": "https://knee.example/a.png"})
    assert photo.data == {"photo": "https://knee.example/a.png"}
    assert photo.instead[0].data["text"] == "https://knee.example/a.png"
    assert said.data["text"] == "look"


def test_the_files_are_made_only_when_they_are_sent():
    chart = {
        "v": 1,
        "cards": [{"type": "chart", "alt": "Pain."}, {"type": "summary", "title": "Summary"}],
    }
    found = parts({"text": "here", "custom": chart})
    assert [part.file and part.file[0] for part in found] == ["photo", "document", None]
