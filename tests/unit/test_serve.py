"""What the launcher looks at before it serves, and what it says when something is wrong."""

from __future__ import annotations

import asyncio
import io
import json
import os
import re
import shutil
import socket
import tarfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import rasa
from sanic.exceptions import NotFound, PayloadTooLarge
from sanic.request import Request

from kneewise import cli, serve, shell, starting
from kneewise.nlu import symptoms
from kneewise.store import ConversationStore
from kneewise.testing import Assistant

ROOT = Path(__file__).resolve().parents[2]


def archive(file: Path, name: str) -> Path:
    """A model file with one file of that name in it."""
    file.parent.mkdir(exist_ok=True)
    with tarfile.open(file, "w:gz") as model:
        info = tarfile.TarInfo(name)
        info.size = 2
        model.addfile(info, io.BytesIO(b"{}"))
    return file


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that has all it takes to get as far as loading the model; nothing is set."""
    archive(tmp_path / "models" / "a.tar.gz", "metadata.json")
    for name in ("HOST", "PORT", "KNEEWISE_REGION", "KNEEWISE_KNOWLEDGE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(cli, "ROOT", tmp_path)
    monkeypatch.setattr(shell, "ROOT", tmp_path)
    monkeypatch.setattr(cli, "_quiet", lambda: None)
    return tmp_path


# --- errors at the start -------------------------------------------------------------------------

Spoil = Callable[[Path, pytest.MonkeyPatch], None]


def no_model(root: Path, patch: pytest.MonkeyPatch) -> None:
    shutil.rmtree(root / "models")


def empty_model(root: Path, patch: pytest.MonkeyPatch) -> None:
    (root / "models" / "a.tar.gz").write_bytes(b"")


def half_a_model(root: Path, patch: pytest.MonkeyPatch) -> None:
    file = root / "models" / "a.tar.gz"
    file.write_bytes(file.read_bytes()[:-20])


def not_a_model(root: Path, patch: pytest.MonkeyPatch) -> None:
    archive(root / "models" / "a.tar.gz", "holiday.jpg")


def bad_region(root: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("KNEEWISE_REGION", "atlantis")


def no_knowledge(root: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("KNEEWISE_KNOWLEDGE", str(root / "nowhere"))


def broken_knowledge(root: Path, patch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "knowledge", root / "knowledge")
    (root / "knowledge" / "regions.yml").write_text("default: [eu\n")
    patch.setenv("KNEEWISE_KNOWLEDGE", str(root / "knowledge"))


def other_rasa(root: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(rasa, "__version__", "3.6.99")


START: list[tuple[Spoil, str]] = [
    (no_model, "There is no model in .*models. Run `make train`"),
    (empty_model, "a.tar.gz is damaged. Delete it and run `make train`"),
    (half_a_model, "a.tar.gz is damaged. Delete it and run `make train`"),
    (not_a_model, "a.tar.gz is not a Rasa model. Delete it and run `make train`"),
    (bad_region, "unknown region 'atlantis' \\(KNEEWISE_REGION\\); known: .*uk"),
    (no_knowledge, "The knowledge cannot be read: .*Run `make check`"),
    (broken_knowledge, "The knowledge cannot be read: .*regions.yml.*line 2.*Run `make check`"),
    (other_rasa, "written for Rasa .* but 3.6.99 is installed"),
]


def refused(command: str, capsys: pytest.CaptureFixture[str]) -> str:
    """The one line that a command ends with; its status must be 1."""
    try:
        status: Any = cli.main([command])
    except SystemExit as end:
        status, message = 1, str(end.code)
    else:
        message = capsys.readouterr().err
    assert status == 1
    lines = message.strip().splitlines()
    assert len(lines) == 1, message
    return lines[0]


@pytest.mark.parametrize(("spoil", "said"), START, ids=lambda v: getattr(v, "__name__", ""))
@pytest.mark.parametrize("command", ["serve", "shell"])
def test_what_is_missing_is_said_in_one_sentence(
    command: str,
    spoil: Spoil,
    said: str,
    root: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spoil(root, monkeypatch)
    line = refused(command, capsys)
    assert re.search(said, line), line


@pytest.mark.parametrize(
    "port", ["", "abc", "0", "-1", "65536", "99999999", "5005.5", "²", "\u0665"]
)
def test_a_port_that_is_none(
    port: str, root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", port)
    line = refused("serve", capsys)
    assert line == f"PORT must be a number from 1 to 65535, not {port!r}."


def test_a_port_that_is_taken(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        monkeypatch.setenv("PORT", str(port))
        line = refused("serve", capsys)
    assert line.startswith(f"Port {port} of 127.0.0.1 cannot be used (Address already in use).")
    assert f"PORT={port + 1}" in line


@pytest.mark.parametrize("host", ["203.0.113.9", "no.such.host.invalid"])
def test_a_host_that_is_not_here(
    host: str, root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOST", host)
    assert f"of {host} cannot be used" in refused("serve", capsys)


def test_the_port_is_taken_at_once() -> None:
    with serve._listener("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(starting.CannotServe, match="in use"):
            serve._listener("127.0.0.1", port)
        with pytest.raises(ConnectionRefusedError):  # so that a proxy tries another process
            socket.create_connection(("127.0.0.1", port), 5)
    serve._listener("127.0.0.1", port).close()


def test_the_newest_model_is_taken(root: Path) -> None:
    newer = archive(root / "models" / "0.tar.gz", "metadata.json")
    older = root / "models" / "a.tar.gz"
    os.utime(older, (1, 1))
    assert starting.checked(root) == newer


@pytest.mark.parametrize(
    ("db", "said"),
    [
        ("nowhere/talk.db", "cannot be used .*KNEEWISE_DB"),
        (
            "mysql://ann:xyzzy@127.0.0.1/talk",
            "KNEEWISE_DB must be the path of a file or postgresql",
        ),
        ("postgresql://ann:xyzzy@127.0.0.1:1/talk", "cannot be used .*KNEEWISE_DB"),
    ],
)
def test_a_database_that_cannot_be_brought_to_this_version(
    db: str,
    said: str,
    root: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(root)
    monkeypatch.setenv("KNEEWISE_DB", db)
    line = refused("migrate", capsys)
    assert re.search(said, line), line
    assert "xyzzy" not in line


def test_a_database_is_brought_to_this_version_once(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KNEEWISE_DB", str(root / "talk.db"))
    assert cli.main(["migrate"]) == 0
    assert cli.main(["migrate"]) == 0
    first, second = capsys.readouterr().out.strip().splitlines()
    assert "was brought" in first
    assert "up to date" in second


# --- loading -------------------------------------------------------------------------------------


def start(model: Path, db: Path, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Run what the server does before it listens; the app with its agent."""
    monkeypatch.setenv("KNEEWISE_DB", str(db))
    endpoints = serve.AvailableEndpoints.read_endpoints(str(ROOT / "endpoints.yml"))
    endpoints.action = serve.InProcessActions()
    app = SimpleNamespace(ctx=SimpleNamespace())

    async def run() -> None:
        await starting.start(model, endpoints, app, asyncio.get_running_loop())

    asyncio.run(run())
    return app


