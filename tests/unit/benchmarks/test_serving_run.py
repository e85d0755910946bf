"""A run takes turns, says the same to all, keeps every round, and goes on after a failure."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import replace

import pytest

from benchmarks import serving_phases
from benchmarks.serving_load import Corpus, Reply
from benchmarks.serving_phases import QUICK, Job
from benchmarks.serving_results import Serving
from benchmarks.serving_run import Run, keep_up, start_anew
from benchmarks.serving_systems import OURS, STOCK, STOCK_SQLITE

PLAN = replace(QUICK, rounds=2, starts=2, sqlite=True, warm_up=0, lengths=(1, 10, 50))


class Server:
    """Stands for a server: a message costs it 20 ms of CPU and is answered."""

    url, port = "http://nowhere/", 1

    def __init__(self, name):
        self.name, self.said, self.limits = name, [], []

    def cpu_s(self):
        return 0.02 * len(self.said)

    def stored_rows(self):
        return 6 * len(self.said)


@pytest.fixture
def servers(monkeypatch):
    """The servers by name; what is said to them arrives without a network."""
    found = {name: Server(name) for name in (OURS, STOCK, STOCK_SQLITE)}
    for name, server in found.items():
        server.url = f"http://{name}/"

    async def converse(url, corpus, sender, turns):
        [server] = [s for s in found.values() if s.url == url]
        texts = list(corpus.script(turns))
        server.said += [(sender, text) for text in texts]
        return [Reply(0, 0.03, 200, 1) for _ in texts]

    async def talk(url, corpus, messages):
        return await converse(url, corpus, corpus.sender(), messages)

    def seed(port, sender, turns, corpus):
        seeded.append((sender, turns))

    seeded = []
    monkeypatch.setattr(serving_phases.load, "converse", converse)
    monkeypatch.setattr(serving_phases.load, "talk", talk)
    monkeypatch.setattr(serving_phases, "seed", seed)
    return {**found, "seeded": seeded}


def starts(servers, broken=()):
    """How each is started; those that are broken do not start."""

    def start(name):
        @contextmanager
        def entered(folder):
            assert folder.is_dir()
            if name in broken:
                raise RuntimeError(f"{name} does not answer")
            yield servers[name]

        return entered

    return {name: start(name) for name in (OURS, STOCK, STOCK_SQLITE)}


def new_run(tmp_path):
    return Run(Serving(), PLAN, Corpus([f"t{n}" for n in range(1000)]), tmp_path)


def test_a_message_costs_what_the_server_spent_on_it(servers):
    figures = serving_phases.messages(Job(servers[OURS], PLAN, Corpus(["a"])))
    assert figures["cpu_ms"] == pytest.approx(20)
    assert figures["p50_ms"] == pytest.approx(30)
    assert figures["rows"] == 6


def test_ours_is_driven_through_one_conversation(servers):
    figures = serving_phases.growth(Job(servers[OURS], PLAN, Corpus(["a"])))
    senders = [sender for sender, _ in servers[OURS].said]
    long = max(senders, key=senders.count)
    # 9 turns, ten from the 10th, 30 more up to the 49th, ten from the 50th.
    assert senders.count(long) == 59
    assert len(senders) == 59 + serving_phases.WINDOW
    assert figures["cpu_ms@50"] == pytest.approx(20)
    assert servers["seeded"] == []


def test_the_earlier_turns_of_stock_are_put_there(servers):
    serving_phases.growth(Job(servers[STOCK], PLAN, Corpus(["a"])))
    assert [turns for _, turns in servers["seeded"]] == [9, 49]
    assert len(servers[STOCK].said) == 3 * serving_phases.WINDOW


def test_all_get_the_same_texts_in_turns_and_rounds_get_others(servers, tmp_path):
    run = new_run(tmp_path)
    keep_up(run, ["messages"], starts(servers))
    said = {name: [text for _, text in servers[name].said] for name in (OURS, STOCK, STOCK_SQLITE)}
    assert said[OURS] == said[STOCK] == said[STOCK_SQLITE]
    assert len(set(said[OURS])) == PLAN.rounds * PLAN.messages
    assert not {s for s, _ in servers[OURS].said} & {s for s, _ in servers[STOCK].said}
    kept = json.loads((tmp_path / "serving.json").read_text())["phases"]["messages"]
    assert [sorted(row) for row in kept] == [sorted(said)] * PLAN.rounds


def test_a_server_that_does_not_start_leaves_the_others_measured(servers, tmp_path, monkeypatch):
    monkeypatch.setitem(serving_phases.ANEW, "boot", lambda _: {"wall_s": 1.0})
    run = new_run(tmp_path)
    start_anew(run, ["boot"], starts(servers, broken=(STOCK,)))
    assert run.found.phases["boot"] == [{OURS: {"wall_s": 1.0}}] * PLAN.rounds
    assert run.failed == PLAN.rounds
    assert run.missing(["boot"]) == ["boot"]


def test_a_phase_that_fails_is_counted_and_the_next_is_taken(servers, tmp_path, monkeypatch):
    def fail(job):
        raise ValueError("no message was sent")

    monkeypatch.setitem(serving_phases.KEPT_UP, "burst", fail)
    run = new_run(tmp_path)
    keep_up(run, ["burst", "messages"], starts(servers))
    assert run.failed == 2 * PLAN.rounds
    assert "burst" not in run.found.phases
    assert run.missing(["burst", "messages"]) == ["burst"]


def test_stock_with_sqlite_is_left_out_of_a_quick_run(servers, tmp_path):
    run = Run(Serving(), replace(PLAN, sqlite=False), Corpus(["a"]), tmp_path)
    keep_up(run, ["messages"], starts(servers, broken=(STOCK_SQLITE,)))
    assert run.missing(["messages"]) == []


def test_nothing_is_started_for_nothing(tmp_path):
    keep_up(new_run(tmp_path), [], {})
    start_anew(new_run(tmp_path), [], {})
