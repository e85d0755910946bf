"""How a bot message becomes calls of the Bot API."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kneewise.channels.courier import button_id
from kneewise.channels.telegram.parts import (
    LONGEST_CAPTION,
    LONGEST_MESSAGE,
    MOST_BUTTONS,
    parts,
    split,
    units,
)

LEFT = [{"title": "Left", "payload": "Left"}]
MAP = {"cards": [{"type": "kneemap", "drawing": "kneemap.svg"}]}


def drawn(alt: str = "") -> dict:
    return {"cards": [{"type": "exercise", "drawing": "squat.svg", "alt": alt}]}


@settings(deadline=None)
@given(st.text(alphabet="ab. \n\U0001f9b5!?", max_size=400), st.integers(2, 60))
def test_pieces_fit_and_lose_nothing_but_blanks(text, most):
    pieces = split(text, most)
    assert all(0 < units(piece) <= most for piece in pieces)
    assert all(piece == piece.strip() for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", []),
        (" \n ", []),
        ("short", ["short"]),
        ("one two three. four five", ["one two three.", "four five"]),
        ("one two six\nthree four", ["one two six", "three four"]),
        ("one two.\n\nthree. four five", ["one two.", "three. four five"]),
        ("one two three four five", ["one two three", "four five"]),
        ("abcdefghijklmnopqrstuvwxyz", ["abcdefghijklmnop", "qrstuvwxyz"]),
        ("\U0001f9b5" * 9, ["\U0001f9b5" * 8, "\U0001f9b5"]),
        ("a. bcdefghijklmn opq", ["a. bcdefghijklmn", "opq"]),
    ],
)
def test_where_a_text_is_cut(text, pieces):
    assert split(text, 16) == pieces


@pytest.mark.parametrize(("text", "length"), [("", 0), ("ab", 2), ("\u00fc", 1), ("\U0001f9b5", 2)])
def test_length_is_that_of_utf_16(text, length):
    assert units(text) == length == len(text.encode("utf-16-le")) // 2


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
    assert units(photo.data["caption"]) <= LONGEST_CAPTION


def test_what_is_too_long_comes_in_pieces_with_the_buttons_last():
    found = parts({"text": "a b " * LONGEST_MESSAGE, "buttons": LEFT})
    assert len(found) > 3
    assert all(units(part.data["text"]) <= LONGEST_MESSAGE for part in found)
    assert ["reply_markup" in part.data for part in found[-2:]] == [False, True]


def test_an_image_by_address_is_a_photo_or_its_address():
    photo, said = parts({"text": "look", "image": "https://knee.example/a.png"})
    assert photo.data == {"photo": "https://knee.example/a.png"}
    assert photo.instead[0].data["text"] == "https://knee.example/a.png"
    assert said.data["text"] == "look"


def test_the_files_are_made_only_when_they_are_sent():
    chart = {"cards": [{"type": "chart", "alt": "Pain."}, {"type": "summary", "title": "Summary"}]}
    found = parts({"text": "here", "custom": chart})
    assert [part.file and part.file[0] for part in found] == ["photo", "document", None]
