"""What is read in an update of Telegram, and what is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kneewise.channels.core import LONGEST_TEXT
from kneewise.channels.telegram.updates import COMMANDS, Reading, read

PAT = 1001
PRIVATE = {"id": PAT, "type": "private", "first_name": "Pat"}
GROUP = {"id": -1001, "type": "supergroup", "title": "Sunday runners"}


def message(chat=PRIVATE, **content):
    whole = {"message_id": 1, "from": {"id": PAT, "is_bot": False}, "chat": chat, "date": 7200}
    return {"update_id": 5, "message": {**whole, **content}}


def said(text, **more):
    (heard,) = read(message(text=text, **more)).heard
    assert (heard.key, heard.chat) == ("5", PAT)
    return heard.said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hello", "hello"),
        *((f"/{name}", words) for name, words in COMMANDS.items()),
        ("/help@AnyBot", "help"),
        (" /Help ", "help"),
        ("/help me", "/help me"),
        ("/forget\nmy left knee", "/forget\nmy left knee"),
        ("/intent{}", "/intent{}"),
        ("/", "/"),
        ("//help", "//help"),
        ("/start my knee is locked", "my knee is locked"),
        ("/start " + "a" * 65, "a" * 65),
    ],
)
def test_what_a_text_says(text, words):
    assert said(text) == {"text": words}


def test_a_link_says_hello_and_where_it_stood():
    assert said("/start club_42") == {"text": "hello", "metadata": {"start": "club_42"}}


def test_of_what_is_too_long_only_that_is_kept():
    assert len(said("k" * 10**6)["text"]) == LONGEST_TEXT + 1
    assert len(said("/start " + "k " * 10**6)["text"]) == LONGEST_TEXT + 1
    heard = read(message(photo=[], caption="k" * 10**6)).heard
    assert len(heard[1].said["text"]) == LONGEST_TEXT + 1


def test_of_a_photo_nothing_is_kept_but_what_is_written_below():
    note, text = read(message(photo=[{"file_id": "x"}], caption=" look ")).heard
    assert (note.said, note.key) == ({"note": "only_words"}, "5-note")
    assert (text.said, text.key) == ({"text": " look "}, "5")
    (only,) = read(message(voice={"file_id": "x"}, caption=" ")).heard
    assert only.said == {"note": "only_words"}


def test_all_of_an_album_has_one_name():
    one, other = (read(message(photo=[], media_group_id="9")).heard[0] for _ in range(2))
    assert one.key == other.key == f"album-{PAT}-9"


def test_a_press():
    query = {"id": "77", "from": {"id": PAT}, "data": "b:1", "message": message()["message"]}
    found = read({"update_id": 5, "callback_query": query})
    assert (found.query, found.heard[0].said) == ("77", {"pressed": ["b:1"]})
    for less in ("data", "message"):
        without = {key: value for key, value in query.items() if key != less}
        assert read({"update_id": 5, "callback_query": without}) == Reading(query="77")
    query["message"] = message(GROUP)["message"]
    assert read({"update_id": 5, "callback_query": query}) == Reading(query="77")


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("hello", False),
        ("/help", True),
        ("/help@OurBot", True),
        ("/help@ourbot please", True),
        ("/help@OtherBot", False),
        ("/weather", False),
        ("hello @ourbot", True),
        ("hello @ourbots", False),
        ("write to me@ourbot.example", True),
    ],
)
def test_who_calls_the_bot_in_a_group(text, calls):
    found = read(message(GROUP, text=text), "OurBot").heard
    assert [heard.said for heard in found] == [{"note": "write_in_private"}] * calls


def test_while_the_name_is_not_known_only_plain_commands_count():
    assert read(message(GROUP, text="hello @ourbot")).heard == ()
    assert read(message(GROUP, text="/help@ourbot")).heard == ()
    assert read(message(GROUP, text="/help")).heard


def test_the_pointer_has_the_name_of_the_hour():
    def key(at):
        return read(message(GROUP, text="/help", date=at)).heard[0].key

    assert key(7200) == key(10799) != key(10800)


FIELDS = (
    *("message", "chat", "id", "type", "text", "from", "callback_query", "data", "photo"),
    *("caption", "date", "media_group_id", "is_bot", "update_id"),
)
plain = st.sampled_from([None, True, 0, 1, "", "/help", "private", [], {}])
odd = plain | st.dictionaries(
    st.sampled_from(FIELDS),
    plain | st.dictionaries(st.sampled_from(FIELDS), plain, max_size=4),
    max_size=5,
)


@given(st.dictionaries(st.sampled_from(["update_id", "message", "callback_query"]), odd))
def test_nothing_that_comes_makes_it_fail(update):
    found = read({"update_id": 1, **update}, "OurBot")
    assert isinstance(found, Reading)
