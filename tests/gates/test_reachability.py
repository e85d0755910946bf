"""Nothing leads nowhere: every topic can be reached, every button works, every answer is answered.

The conversation is walked breadth-first. A conversation can be copied, so that each button offered
at one point is pressed at that point, and costs one turn.
"""

from __future__ import annotations

import itertools
from collections import deque
from dataclasses import dataclass
from typing import Any

import pytest

from kneewise import knowledge
from kneewise.knowledge import URGENCIES
from kneewise.testing import Assistant, Conversation
from kneewise.triage import rank
from kneewise.wording import said

MOST_TURNS = 500
"""A crawl that takes more has found a growing loop; one turn takes about 40 ms."""
MOST_TIMES = 3
"""How often one question may be put in a row to someone who answers nonsense."""

KEYS = {"topic", "urgency", "sources", "flags"}
ACTS = {
    "greeting", "help", "goodbye", "thank", "bot_challenge", "feedback", "question", "recap",
    "plan", "diary", "reminder", "summary",
    "clarify", "fallback", "stopped", "out_of_scope", "urgent", "restart", "forget_me",
}  # fmt: skip
"""What a message can be, besides an answer to a topic."""

PLAIN_QUESTIONS = {
    "what_is_it": "what does it mean to have runner's knee",
    "causes": "what is the reason my knees get sore",
    "what_to_do": "what is the best way to treat runner's knee",
    "can_i_run": "is it safe for me to keep running",
    "mileage_load": "how many miles a week should I run with this",
    "ice": "should I put an ice pack on my knee",
    "heat": "is a heat pack good for my knee",
    "medication": "which painkillers can I take",
    "exercises": "which strengthening exercises should I do",
    "stretching": "should I do stretches before a run",
    "foam_rolling": "should I use a foam roller on my thighs",
    "shoes_orthotics": "do I need new running shoes or insoles",
    "brace_tape": "should I wear a knee brace or use tape",
    "recovery_time": "how long does runner's knee take to heal",
    "prevention": "how can I prevent runner's knee in future",
    "see_doctor": "when should I go and see a doctor about it",
    "diagnosis_imaging": "do I need an MRI or an X-ray of my knee",
    "cross_training": "can I swim or cycle instead of running",
    "running_form": "should I change my running form or cadence",
    "surgery_injection": "do I need surgery or a steroid injection",
    "about_article": "who wrote the article and what are your sources",
}

ANSWERS = {
    "yes": "yes",
    "no": "no",
    "unknown": "I don't know",
    "skip": "skip",
    "nonsense": "wug blicket dax",
    "topic": "Shoes and insoles",
    "danger": "my calf is swollen and hot",
    "why": "why do you ask",
    "stop": "stop",
    "both": "both",
}
"""What someone can say to any question."""

UNCLEAR = ("wug blicket dax", "does it smell", "is mine better than yours", "is it purple")
"""Messages that mean nothing here: the crawl needs one that is asked about."""

_ids = itertools.count(1)


@dataclass(frozen=True)
class Turn:
    """A message sent somewhere in the crawl, and what came back."""

    path: tuple[str, ...]
    replies: tuple[dict[str, Any], ...]

    @property
    def buttons(self) -> list[str]:
        return [button["payload"] for reply in self.replies for button in reply["buttons"]]

    @property
    def slot(self) -> str | None:
        """The question that is open at the end of the turn."""
        return next((m["slot"] for m in reversed(meta(self.replies)) if m.get("slot")), None)

    @property
    def place(self) -> tuple[Any, ...]:
        """Where the conversation is, as far as its buttons can tell."""
        acts = tuple(sorted({m["topic"] for m in meta(self.replies)} - {"recap"}))
        return (self.slot or acts, tuple(self.buttons))


def meta(replies: Any) -> list[dict[str, Any]]:
    return [reply["metadata"] for reply in replies]


def topics(replies: Any) -> list[str]:
    return [m["topic"] for m in meta(replies)]


def flags(replies: Any) -> list[str]:
    return [flag for m in meta(replies) for flag in m["flags"]]


def text(replies: Any) -> str:
    return "\n".join(reply["text"] or "" for reply in replies)


def apology() -> str:
    """What is said when a turn fails."""
    return str(said("utter_failed", topic="fallback")["text"])


def helpless(replies: Any) -> bool:
    """True for silence, for the apology, and for "I still don't understand"."""
    fallback = str(said("utter_fallback", topic="fallback")["text"]).split(".")[0]
    spoken = text(replies)
    return not spoken.strip() or apology() in spoken or fallback in spoken


def puzzled(replies: Any) -> bool:
    """True if what was said was not understood, or not taken to be about a knee."""
    names = ("utter_clarify", "utter_fallback", "utter_out_of_scope")
    openings = [str(said(name, topic="fallback")["text"]).split(".")[0] for name in names]
    openings.append(knowledge.load().phrases["outside"])
    return any(opening in text(replies) for opening in openings)


