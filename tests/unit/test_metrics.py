"""What is counted of a turn, and that a label from outside never becomes one."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from rasa.core.channels.channel import UserMessage

import kneewise.dialogue
from kneewise import metrics, watching
from kneewise.channels import rest
from kneewise.channels.core import Collector, Refused, taken
from kneewise.channels.limits import Buckets
from kneewise.scene import Turn
from kneewise.store import MemoryStore
from kneewise.testing import Assistant
from kneewise.watching import URGENT, watch

WORDS = "xyzzy-42"
Values = dict[tuple[str, tuple[str, ...]], float]


def values() -> Values:
    """Every series, by its name and the values of its labels, as Prometheus reads it."""
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(metrics.text().decode())
        for sample in family.samples
        if sample.name.startswith("kneewise_")
    }


class Rise:
    """What rose since it was made."""

    def __init__(self) -> None:
        self.before = values()

    def __call__(self, name: str, *labels: str) -> float:
        key = (f"kneewise_{name}", labels)
        return values().get(key, 0) - self.before.get(key, 0)

    def all(self, name: str) -> dict[tuple[str, ...], float]:
        """Every series of a metric that rose."""
        found = {key: self(name, *key[1]) for key in values() if key[0] == f"kneewise_{name}"}
        return {key[1]: rise for key, rise in found.items() if rise}


@pytest.fixture
def rise() -> Rise:
    return Rise()


@pytest.fixture(scope="module")
def watched() -> Assistant:
    """An assistant of this module's own: it stays watched."""
    found = Assistant.load()
    watch(found.agent)
    return found


def said(assistant: Assistant, conversation: str, text: str) -> list[dict[str, Any]]:
    handle = assistant.agent.handle_message
    work = rest.answer(handle, text, f"rest-{conversation}", "rest")
    return assistant.loop.run_until_complete(work)


# --- turns ---------------------------------------------------------------------------------------


def test_a_turn_is_counted_with_its_stages_and_answers(watched: Assistant, rise: Rise) -> None:
    messages = said(watched, "count", "should i ice it, and can i still run")
    assert rise.all("messages_total") == {("rest",): 1}
    assert rise("turn_seconds_count", "rest") == 1
    for stage in metrics.STAGES:
        assert rise("stage_seconds_count", stage) == 1, stage
    topics = [message["metadata"]["topic"] for message in messages]
    assert topics[:2] == ["ice", "can_i_run"]
    assert rise.all("answers_total") == {(topic,): topics.count(topic) for topic in topics}
    assert not rise.all("warnings_total")
    assert not rise.all("failed_turns_total")
    assert not rise.all("silent_turns_total")


def test_a_warning_is_counted_by_its_urgency(watched: Assistant, rise: Rise) -> None:
    messages = said(watched, "warn", "it is locked solid, i can't get it straight")
    warned = [m for m in messages if m["metadata"]["flags"]]
    assert rise.all("warnings_total") == {("same_day",): len(warned)}


def test_what_is_not_understood_is_counted(watched: Assistant, rise: Rise) -> None:
    for _ in range(2):
        said(watched, "lost", "qwe rtz uio asd")
    assert rise("answers_total", "clarify") + rise("answers_total", "fallback") >= 2


def explode(*args: Any, **kwargs: Any) -> Any:
    raise ValueError(WORDS)


