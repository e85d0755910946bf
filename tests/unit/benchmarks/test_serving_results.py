"""Ratios, spreads, costs, pages and fleets follow from the rounds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks import planning, serving_page, serving_plot, serving_results
from benchmarks.planning import BEGIN, END, Needs, fleet
from benchmarks.serving import arguments, earlier
from benchmarks.serving_load import Corpus
from benchmarks.serving_phases import QUICK
from benchmarks.serving_results import Serving, Spread, cost, ratio, spread
from benchmarks.serving_run import Run, turn_about
from benchmarks.serving_systems import OURS, STOCK

ABOUT = {
    "date": "2026-01-02T00:00:00+00:00",
    "kind": "quick",
    "machine": {"cpu": "X", "cores": 2, "system": "L", "python": "3.10", "versions": {"rasa": "1"}},
    "load": 0.5,
    "examples": 508,
    "examples_kind": "12 of each intent",
    "epochs": 10,
    "settings": "",
    "price": 0.04,
    "texts": 1800,
    "messages": 50,
    "seconds": 3,
    "memory_mb": 6000,
    "rounds": 2,
    "pinned": True,
    "inputs": "i1",
}
ROUNDS = [
    {OURS: {"cpu_ms": 10.0, "rows": 6.0}, STOCK: {"cpu_ms": 50.0, "rows": 0.0}},
    {OURS: {"cpu_ms": 20.0, "rows": 6.0}, STOCK: {"cpu_ms": 60.0, "rows": 0.0}},
    {OURS: {"cpu_ms": 12.0, "rows": 6.0}, STOCK: {}},
]
CROWDS = [
    {
        OURS: {"rps@8": 80.0, "cpu_ms@8": 11.0, "p95_ms@8": 9.0},
        STOCK: {"rps@8": 20.0, "cpu_ms@8": 44.0, "p95_ms@8": 90.0},
    }
]


def measured() -> Serving:
    phases = {
        "messages": ROUNDS,
        "crowds": CROWDS,
        "memory": [{OURS: {"rss_mb": 500.0, "messages": 660}, STOCK: {"rss_mb": 1500.0}}],
    }
    return Serving(about=dict(ABOUT), phases=phases)


def test_the_spread_is_the_median_with_the_ends():
    assert spread(ROUNDS, OURS, "cpu_ms") == Spread(12.0, 10.0, 20.0)
    assert spread(ROUNDS, STOCK, "cpu_ms") == Spread(55.0, 50.0, 60.0)
    assert spread(ROUNDS, OURS, "other") is None


def test_a_ratio_pairs_the_figures_of_a_round():
    assert ratio(ROUNDS, "cpu_ms", STOCK, OURS) == Spread(4.0, 3.0, 5.0)
    assert ratio(ROUNDS, "rows", OURS, STOCK) is None


def test_a_million_messages_cost_their_core_hours():
    assert cost(3.6, 0.04) == pytest.approx(0.04)


def test_figures_are_read_as_they_were_written(tmp_path):
    file = tmp_path / "deep" / "serving.json"
    serving_results.write(measured(), file)
    assert serving_results.read(file) == measured()
    assert serving_results.read(tmp_path / "none.json") == Serving()
    file.write_text('{"format": 0}', "utf-8")
    with pytest.raises(ValueError, match="--keep"):
        serving_results.read(file)


def test_the_page_says_how_many_times_better_and_shows_what_is_missing():
    page = serving_page.page(measured())
    line = next(row for row in page.splitlines() if row.startswith("| CPU a message, ms"))
    assert "| 12.0 (10.0–20.0) | 55.0 (50.0–60.0) | **4.0 (3.0–5.0)** |" in line
    assert "| 8 | answers a second | 80.0 | 20.0 | **4.0** |" in page
    assert "| 8 | p95, ms | 9 | 90 | **10.0** |" in page
    assert "After 660 messages" in page
    assert serving_page.EMPTY.strip() in page
    assert "| kneewise | 12.0 (10.0–20.0) | 0.133 (0.111–0.222) |" in page


def test_fewer_epochs_than_rasas_are_said_and_its_own_are_not():
    found = measured()
    assert "gets 10 epochs" in serving_page.page(found)
    found.about["epochs"] = 100
    assert "epochs" not in serving_page.page(found)


def test_the_plot_is_drawn_of_what_there_is(tmp_path):
    serving_plot.draw(measured(), tmp_path / "serving.png")
    assert (tmp_path / "serving.png").read_bytes().startswith(b"\x89PNG")
    serving_plot.draw(Serving(about=dict(ABOUT)), tmp_path / "none.png")


def test_a_fleet_has_a_core_for_every_process_and_is_half_idle():
    needs = Needs(cpu_ms=12, rss_mb=500, rows=6)
    few, many = fleet(10, needs), fleet(100_000, needs)
    assert (few.processes, few.memory_mb) == (1, 500)
    assert many.busy == pytest.approx(20)
    assert (many.processes, many.memory_mb) == (40, 20_000)
    assert (many.commits_s, many.rows_s) == (pytest.approx(1666.67, 0.001), pytest.approx(10_000))
    assert planning.capacity(needs) == pytest.approx(2500)
    assert fleet(int(planning.capacity(needs)), needs).processes == 1
    assert fleet(int(planning.capacity(needs)) + 60, needs).processes == 2


def test_a_fleet_without_idle_time_is_not_planned():
    with pytest.raises(ValueError, match="headroom"):
        fleet(10, Needs(12, 500, 6), headroom=1.0)


def test_a_fleet_is_planned_for_the_dearest_messages():
    assert planning.needs_of(measured()) == Needs(12.0, 500.0, 6.0)
    dear = measured()
    dear.phases["crowds"] = [{OURS: {"cpu_ms@64": 15.0}}]
    found = planning.needs_of(dear)
    assert found is not None
    assert found.cpu_ms == 15.0


def test_no_fleet_is_planned_of_figures_that_are_not_there(tmp_path):
    page = tmp_path / "planning.md"
    page.write_text(f"{BEGIN}{END}", "utf-8")
    assert not planning.write(Serving(about=dict(ABOUT)), page)
    assert page.read_text("utf-8") == f"{BEGIN}{END}"


def test_only_what_is_between_the_markers_changes(tmp_path):
    page = tmp_path / "planning.md"
    page.write_text(f"# before\n{BEGIN}\nold\n{END}\nafter\n", "utf-8")
    assert planning.write(measured(), page)
    text = page.read_text("utf-8")
    assert text.startswith(f"# before\n{BEGIN}\n")
    assert text.endswith(f"{END}\nafter\n")
    assert "old" not in text
    assert "| 100,000 |" in text
    assert planning.write(measured(), page)
    assert page.read_text("utf-8") == text
    with pytest.raises(ValueError, match="once"):
        planning.replaced("no marker", "x")


def test_the_page_in_docs_has_its_place():
    planning.replaced(planning.PAGE.read_text("utf-8"), "x")


def test_a_phase_that_is_not_wholly_measured_is_taken_again(tmp_path):
    run = Run(measured(), replace(QUICK, rounds=1), Corpus(()), tmp_path)
    assert run.missing(["messages", "crowds", "memory", "boot"]) == ["messages", "boot"]
    run.found.phases["memory"][0].pop(STOCK)
    assert run.missing(["crowds", "memory"]) == ["memory"]


def test_who_is_first_changes():
    assert turn_about(["a", "b"], 0) == ["a", "b"]
    assert turn_about(["a", "b"], 1) == ["b", "a"]


def test_rounds_of_other_code_are_not_mixed(tmp_path):
    serving_results.write(measured(), tmp_path / "serving.json")
    options = arguments(["--keep", "--out", str(tmp_path), "--price", "0.08"])
    kept = earlier(options, {**ABOUT, "inputs": "i1", "date": "later"})
    assert kept.phases == measured().phases
    assert (kept.about["price"], kept.about["date"]) == (0.08, ABOUT["date"])
    with pytest.raises(ValueError, match="without --keep"):
        earlier(options, {**ABOUT, "inputs": "i2"})


def test_a_phase_that_is_named_is_taken_anew_and_the_others_stay(tmp_path):
    serving_results.write(measured(), tmp_path / "serving.json")
    options = arguments(["--phases", "crowds", "--out", str(tmp_path)])
    assert sorted(earlier(options, dict(ABOUT)).phases) == ["memory", "messages"]


def test_a_quick_run_does_not_replace_what_documents_quote():
    assert arguments(["--quick"]).out != arguments([]).out == serving_results.FILE.parent


@pytest.mark.parametrize("wrong", [["--phases", "x"], ["--set", "x"]])
def test_a_wrong_argument_is_told(wrong, capsys):
    with pytest.raises(SystemExit):
        arguments(wrong)
    assert wrong[0][2:5] in capsys.readouterr().err