def copy(chat: Conversation) -> Conversation:
    """The same conversation once more, to be continued differently."""
    fresh = chat.assistant.conversation(f"copy-{next(_ids)}")

    async def duplicate() -> None:
        store = chat.assistant.agent.tracker_store
        tracker = await store.retrieve_full_tracker(chat.id)
        assert tracker is not None
        tracker.sender_id = fresh.id
        await store.save(tracker)

    chat.assistant.loop.run_until_complete(duplicate())
    return fresh


def seeds() -> list[str]:
    """Where the crawl begins: greeting, topics, the questions, nonsense, each red flag."""
    kb = knowledge.load()
    first = ["hello", "my knee hurts", "my knee may be swollen, I'm not sure", *UNCLEAR]
    return [*first, *(t.title for t in kb.topics.values()), *(f.lay[0] for f in kb.red_flags)]


@dataclass(frozen=True)
class Crawl:
    """All turns of the crawl, and what was still to be pressed when it ended."""

    turns: tuple[Turn, ...]
    left: int


@pytest.fixture(scope="module")
def crawl(assistant) -> Crawl:
    """Press every button that is offered anywhere, once at each place."""
    todo = deque((assistant.conversation(), (seed,)) for seed in seeds())
    turns: list[Turn] = []
    seen: set[tuple[Any, ...]] = set()
    while todo and len(turns) < MOST_TURNS:
        chat, path = todo.popleft()
        turn = Turn(path, tuple(chat.say(path[-1])))
        turns.append(turn)
        if turn.place not in seen:
            seen.add(turn.place)
            todo.extend((copy(chat), (*path, button)) for button in dict.fromkeys(turn.buttons))
    return Crawl(tuple(turns), len(todo))


def test_the_crawl_comes_to_an_end(crawl):
    assert crawl.left == 0


def test_every_button_leads_to_a_reply(crawl):
    pressed = [turn for turn in crawl.turns if len(turn.path) > 1]
    lost = [t.path for t in pressed if helpless(t.replies) or puzzled(t.replies)]
    assert len(pressed) > 150
    assert lost == []


def test_no_turn_is_silent_or_fails(crawl):
    failed = [
        turn.path for turn in crawl.turns if not turn.replies or apology() in text(turn.replies)
    ]
    assert failed == []


def test_a_button_sends_its_own_words(crawl):
    pairs = [
        (button["title"], button["payload"])
        for turn in crawl.turns
        for reply in turn.replies
        for button in reply["buttons"]
    ]
    assert pairs
    assert [pair for pair in pairs if pair[0] != pair[1] or pair[1].startswith("/")] == []


def test_no_message_offers_a_button_twice(crawl):
    offered = [
        [button["title"] for button in reply["buttons"]]
        for turn in crawl.turns
        for reply in turn.replies
    ]
    assert [titles for titles in offered if len(set(titles)) < len(titles)] == []


def test_every_message_says_what_it_is(crawl, kb):
    known = {*kb.topics, *ACTS}
    wrong = [
        (turn.path, m)
        for turn in crawl.turns
        for m in meta(turn.replies)
        if set(m) - {"slot"} != KEYS
        or m["topic"] not in known
        or m["urgency"] not in (None, *URGENCIES)
        or not set(m["sources"]) <= set(kb.sources)
        or not set(m["flags"]) <= {flag.id for flag in kb.red_flags}
    ]
    assert wrong == []


def test_questions_alone_name_a_slot(crawl):
    wrong = [
        (turn.path, m)
        for turn in crawl.turns
        for m in meta(turn.replies)
        if bool(m.get("slot")) != (m["topic"] == "question")
    ]
    assert wrong == []


def test_every_answer_to_a_topic_names_its_sources(crawl, kb):
    wrong = [
        (turn.path, m["topic"])
        for turn in crawl.turns
        for m in meta(turn.replies)
        if m["topic"] in kb.topics and m["topic"] != "see_doctor" and not m["sources"]
    ]
    assert wrong == []


def test_every_warning_says_how_soon(crawl):
    wrong = [
        turn.path
        for turn in crawl.turns
        for m in meta(turn.replies)
        if (m["topic"] == "urgent") != (bool(m["flags"]) and m["urgency"] not in (None, "routine"))
    ]
    assert wrong == []


