"""What deploy/docker/Dockerfile makes, as far as it goes without containers.

The files are those that .dockerignore lets in, with the model and what is built; the process runs
on a file system that is read-only but for its own /tmp, as process 1, without any of root's powers.
"""

from __future__ import annotations

import fnmatch
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from running import HOST, ROOT, SERVE

COMPOSE = ROOT / "deploy" / "docker" / "compose.yml"
MADE = ("assets", "models")
"""What the build makes in the image."""
CONTAINED = """
mount --make-rprivate /
mount -t tmpfs -o size=256m,mode=1777 tmpfs "$KNEEWISE_TEST_TMP"
findmnt -rno TARGET | while read -r place; do
    case $place in
        "$KNEEWISE_TEST_TMP" | /proc | /proc/* | /sys | /sys/* | /dev | /dev/*) ;;
        *) mount -o remount,bind,ro "$place" 2>/dev/null || [ "$place" != / ] ;;
    esac
done
if touch "$KNEEWISE_TEST_ROOT/written" 2>/dev/null; then
    echo "the image can be written to" >&2
    exit 1
fi
export HOME="$KNEEWISE_TEST_TMP" TMPDIR="$KNEEWISE_TEST_TMP" PYTHONDONTWRITEBYTECODE=1
exec setpriv --no-new-privs --bounding-set=-all --inh-caps=-all -- "$@"
"""


def unpacked(folder: Path) -> Path:
    """Copy into a folder what goes into the image; the folder."""
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    inside = [line[1:] for line in lines if line.startswith("!")]
    outside = [line.removeprefix("**/") for line in lines if line.startswith("**/")]

    def ignored(_: str, names: list[str]) -> list[str]:
        return [n for n in names if any(fnmatch.fnmatch(n, pattern) for pattern in outside)]

    for name in (*inside, *MADE):
        (folder).mkdir(exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, folder)
    return folder


def contained(image: Path, scratch: Path, command: Sequence[str] = SERVE) -> list[str]:
    """The command that runs one in a container as far as this machine can make one.

    Args:
        scratch: an empty folder, which becomes its /tmp.
    """
    names = [f"KNEEWISE_TEST_TMP={scratch}", f"KNEEWISE_TEST_ROOT={image}"]
    own = ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"]
    return [*own, "env", *names, "sh", "-euc", CONTAINED, "sh", *command]


def can_contain() -> bool:
    """True where a process may be given a view of its own of files and processes."""
    if os.geteuid() != 0 or not all(map(shutil.which, ("unshare", "setpriv", "findmnt"))):
        return False
    tried = [
        "unshare",
        "--mount",
        "--pid",
        "--fork",
        "--mount-proc",
        "mount",
        "--make-rprivate",
        "/",
    ]
    return subprocess.run(tried, capture_output=True, check=False).returncode == 0  # noqa: S603


def settings(secrets: Mapping[str, str], ports: Mapping[str, int], port: int) -> dict[str, str]:
    """The environment of a Kneewise of compose.yml, with other addresses and nothing else.

    Args:
        secrets: the values of .env.
        ports: the port of the loopback by the name of the service and its port: `postgres:5432`.
        port: where it listens.
    """
    whole: dict[str, Any] = yaml.safe_load(COMPOSE.read_text("utf-8"))
    given = whole["services"]["kneewise-1"]["environment"]
    found = {key: _filled(str(value), secrets) for key, value in given.items()}
    for name, other in ports.items():
        assert any(f"@{name}/" in value for value in found.values()), name
        found = {k: v.replace(f"@{name}/", f"@{HOST}:{other}/") for k, v in found.items()}
    assert found["HOST"] == "0.0.0.0"  # noqa: S104 - inside a container that is all there is
    return {**found, "HOST": HOST, "PORT": str(port)}


def _filled(value: str, secrets: Mapping[str, str]) -> str:
    """A value of Compose with its variables put in; one that must be set and is not is an error."""

    def put_in(match: re.Match[str]) -> str:
        name, kind, default = match.groups()
        return secrets[name] if kind == "?" else secrets.get(name) or default

    return re.sub(r"\$\{([A-Z_]+):([?-])([^}]*)\}", put_in, value)
