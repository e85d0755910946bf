"""Holds a running server against docs/openapi.yml, with input that it allows and forbids."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

from benchmarks.chaos_outcome import ROOT, Outcome
from benchmarks.chaos_target import BACK_END, MONITOR, Target, target

SETTING = "KNEEWISE_CHECKS_PYTHON"
FILE = ROOT / "docs" / "openapi.yml"
INPUTS_A_ROUTE = 200
WITHIN = 900
CHECKS = (
    *("not_a_server_error", "status_code_conformance", "content_type_conformance"),
    *("response_headers_conformance", "response_schema_conformance", "unsupported_method"),
)
VISITORS = 500
_CASES = re.compile(r"(\d[\d,]*) (?:generated|test cases)")


def program(name: str = "schemathesis") -> str | None:
    """A program of the environment that judges files; None if there is none."""
    python = os.environ.get(SETTING)
    return str(Path(python).with_name(name)) if python else None


def tokens(found: Target) -> str:
    """What gets a request inside, for `schema_hooks`."""
    secret = found.telegram.webhook["secret_token"]
    headers = {
        "/webhooks/rest/": {"Authorization": f"Bearer {BACK_END}"},
        "/metrics": {"Authorization": f"Bearer {MONITOR}"},
        "/webhooks/telegram/": {"X-Telegram-Bot-Api-Secret-Token": secret},
    }
    visitors = [found.tokens.issue("eu") for _ in range(VISITORS)]
    return json.dumps({"visitors": visitors, "headers": headers})


def held(found: Target, schemathesis: str, inputs: int, folder: Path) -> Outcome:
    """What schemathesis says of a server; `folder` is where it works."""
    outcome = Outcome("schemathesis: docs/openapi.yml against the server")
    done = subprocess.run(  # noqa: S603 - our own program, by its path
        [
            *(schemathesis, "run", str(FILE), "--url", f"http://127.0.0.1:{found.port}"),
            *("--checks", ",".join(CHECKS), "--phases", "examples,coverage,fuzzing"),
            *("--max-examples", str(inputs), "--generation-deterministic", "--no-shrink"),
            *("--continue-on-failure", "--request-timeout", "20", "--warnings", "off"),
        ],
        cwd=folder,
        env={
            **os.environ,
            "SCHEMATHESIS_HOOKS": str(ROOT / "benchmarks" / "schema_hooks.py"),
            "KNEEWISE_SCHEMA_TOKENS": tokens(found),
        },
        capture_output=True,
        text=True,
        timeout=WITHIN,
        check=False,
    )
    counts = _CASES.findall(done.stdout)
    outcome.messages = max((int(count.replace(",", "")) for count in counts), default=0)
    if done.returncode:
        outcome.wrong.append((done.stdout + done.stderr)[-6000:])
    if not found.lives():
        outcome.wrong.append("the server is gone")
    return outcome


def schema(folder: Path, inputs: int = INPUTS_A_ROUTE) -> Outcome:
    """The whole of it, on a server of its own."""
    schemathesis = program()
    if schemathesis is None:
        return Outcome("schemathesis", notes=[f"skipped: {SETTING} is not set"])
    with target(folder) as found:
        return held(found, schemathesis, inputs, folder)
