"""Results are kept with their date, merged by set and pipeline, and shown in tables."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks import results, tables
from benchmarks.results import Results, Row
from benchmarks.understanding import arguments

ROW = Row(
    set="clinc20",
    pipeline="kneewise",
    date="2026-01-02T03:04:05+00:00",
    inputs="i1",
    data="d1",
    intents=20,
    examples=200,
    messages=4,
    outside=2,
    accuracy=0.75,
    accuracy_deployed=0.5,
    oos_recall=0.5,
    oos_threshold=0.2,
    oos_lost=0.0,
    oos_deployed=1.0,
    cpu_ms_p50=5.0,
    cpu_ms_p95=9.0,
    train_wall_s=12.0,
    train_cpu_s=10.0,
    model_mb=0.6,
    rss_mb=605.0,
    right="1110",
    right_deployed="1100",
    rejected="10",
)
STOCK = replace(ROW, pipeline="stock", accuracy=0.25, right="0001", right_deployed="0001")
RUN = {"cpu": "some", "cores": 2, "system": "Linux", "python": "3.10", "versions": {"rasa": "3"}}
WHOLE = {
    "messages": 3,
    "date": ROW.date,
    "model": "kneewise-1.tar.gz",
    "cpu_ms_p50": 10.0,
    "cpu_ms_p95": 20.0,
    "model_mb": 8.0,
    "rss_mb": 650.0,
    "shares": {
        "all": {"calm": (3, 3), "warned": (0, 0)},
        "a|b.yml": {"calm": (3, 3), "warned": (0, 0)},
    },
    "by_length": {"1 to 5": {"messages": 3, "made": 17, "cpu_ms_p50": 1.0, "cpu_ms_p95": 2.0}},
}


def filled():
    return Results(rows=[ROW, STOCK], runs={ROW.date: RUN}, not_run=[("clinc10", "stock", "slow")])


def test_results_are_read_as_they_were_written(tmp_path):
    file = tmp_path / "deep" / "understanding.json"
    results.write(filled(), file)
    assert results.read(file) == filled()
    assert [path.name for path in file.parent.iterdir()] == ["understanding.json"]


def test_no_file_is_no_results(tmp_path):
    assert results.read(tmp_path / "none.json") == Results()


def test_a_file_of_another_format_is_refused(tmp_path):
    file = tmp_path / "old.json"
    file.write_text('{"format": 0}', "utf-8")
    with pytest.raises(ValueError, match="--keep"):
        results.read(file)


def test_a_new_row_takes_the_place_of_the_old_one():
    found = filled()
    newer = replace(ROW, date="2026-02-02T00:00:00+00:00")
    found.put(newer)
    assert found.rows == [newer, STOCK]
    assert found.row(("clinc20", "kneewise")) == newer


def test_a_reason_is_given_once():
    found = filled()
    found.skip(("clinc10", "stock"), "too slow")
    assert found.not_run == [("clinc10", "stock", "too slow")]


def test_a_machine_that_made_nothing_here_is_forgotten():
    found = filled()
    found.runs["2025-01-01"] = RUN
    found.forget_unused_runs()
    assert list(found.runs) == [ROW.date]


def test_rows_of_other_inputs_and_of_unknown_ones_are_outdated():
    today = {ROW.key: "i2"}
    assert results.find_outdated(filled(), today) == [ROW.key, STOCK.key]
    assert results.find_outdated(filled(), {ROW.key: "i1", STOCK.key: "i1"}) == []


def test_the_page_shows_every_row_with_its_date():
    page = tables.page(filled())
    assert "| clinc20 | kneewise | 20 / 200 | 4 / 2 | 75.0 | 50.0 | 50.0 | 0.0 | 100.0 |" in page
    assert page.count("| 2026-01-02 |") == 2
    assert "stock on clinc10 (slow)" in page


def test_an_outdated_row_is_marked():
    found = filled()
    assert "2026-01-02 *" not in tables.page(found)
    found.outdated = [STOCK.key]
    assert tables.page(found).count("| 2026-01-02 * |") == 1


def test_a_set_without_out_of_scope_messages_has_dashes():
    bare = replace(ROW, outside=0, oos_recall=None, oos_lost=None, oos_deployed=None, rejected="")
    assert "| 75.0 | 50.0 | – | – | – |" in tables.page(Results(rows=[bare]))


def test_only_rows_on_the_same_data_are_paired():
    page = tables.page(filled())
    assert "| clinc20 | stock | accuracy | 3 | 1 | 0.6250 |" in page
    other = Results(rows=[ROW, replace(STOCK, data="d2")])
    assert "Nothing to pair" in tables.page(other)


def test_the_whole_assistant_has_its_tables():
    found = filled()
    found.whole = WHOLE
    page = tables.page(found)
    assert "| no alarm where there is no danger | 100.0 % (3/3) | 100.0 % (3/3) |" in page
    assert "| danger is warned of | – | – |" in page
    assert "| 1 to 5 | 3 | 17 | 1.0 / 2.0 |" in page


def test_a_cell_cannot_break_its_table():
    assert tables.table(["a"], [["x|y\nz"]]).splitlines()[2] == "| x\\|y z |"


def test_an_unknown_pipeline_is_told(capsys):
    with pytest.raises(SystemExit):
        arguments(["--pipelines", "kneewise,other"])
    assert "stock+oos" in capsys.readouterr().err


def test_all_is_run_where_nothing_is_asked_for():
    options = arguments([])
    assert options.pipelines == ["kneewise", "stock", "stock+oos"]
    assert not options.keep