def test_a_model_that_does_not_load_is_damaged(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = root / "models" / "a.tar.gz"
    with pytest.raises(starting.CannotServe, match=r"a\.tar\.gz is damaged"):
        start(model, root / "talk.db", monkeypatch)


def test_conversations_that_cannot_be_stored(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = starting.checked_model(ROOT / "models")
    with pytest.raises(starting.CannotServe, match=r"cannot be stored .*KNEEWISE_DB"):
        start(model, root / "nowhere" / "talk.db", monkeypatch)


def test_a_model_that_does_not_answer(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(symptoms, "read", lambda _: 1 / 0)
    model = starting.checked_model(ROOT / "models")
    with pytest.raises(starting.CannotServe, match=r"does not answer .*ZeroDivisionError"):
        start(model, root / "talk.db", monkeypatch)


def test_store_and_actions_are_our_own(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = start(starting.checked_model(ROOT / "models"), root / "talk.db", monkeypatch)
    agent = app.ctx.agent
    for store in (agent.tracker_store, agent.processor.tracker_store):
        assert isinstance(store, ConversationStore)
        assert store.domain is agent.domain
    assert isinstance(agent.processor.action_endpoint, serve.InProcessActions)
    assert (root / "talk.db").is_file()
    asyncio.run(starting.part(app, None))
    assert sorted(path.name for path in root.glob("talk.db*")) == ["talk.db"]


# --- routes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (NotFound("no such page"), 404, "no such page"),
        (PayloadTooLarge("too large"), 413, "too large"),
        (ValueError("my knee is swollen"), 500, "the server failed"),
    ],
)
def test_errors_are_json_without_inner_words(
    error: Exception, status: int, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    request = Request(b"/", {}, "1.1", "GET", None, None)
    response = asyncio.run(serve._failed(request, error))
    assert (response.status, json.loads(response.body)) == (status, {"error": said})
    assert "swollen" not in caplog.text
    assert bool(caplog.records) is (status == 500)


# --- the shell -----------------------------------------------------------------------------------


def talk(lines: list[str], assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Type lines into the shell."""
    left = iter(lines)

    def typed(prompt: str) -> str:
        try:
            return next(left)
        except StopIteration:
            raise EOFError from None

    monkeypatch.setattr("builtins.input", typed)
    monkeypatch.setattr(Assistant, "load", classmethod(lambda *_: assistant))
    monkeypatch.setattr(shell, "checked", lambda _: Path())
    monkeypatch.setattr(shell.logging, "disable", lambda _: None)
    shell.talk()


def test_the_shell_answers_until_it_is_left(
    assistant: Assistant, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    talk(["hello", "", "/", "/quit", "is ice any use?"], assistant, monkeypatch)
    printed = capsys.readouterr().out
    assert "[My knee hurts] [Can I still run?]" in printed
    assert "10 to 15 minutes" not in printed


def test_the_shell_ends_with_its_input(
    assistant: Assistant, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    talk(["is ice any use?"], assistant, monkeypatch)
    assert "10 to 15 minutes" in capsys.readouterr().out
