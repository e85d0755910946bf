"""What is watched is what is measured: dashboard, alerts and docs name the metrics that exist."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from kneewise import knowledge, metrics
from kneewise.answering import SMALL_TALK

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "monitoring"
DASHBOARD = json.loads((FOLDER / "dashboard.json").read_text("utf-8"))
RULES = [
    rule
    for group in yaml.safe_load((FOLDER / "alerts.yml").read_text("utf-8"))["groups"]
    for rule in group["rules"]
]
TESTS = yaml.safe_load((FOLDER / "alerts.test.yml").read_text("utf-8"))["tests"]
DOCS = (ROOT / "docs" / "operating.md").read_text("utf-8")


def measured() -> dict[str, set[str]]:
    """The name of every series that /metrics can have, with its labels."""
    found: dict[str, set[str]] = {}
    for metric in vars(metrics).values():
        if not hasattr(metric, "_labelnames"):
            continue
        labels = set(metric._labelnames)
        for family in metric.describe():
            suffixes = {
                "counter": ["_total"],
                "info": ["_info"],
                "histogram": ["_bucket", "_sum", "_count"],
            }.get(family.type, [""])
            for suffix in suffixes:
                extra = {"_bucket": {"le"}, "_info": {"version", "model"}}.get(suffix, set())
                found[family.name + suffix] = labels | extra
    return found


MEASURED = measured()


def base(name: str) -> str:
    """The metric that a series is part of."""
    return re.sub(r"_(bucket|sum|count)$", "", name)


def named(text: str) -> set[str]:
    return set(re.findall(r"\bkneewise_[a-z_]+", text))


def expressions() -> Iterator[str]:
    for panel in DASHBOARD["panels"]:
        yield from (target["expr"] for target in panel.get("targets", ()))
    yield from (rule["expr"] for rule in RULES)


def test_there_is_something_to_compare() -> None:
    assert len(MEASURED) > 15
    assert len(list(expressions())) > 30


@pytest.mark.parametrize("expr", sorted(set(expressions())))
def test_what_is_asked_for_is_measured(expr: str) -> None:
    assert named(expr) <= set(MEASURED), expr
    labels = {"instance", "job", "__name__", *metrics_labels(named(expr))}
    used = set(re.findall(r"([a-z_]+)\s*(?:=~|!=|=)\s*\"", expr))
    for group in re.findall(r"\bby \(([^)]*)\)", expr):
        used |= {label.strip() for label in group.split(",")}
    assert used <= labels, expr


def metrics_labels(names: set[str]) -> set[str]:
    return {label for name in names for label in MEASURED[name]}


def test_all_that_is_measured_is_on_the_dashboard() -> None:
    shown = {base(name) for panel in DASHBOARD["panels"] for name in named(json.dumps(panel))}
    assert shown == {base(name) for name in MEASURED}


def test_all_that_is_measured_is_in_the_docs() -> None:
    assert {base(name) for name in MEASURED} <= named(DOCS)
    assert named(DOCS) <= {base(name) for name in MEASURED} | set(MEASURED)


def test_every_alert_is_explained_and_tested_and_says_how_urgent_it_is() -> None:
    alerts = {rule["alert"] for rule in RULES}
    assert set(re.findall(r"`(Kneewise[A-Za-z]+)`", DOCS)) == alerts
    raised = {
        case["alertname"]
        for test in TESTS
        for case in test.get("alert_rule_test", ())
        if case["exp_alerts"]
    }
    assert raised == alerts
    assert {rule["labels"]["severity"] for rule in RULES} == {"page", "ticket"}


def test_the_values_of_labels_that_are_asked_for_exist() -> None:
    known = {
        "topic": {*metrics.ACTS, *knowledge.load().topics},
        "queue": set(metrics.QUEUES),
        "kind": set(metrics.KINDS),
        "stage": set(metrics.STAGES),
        "channel": set(metrics.CHANNELS),
    }
    found = 0
    for expr in expressions():
        for label, values in re.findall(r"\b([a-z]+)=~?\"([a-z_|]+)\"", expr):
            if label in known:
                found += 1
                assert set(values.split("|")) <= known[label], expr
    assert found > 4


def topics_in(code: str) -> Iterator[str]:
    """The topics that a module gives to replies and messages, where it writes them out."""
    for node in ast.walk(ast.parse(code)):
        given: list[ast.expr] = []
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Reply":
            given = [*node.args[1:2], *(k.value for k in node.keywords if k.arg == "topic")]
        if isinstance(node, ast.Dict):
            given = [
                value
                for key, value in zip(node.keys, node.values, strict=True)
                if isinstance(key, ast.Constant) and key.value == "topic"
            ]
        for value in given:
            if isinstance(value, ast.Constant):
                yield value.value


def test_every_topic_of_an_answer_is_known() -> None:
    """Else it is counted as "other"; the topics of knowledge/ are known without a list."""
    said = {"greeting", *(intent for intent in SMALL_TALK if intent != "greet")}
    for folder in ("kneewise", "actions"):
        for path in (ROOT / folder).rglob("*.py"):
            said.update(topics_in(path.read_text("utf-8")))
    assert {"clarify", "out_of_scope", "forget_me", "recap", "plan", "urgent", "question"} <= said
    assert said <= {*metrics.ACTS, *knowledge.load().topics}


def test_the_panels_of_the_dashboard_do_not_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at: dict[str, Any] = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not taken & cells, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)


def promtool(*arguments: str, cwd: Path) -> None:
    """Run Prometheus' own tool, which must be content."""
    found = shutil.which("promtool")
    if not found:
        pytest.skip("promtool is not installed: apt-get install prometheus")
    done = subprocess.run(  # noqa: S603 - the tool of Prometheus
        [found, *arguments], cwd=cwd, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "command",
    [
        ("check", "rules", "alerts.yml"),
        ("test", "rules", "alerts.test.yml"),
        ("check", "config", "--syntax-only", "prometheus.yml"),
    ],
    ids=" ".join,
)
def test_prometheus_takes_the_files_and_raises_the_alerts(command: tuple[str, ...]) -> None:
    promtool(*command, cwd=FOLDER)


def test_prometheus_can_read_what_the_dashboard_asks(tmp_path: Path) -> None:
    asked = [expr.replace("$instance", ".*") for expr in sorted(set(expressions()))]
    rules = [{"record": f"panel:{n}", "expr": expr} for n, expr in enumerate(asked)]
    text = yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]})
    (tmp_path / "panels.yml").write_text(text)
    promtool("check", "rules", "panels.yml", cwd=tmp_path)