def test_a_turn_that_ends_in_an_error_failed(
    watched: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    said(watched, "fail", "hello")
    rise = Rise()
    monkeypatch.setattr(MemoryStore, "save", explode)
    said(watched, "fail", "should i ice it")
    assert rise.all("failed_turns_total") == {("rest",): 1}
    assert rise.all("messages_total") == {("rest",): 1}
    assert not rise.all("silent_turns_total")
    assert not rise.all("answers_total"), "an answer that was not given is not counted"


def test_a_warning_of_a_failed_turn_is_counted(
    watched: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    said(watched, "warn-fail", "hello")
    rise = Rise()
    monkeypatch.setattr(MemoryStore, "save", explode)
    assert said(watched, "warn-fail", "it is locked solid")[0]["metadata"]["flags"]
    assert rise.all("warnings_total") == {("same_day",): 1}


def test_an_action_that_fails_is_a_failed_turn(
    watched: Assistant, rise: Rise, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kneewise.dialogue, "respond", explode)
    said(watched, "act", "should i ice it")
    assert rise.all("failed_turns_total") == {("rest",): 1}
    assert not rise.all("silent_turns_total")


def test_an_action_that_says_nothing_is_a_silent_turn(
    watched: Assistant, rise: Rise, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kneewise.dialogue, "respond", lambda _heard, state, *_: Turn((), state))
    said(watched, "mute", "should i ice it")
    assert rise.all("silent_turns_total") == {("rest",): 1}
    assert not rise.all("failed_turns_total")


def test_a_turn_in_which_no_action_speaks_is_silent(
    watched: Assistant, rise: Rise, monkeypatch: pytest.MonkeyPatch
) -> None:
    actions = watched.agent.processor.action_endpoint.executor.actions
    monkeypatch.setitem(actions, "action_answer_topic", explode)
    said(watched, "none", "should i ice it")
    assert rise.all("silent_turns_total") == {("rest",): 1}


def test_the_wait_before_a_turn_is_part_of_it(watched: Assistant, rise: Rise) -> None:
    message = UserMessage("hello", Collector(), "rest-wait", input_channel="rest")
    since = metrics.time.monotonic() - 20
    work = taken(watched.agent.handle_message, message, since)
    assert watched.loop.run_until_complete(work)
    assert rise("turn_seconds_sum", "rest") >= 20
    assert rise("stage_seconds_sum", "wait") >= 20
    assert rise("stage_seconds_sum", "understand") < 20


# --- who is told ---------------------------------------------------------------------------------


@pytest.fixture
def heard() -> Iterator[list[watching.Turn]]:
    found: list[watching.Turn] = []
    watching.listeners.append(found.append)
    yield found
    watching.listeners.remove(found.append)


def test_a_listener_gets_what_a_turn_was_about(
    watched: Assistant, heard: list[watching.Turn]
) -> None:
    said(watched, "tell", f"is ice any use, {WORDS}")
    (turn,) = heard
    assert (turn.channel, turn.conversation, turn.intent) == ("rest", "rest-tell", "ask_ice")
    assert turn.said[0]["topic"] == "ice"
    assert turn.seconds > 0
    assert not turn.failed
    assert WORDS not in repr(turn)


def test_a_listener_that_fails_harms_nothing(
    watched: Assistant, heard: list[watching.Turn], caplog: pytest.LogCaptureFixture
) -> None:
    watching.listeners.insert(0, explode)
    try:
        messages = said(watched, "harm", "hello")
    finally:
        watching.listeners.remove(explode)
    assert messages[0]["metadata"]["topic"] == "greeting"
    assert len(heard) == 1
    assert "ValueError" in caplog.text
    assert WORDS not in caplog.text


def test_turns_at_once_do_not_mix(heard: list[watching.Turn]) -> None:
    async def turn(name: str) -> None:
        with watching.turn("web", name) as found:
            await asyncio.sleep(0)
            watching.failed() if name == "a" else watching.apologised()
            await asyncio.sleep(0)
            assert found.failed is (name == "a")

    async def both() -> None:
        await asyncio.gather(turn("a"), turn("b"))

    asyncio.run(both())
    assert {found.conversation: found.failed for found in heard} == {"a": True, "b": False}


def test_outside_a_turn_nothing_is_noted(rise: Rise) -> None:
    watching.failed()
    watching.apologised()
    assert not rise.all("silent_turns_total")


def test_a_conversation_erased_without_a_turn_is_told(heard: list[watching.Turn]) -> None:
    watching.forgotten("web", "web-1")
    assert [(t.conversation, t.intent, t.said) for t in heard] == [
        ("web-1", "forget_me", [{"topic": "forget_me"}])
    ]


@pytest.mark.parametrize(
    ("metadata", "warning"),
    [
        ({}, False),
        ({"urgency": "self_care"}, False),
        ({"urgency": "soon", "flags": []}, False),
        ({"flags": ["RF01"]}, True),
        *(({"urgency": urgency}, True) for urgency in URGENT),
    ],
)
def test_what_a_warning_is(metadata: dict[str, Any], warning: bool) -> None:
    assert watching.is_warning(metadata) is warning


# --- labels --------------------------------------------------------------------------------------


def test_no_label_comes_from_outside(rise: Rise) -> None:
    metrics.turn(WORDS, 0.1, failed=True)
    metrics.silent(WORDS)
    metrics.answered([{"topic": WORDS}, {"topic": None}, {}, {"topic": ["ice"]}])
    metrics.warned(WORDS)
    metrics.refused(WORDS, WORDS)
    metrics.channel_error(WORDS, WORDS)
    metrics.took(WORDS, 0.1)
    assert WORDS not in metrics.text().decode()
    assert rise("answers_total", "other") == 4
    assert rise("warnings_total", "other") == 1
    assert rise("refused_total", "other", "other") == 1
    assert rise("channel_errors_total", "other", "other") == 1
    assert rise("failed_turns_total", "other") == 1


def test_a_warning_without_urgency_has_a_name(rise: Rise) -> None:
    metrics.warned(None)
    assert rise.all("warnings_total") == {("none",): 1}


def test_a_refusal_without_a_code_is_named_by_its_status(rise: Rise) -> None:
    for status in (400, 401, 403, 404, 405, 413, 503, 418):
        metrics.refused("telegram", Refused(status, "no").code, status)
    metrics.refused("web", "not_offered", 400)
    assert rise.all("refused_total") == {
        ("telegram", "bad_request"): 2,
        ("telegram", "unauthorized"): 2,
        ("telegram", "not_found"): 1,
        ("telegram", "not_allowed"): 1,
        ("telegram", "too_long"): 1,
        ("telegram", "unavailable"): 1,
        ("web", "not_offered"): 1,
    }


def test_every_code_of_our_refusals_is_known() -> None:
    found: set[str] = set()
    for path in (Path(metrics.__file__).parent / "channels").rglob("*.py"):
        code = path.read_text("utf-8")
        found |= set(re.findall(r"Refused\(\d+, .*?\"([a-z_]+)\"(?:, \w+)?\)", code))
    with pytest.raises(Refused) as refused:
        Buckets(0, 1).take("a")
    assert {refused.value.code, *found} <= set(metrics.CODES)
    assert {"too_long", "unauthorized", "not_offered", "forbidden_origin"} <= found


@pytest.mark.parametrize(
    ("path", "channel"),
    [
        ("/webhooks/rest/webhook", "rest"),
        ("/webhooks/web/message", "web"),
        ("/webhooks/", ""),
        ("/webhooks", "other"),
        ("/", "other"),
        ("", "other"),
        ("/metrics", "other"),
    ],
)
def test_the_channel_of_a_path(path: str, channel: str) -> None:
    assert metrics.channel_of(path) == channel


# --- gauges and the rest -------------------------------------------------------------------------


def test_queues_and_stores() -> None:
    for waiting in (7, 0):
        metrics.depth("turns", waiting)
        assert values()[("kneewise_queue_depth", ("turns",))] == waiting
    for up in (True, False):
        metrics.store(up=up)
        metrics.redis(up=up)
        assert values()[("kneewise_store_up", ())] == up
        assert values()[("kneewise_redis_up", ())] == up


def test_a_stage_that_fails_is_timed_too(rise: Rise) -> None:
    with pytest.raises(ValueError, match=WORDS), metrics.stage("read"):
        explode()
    assert rise("stage_seconds_count", "read") == 1


def test_the_buckets_reach_from_a_millisecond_to_half_a_minute() -> None:
    assert (metrics.BUCKETS[0], metrics.BUCKETS[-1]) == (0.001, 30)
    assert 2 in metrics.BUCKETS, "the alert on slow turns looks at 2 s"
    assert list(metrics.BUCKETS) == sorted(set(metrics.BUCKETS))


def test_series_that_an_alert_watches_are_there_before_the_first_event() -> None:
    """What begins at 1 never rises, so the first failure would raise no alarm."""
    there = set(values())
    for channel in metrics.CHANNELS:
        for name in ("failed_turns_total", "silent_turns_total", "messages_total"):
            assert (f"kneewise_{name}", (channel,)) in there
        assert ("kneewise_channel_errors_total", (channel, "undelivered")) in there
    assert ("kneewise_stream_dropped_total", ()) in there


def test_the_build_and_the_process_are_told() -> None:
    metrics.build("1.2.3", "model.tar.gz")
    text = metrics.text().decode()
    assert 'kneewise_build_info{model="model.tar.gz",version="1.2.3"} 1.0' in text
    for name in ("process_cpu_seconds_total", "process_resident_memory_bytes", "python_info"):
        assert re.search(rf"^{name}\b", text, re.MULTILINE), name
    assert "_created" not in text


def test_a_processor_without_a_turn_is_only_timed(rise: Rise) -> None:
    """Rasa's own calls, such as a reminder, belong to no turn."""

    class Processor:
        async def step(self, *args: Any) -> Any:
            return SimpleNamespace(events=[])

        get_tracker = parse_message = save_tracker = handle_message = step
        _run_prediction_loop = step

    agent = SimpleNamespace(processor=Processor())
    watch(agent)
    asyncio.run(agent.processor.handle_message(None))
    asyncio.run(agent.processor._run_prediction_loop(None, None))
    assert rise.all("stage_seconds_count") == {("decide",): 1}
