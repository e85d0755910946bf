"""`python -m kneewise serve` as a user runs it: it starts, is killed, starts again, and ends."""

from __future__ import annotations

import re
import shutil
import signal
import sys
import time
from pathlib import Path

import pytest
from running import ROOT, SERVE, Running, free_port, request, run, running, serving

TAKEN = r"^Port {port} of 127\.0\.0\.1 cannot be used \(Address already in use\)\."


def children(pid: int) -> list[str]:
    """The processes that a process has started."""
    found: list[str] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += (task / "children").read_text().split()
    return found


def refused_again(port: int, folder: Path) -> None:
    """A second server at the same port ends at once, with one sentence."""
    second = run(SERVE, PORT=str(port), KNEEWISE_DB=str(folder / "second.db"))
    assert second.returncode == 1
    assert re.match(TAKEN.format(port=port), second.stderr), second.stderr
    assert len(second.stderr.strip().splitlines()) == 1
    assert not second.stdout
    assert not (folder / "second.db").exists()


def wait_until_taken(server: Running) -> None:
    """Wait until a server has its port, which is long before it is ready."""
    for _ in range(600):
        if "Kneewise answers at" in server.printed():
            return
        assert server.process.poll() is None, server.printed()
        time.sleep(0.1)
    raise AssertionError(server.printed())


def test_a_server_from_start_to_end(tmp_path: Path) -> None:
    port = free_port()
    database = str(tmp_path / "talk.db")
    log = tmp_path / "log.txt"
    with running(SERVE, port, log, PORT=str(port), KNEEWISE_DB=database) as first:
        wait_until_taken(first)
        refused_again(port, tmp_path)
        first.wait_for("/health")
        assert request(port, "/health").json == {"status": "ok"}
        first.say("ann", "it aches around my left kneecap whenever i jog")
        first.say("bob", "it is locked solid and i can't get it straight, xyzzy")
        if Path("/proc").is_dir():
            assert children(first.process.pid) == []
        first.process.send_signal(signal.SIGKILL)
        assert first.process.wait(20) == -signal.SIGKILL
    with serving(tmp_path, port) as second:
        goes_on(second)
        second.process.send_signal(signal.SIGTERM)
        assert second.process.wait(20) == 0
        printed = second.printed()
    assert printed.strip() == (
        f"Kneewise answers at http://127.0.0.1:{port} once /health is 200. Stop with Ctrl+C."
    )
    assert "xyzzy" not in log.read_text()


def goes_on(server: Running) -> None:
    """Both conversations are where they were."""
    messages = server.say("ann", "None of these")
    slot = messages[-1]["metadata"]["slot"]
    assert slot not in ("danger_signs", "pain_location", "pain_triggers")
    warned = server.say("bob", "is it ok to go for a jog with it?")
    assert any(message["metadata"]["flags"] for message in warned)


DAMAGED = """
import sys
from pathlib import Path
from kneewise import cli
cli.ROOT = Path.cwd()
sys.exit(cli.main(["serve"]))
"""


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    """A folder with a model that is whole as a file, and cannot be loaded."""
    for name in ("endpoints.yml", "credentials.yml"):
        shutil.copy(ROOT / name, tmp_path)
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "metadata.json").write_text("{}")
    (tmp_path / "models").mkdir()
    made = shutil.make_archive(str(tmp_path / "models" / "a"), "gztar", inside)
    assert made.endswith("a.tar.gz")
    return tmp_path


def test_a_model_that_cannot_be_loaded_ends_the_server(damaged: Path) -> None:
    settings = {"PORT": str(free_port()), "PYTHONPATH": str(ROOT)}
    done = run((sys.executable, "-c", DAMAGED), damaged, **settings)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert re.fullmatch(
        r"The model .*a\.tar\.gz is damaged\. Delete it and run `make train`\.", last
    )
    assert "Traceback" not in done.stderr