def test_the_crawl_saw_everything(crawl, kb):
    """Every question was asked, every topic answered, every red flag raised, a plan given."""
    slots = {turn.slot for turn in crawl.turns}
    acts = {topic for turn in crawl.turns for topic in topics(turn.replies)}
    raised = {flag for turn in crawl.turns for flag in flags(turn.replies)}
    screens = {f"screen_{topic.id}" for topic in kb.topics.values() if topic.screen}
    assert {*kb.questions, *screens} - slots == set()
    assert {*kb.topics, "plan", "urgent", "recap", "clarify"} - acts == set()
    assert {f.id for f in kb.red_flags if rank(f.urgency) >= rank("soon")} - raised == set()


@pytest.mark.parametrize("topic", sorted(knowledge.load().topics))
def test_a_topic_is_reached_by_its_title_and_by_a_plain_question(topic, assistant, kb):
    for message in (kb.topics[topic].title, PLAIN_QUESTIONS[topic]):
        replies = assistant.conversation().say(message)
        assert topic in topics(replies), f"{message!r} -> {topics(replies)}"


def _walk(assistant: Assistant) -> dict[str, Conversation]:
    """A conversation at each question of the assessment, reached by answering those before."""
    kb = knowledge.load()
    chat, found = assistant.conversation(), {}
    replies = chat.say("my knee hurts")
    while (slot := Turn((), tuple(replies)).slot) and slot not in found:
        found[slot] = copy(chat)
        question = kb.questions[slot]
        none = kb.phrases["none_of_these"]
        replies = chat.say(none if question.reads == "signs" else question.options[0].label)
    return found


@pytest.fixture(scope="module")
def places(assistant) -> dict[str, Conversation]:
    """A conversation at each question there is: the assessment's, a doubtful sign, screenings."""
    found = _walk(assistant)
    titles = [topic.title for topic in knowledge.load().topics.values() if topic.screen]
    for opening in ("I think my knee may be a bit swollen, not sure", *titles):
        chat = assistant.conversation()
        slot = Turn((), tuple(chat.say(opening))).slot
        if slot:
            found.setdefault(slot, chat)
    return found


def questions() -> list[str]:
    """The slots of all questions, without asking the assistant."""
    kb = knowledge.load()
    screens = [f"screen_{topic.id}" for topic in kb.topics.values() if topic.screen]
    return [*kb.questions, "has_swelling", *screens]


def test_every_question_is_replayed(places):
    assert set(places) == set(questions())


def _replay(chat: Conversation, answer: str) -> list[dict[str, Any]]:
    replies = chat.say(ANSWERS[answer])
    assert replies, "silence"
    assert apology() not in text(replies), text(replies)
    return replies


@pytest.mark.parametrize("slot", questions())
@pytest.mark.parametrize("answer", sorted(ANSWERS))
def test_a_question_can_be_answered_with_anything(slot, answer, places):
    replies = _replay(copy(places[slot]), answer)
    assert not helpless(replies), text(replies)
    if answer != "danger":
        assert flags(replies) == [] or (slot, answer) == ("has_swelling", "yes"), text(replies)


@pytest.mark.parametrize("slot", questions())
def test_a_danger_sign_wins_over_any_question(slot, places):
    replies = _replay(copy(places[slot]), "danger")
    assert replies[0]["metadata"]["topic"] == "urgent"
    assert "RF13" in flags(replies)
    assert Turn((), tuple(replies)).slot is None, "the questions go on after a warning"


@pytest.mark.parametrize("slot", questions())
def test_a_topic_in_between_is_answered(slot, places):
    replies = _replay(copy(places[slot]), "topic")
    assert "shoes_orthotics" in topics(replies)
    if not slot.startswith("screen_"):
        assert Turn((), tuple(replies)).slot == slot, "the question is not put again"


@pytest.mark.parametrize("slot", questions())
def test_why_is_explained_and_the_question_put_again(slot, places):
    replies = _replay(copy(places[slot]), "why")
    assert Turn((), tuple(replies)).slot == slot


@pytest.mark.parametrize("slot", questions())
def test_stop_ends_the_questions(slot, places):
    chat = copy(places[slot])
    assert Turn((), tuple(_replay(chat, "stop"))).slot is None
    assert chat.slots["requested_slot"] is None


@pytest.mark.parametrize("slot", questions())
def test_skip_and_unknown_do_not_hold_the_talk_up(slot, places):
    for answer in ("skip", "unknown"):
        chat = copy(places[slot])
        asked = [Turn((), tuple(_replay(chat, answer))).slot for _ in range(2)]
        assert asked[-1] != slot, f"{answer}: {asked}"


@pytest.mark.parametrize("slot", questions())
def test_nonsense_ends_no_talk_and_starts_no_loop(slot, places):
    chat = copy(places[slot])
    asked = [slot, *(Turn((), tuple(_replay(chat, "nonsense"))).slot for _ in range(8))]
    longest = max(len(list(group)) for key, group in itertools.groupby(asked) if key)
    assert longest <= MOST_TIMES, asked
    assert "plan" not in topics(chat.say(ANSWERS["nonsense"]))
