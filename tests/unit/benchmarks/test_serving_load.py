"""The load: replies are counted right, and a real server gets what it should."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web

from benchmarks import serving_load as load
from benchmarks.serving_load import Corpus, Reply
from benchmarks.serving_seed import repeated


def reply(sent: float, answered: float, status: int = 200, messages: int = 1) -> Reply:
    return Reply(sent, answered, status, messages)


def test_an_empty_answer_is_not_good_and_an_error_neither():
    assert reply(0, 1).good
    assert not reply(0, 1, messages=0).good
    assert not reply(0, 1, status=500).good


def test_order_is_that_of_sending():
    assert load.in_order([reply(0, 1), reply(0.1, 2)])
    assert not load.in_order([reply(0, 2), reply(0.1, 1)])
    assert not load.in_order([reply(0, 1), reply(0.1, 2, messages=0)])


def test_only_good_answers_are_throughput():
    replies = [reply(10, 11), reply(11, 12), reply(12, 14, messages=0)]
    assert load.throughput(replies) == pytest.approx(0.5)
    assert load.silent_percent(replies) == pytest.approx(100 / 3)


def test_percentiles_are_in_milliseconds():
    found = load.milliseconds([reply(0, n / 100) for n in range(1, 102)])
    assert found == pytest.approx({"p50_ms": 510, "p95_ms": 960, "p99_ms": 1000})
    with pytest.raises(ValueError, match="no message"):
        load.milliseconds([])


def test_the_corpus_goes_on_and_begins_again_and_no_sender_comes_twice():
    corpus = Corpus(("a", "b"))
    assert [corpus.next() for _ in range(3)] == ["a", "b", "a"]
    assert corpus.sender() != corpus.sender()


def served(test):
    """Run a coroutine with the address of a server that notes what it gets and answers it."""

    async def main():
        got = []

        async def answer(request):
            body = await request.json()
            got.append((body["sender"], body["message"]))
            if body["message"] == "slow":
                await asyncio.sleep(0.3)
            status = 500 if body["message"] == "fail" else 200
            said = [] if body["message"] == "silent" else [{"text": "yes"}]
            return web.json_response(said, status=status)

        app = web.Application()
        app.router.add_post("/", answer)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = site._server.sockets[0].getsockname()[1]
        try:
            return await test(f"http://127.0.0.1:{port}/"), got
        finally:
            await runner.cleanup()

    return asyncio.run(main())


def test_a_client_begins_a_conversation_every_ten_messages():
    corpus = Corpus([f"t{n}" for n in range(25)])
    replies, got = served(lambda url: load.talk(url, corpus, 25))
    assert all(r.good for r in replies)
    assert [text for _, text in got] == corpus.texts
    assert [len([s for s, _ in got if s == sender]) for sender in dict(got)] == [10, 10, 5]


def test_a_conversation_of_taps_types_twice_and_taps_another_answer_each_time():
    texts, answers = [f"t{n}" for n in range(9)], [["none"], ["front", "shin"]]
    corpus = load.Tapped(texts, 3, answers=answers, topics=["Ice", "Heat"])
    _, got = served(lambda url: load.talk(url, corpus, 20))
    first, second, third, fourth = ([t for s, t in got if s == sender] for sender in dict(got))
    assert first == ["t3", "none", "front", "Ice", "t4"]
    assert second == ["t5", "none", "shin", "Heat", "t6"]
    assert (third[0], fourth[0], corpus.at) == ("t7", "t0", 11)


def test_what_fails_is_a_reply_too():
    corpus = Corpus(("fail", "silent", "ok"))
    replies, _ = served(lambda url: load.talk(url, corpus, 3))
    assert [(r.status, r.good) for r in replies] == [(500, False), (200, False), (200, True)]
    nobody = asyncio.run(load.talk("http://127.0.0.1:9/", corpus, 1))
    assert nobody[0].status == 0


def test_clients_of_a_crowd_talk_at_once_each_in_its_own_conversation():
    corpus = Corpus(("slow",))
    replies, got = served(lambda url: load.crowd(url, corpus, 5, 0.2))
    assert len(replies) == 5
    assert len(dict(got)) == 5
    assert max(r.sent for r in replies) < min(r.answered for r in replies)


def test_a_burst_is_one_conversation_and_does_not_wait():
    corpus = Corpus(("hi", "slow", "a", "b"))
    replies, got = served(lambda url: load.burst(url, corpus, 3, 0.01))
    assert len(dict(got)) == 1
    assert [text for _, text in got] == ["hi", "slow", "a", "b"]
    assert not load.in_order(replies)


def test_the_other_user_writes_before_during_and_after_the_huge_message():
    corpus = Corpus(("a",))
    (huge, others), got = served(lambda url: load.beside(url, corpus, "slow", 0.05))
    assert huge.seconds >= 0.3
    assert others[0].answered <= huge.sent <= others[1].sent
    assert others[-1].sent >= huge.answered
    assert len(dict(got)) == 2


EVENTS = [
    {"event": "session_started", "timestamp": 1},
    {"event": "user", "text": "a", "timestamp": 2},
    {"event": "bot", "text": "A", "timestamp": 3},
    {"event": "user", "text": "b", "timestamp": 4},
    {"event": "bot", "text": "B", "timestamp": 5},
]


def test_a_conversation_is_repeated_turn_by_turn_with_its_start_once():
    made = repeated(EVENTS, 3, now=1000)
    assert [e.get("text") for e in made] == [None, "a", "A", "b", "B", "a", "A"]
    times = [e["timestamp"] for e in made]
    assert times == sorted(times)
    assert len(set(times)) == len(times)
    assert times[-1] < 1000
    with pytest.raises(ValueError, match="without a message"):
        repeated(EVENTS[:1], 3, now=1000)
