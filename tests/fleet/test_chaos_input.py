"""Whatever is sent, the server lives, says 4xx, and keeps to docs/openapi.yml."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from running import ROOT

from benchmarks.chaos_hostile import fuzzed, known_inputs
from benchmarks.chaos_schema import FILE, held, program
from benchmarks.chaos_target import Raw, Target, target

INPUTS = 1000
INPUTS_A_ROUTE = 20

judged = pytest.mark.skipif(program() is None, reason="KNEEWISE_CHECKS_PYTHON is not set")


@pytest.fixture(scope="module")
def open_target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """A server with every channel."""
    with target(tmp_path_factory.mktemp("target"), LOG_LEVEL="INFO") as found:
        yield found
        log = found.server.log
    # None of these words may be in a log, wherever in a request they stood.
    for secret in ("should i put ice", "Bearer", found.telegram.token, "someone-else"):
        assert secret not in log


def test_what_ends_or_silences_a_stock_server_is_refused(open_target: Target) -> None:
    outcome = known_inputs(open_target)
    assert outcome.right, outcome


def test_no_input_is_the_fault_of_the_server(open_target: Target) -> None:
    outcome = fuzzed(open_target, INPUTS)
    assert outcome.right, outcome
    assert outcome.messages == INPUTS


def test_a_body_without_an_end_is_refused(open_target: Target) -> None:
    for length in (b"-5", b"", b"x", b"1_0"):
        raw = Raw(b"POST", b"/webhooks/web/session", ((b"Content-Length", length),), b"{}" * 9)
        assert open_target.send(raw) == 400, length


@judged
def test_the_description_of_the_interface_is_sound() -> None:
    done = subprocess.run(  # noqa: S603 - our own program
        [str(program("openapi-spec-validator")), str(FILE)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@judged
def test_the_server_keeps_to_its_description(open_target: Target, tmp_path: Path) -> None:
    outcome = held(open_target, str(program()), INPUTS_A_ROUTE, tmp_path)
    assert outcome.right, "\n".join(outcome.wrong)
    assert outcome.messages > 100
