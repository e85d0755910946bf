"""A server of the tests' own: started, stopped, killed, frozen and started again by its id."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from running import environment

PATIENCE = 60
"""Seconds that a server may take to start or to end."""
TRIES = 4


def find(name: str, package: str, *folders: Path) -> str:
    """The path of a program. Where there is none the test is skipped, and fails in CI.

    Debian keeps servers in folders that are not on everybody's PATH: name them.
    """
    everywhere = os.pathsep.join([os.environ.get("PATH", os.defpath), *map(str, folders)])
    path = shutil.which(name, path=everywhere)
    if not path:
        reason = f"{name} is not here: install Debian's or Ubuntu's package {package}."
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    return path


@dataclass(frozen=True)
class User:
    """Whom a program runs as; nothing is changed where the tests do not run as root."""

    uid: int
    gid: int

    @classmethod
    def ordinary(cls, *names: str) -> User | None:
        """The first of the named users that exists; None where we are not root anyway."""
        if os.geteuid() != 0:
            return None
        for name in names:
            with suppress(KeyError):
                entry = pwd.getpwnam(name)
                return cls(entry.pw_uid, entry.pw_gid)
        raise LookupError(f"none of the users {', '.join(names)} is here")


def run_as(
    user: User | None, command: Sequence[str], **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end as somebody; what it printed is in the error if it fails."""
    who = {} if user is None else {"user": user.uid, "group": user.gid, "extra_groups": []}
    done = subprocess.run(  # noqa: S603 - programs of the system, with our arguments
        command,
        cwd="/",
        env=environment(**settings),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        **who,
    )
    assert done.returncode == 0, f"{command[0]}: {done.stdout}{done.stderr}"
    return done


@contextmanager
def own_folder(name: str, user: User | None) -> Iterator[Path]:
    """A temporary folder that belongs to a user; pytest's own can only be entered by root."""
    with tempfile.TemporaryDirectory(prefix=f"kneewise-{name}-") as made:
        if user is not None:
            os.chown(made, user.uid, user.gid)
        yield Path(made)


def family(pid: int) -> list[int]:
    """A process and all that descend from it, parents first."""
    found = [pid]
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += family(int(child))
    return found


@dataclass
class Program:
    """A server in the background. `answers` tells, by asking it, whether it is ready."""

    command: Sequence[str]
    folder: Path
    answers: Callable[[], bool]
    user: User | None = None
    settings: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    cwd: Path | None = None
    """Where it runs, if that is not its folder."""
    patience: float = PATIENCE

    @property
    def log(self) -> str:
        """What it printed so far."""
        path = self.folder / "log.txt"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def start(self) -> None:
        """Start it and wait until it answers; try again if it ends at once after a crash.

        The rest of a killed PostgreSQL can hold its memory for a moment.
        """
        end = time.monotonic() + self.patience
        for _ in range(TRIES):
            process = self._spawn()
            while process.poll() is None:
                if self.answers():
                    return
                assert time.monotonic() < end, f"{self.command[0]} does not answer:\n{self.log}"
                time.sleep(0.1)
            time.sleep(0.5)
        raise AssertionError(f"{self.command[0]} ends at once:\n{self.log}")

    def _spawn(self) -> subprocess.Popen[bytes]:
        user = self.user
        who = {} if user is None else {"user": user.uid, "group": user.gid, "extra_groups": []}
        with (self.folder / "log.txt").open("ab") as out:
            self.process = subprocess.Popen(  # noqa: S603 - programs of the system
                self.command,
                cwd=self.cwd or self.folder,
                env=environment(**self.settings),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                **who,
            )
        return self.process

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it as its owner would, and wait for that."""
        if self.process is None:
            return
        self.resume()
        self._send(how, [self.process.pid])
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
        self.process = None

    def kill(self) -> None:
        """End it and its children like a power cut: nothing is said, written or closed."""
        if self.process is None:
            return
        self._send(signal.SIGKILL, family(self.process.pid))
        self.process.wait(PATIENCE)
        self.process = None

    def pause(self) -> None:
        """Freeze it and its children: connections stay open, and nothing answers."""
        assert self.process is not None
        self._send(signal.SIGSTOP, family(self.process.pid))

    def resume(self) -> None:
        """Let it go on after a pause."""
        if self.process is not None:
            self._send(signal.SIGCONT, family(self.process.pid))

    def restart(self) -> None:
        """Stop it and start it again, on the same port and data."""
        self.stop()
        self.start()

    def _send(self, how: signal.Signals, pids: Sequence[int]) -> None:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, how)

    @contextmanager
    def started(self) -> Iterator[None]:
        """Run it for a while; it has ended when this is left, whatever was done to it."""
        try:
            self.start()
            yield
        finally:
            self.stop()
