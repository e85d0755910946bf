"""A private nginx with the files of deploy/nginx: only addresses and folders are other ones."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fleet.program import Program, User, find, own_folder, run_as
from running import HOST, ROOT, free_port, request

FILES = ROOT / "deploy" / "nginx"


@dataclass
class Nginx(Program):
    """A running nginx at `port`; at `tls_port` too, where it was given a certificate."""

    port: int = 0
    tls_port: int = 0


@contextmanager
def private_nginx(
    servers: Sequence[int], port: int | None = None, certificate: tuple[Path, Path] | None = None
) -> Iterator[Nginx]:
    """A running nginx in front of the processes at these ports of the loopback.

    Args:
        certificate: the files of a certificate and its key, for TLS.
    """
    with written(servers, port, certificate) as made, made.started():
        yield made


@contextmanager
def written(
    servers: Sequence[int], port: int | None = None, certificate: tuple[Path, Path] | None = None
) -> Iterator[Nginx]:
    """The same, written but not started: `check` says whether nginx takes it."""
    program = find("nginx", "nginx-light", Path("/usr/sbin"))
    user = User.ordinary("www-data", "nobody")
    with own_folder("nginx", user) as folder:
        for path in FILES.glob("*.conf"):
            shutil.copy(path, folder)
        if certificate:
            shutil.copy(FILES / "tls.conf.example", folder / "tls.conf")
            for path, name in zip(certificate, ("fullchain.pem", "privkey.pem"), strict=True):
                shutil.copy(path, folder / name)
                (folder / name).chmod(0o644)
        lines = [f"server {HOST}:{found} max_fails=2 fail_timeout=3s;" for found in servers]
        (folder / "servers.conf").write_text("\n".join(lines) + "\n")
        made = Nginx(
            [program, "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"],
            folder,
            lambda: _answers(made),
            user,
            port=port or free_port(),
            tls_port=free_port(),
        )
        for path in folder.glob("*.conf"):
            path.write_text(_moved(path.read_text(), made))
        yield made


def check(nginx: Nginx) -> str:
    """What `nginx -t` prints of its files; fails if it does not take them."""
    return run_as(nginx.user, [*nginx.command, "-t"]).stderr


def _moved(text: str, nginx: Nginx) -> str:
    """A file of deploy/nginx for this machine; what is looked for must be there to be replaced."""
    folder = str(nginx.folder)
    for old, new in {
        " /tmp/": f" {folder}/",
        "listen 8080;": f"listen {HOST}:{nginx.port};",
        "listen 8443 ssl;": f"listen {HOST}:{nginx.tls_port} ssl;",
        "resolver 127.0.0.11 valid=5s ipv6=off;": "",
        "worker_processes auto;": "worker_processes 1;\ndaemon off;",
        "/etc/nginx/tls/": f"{folder}/",
        "/dev/stdout": f"{folder}/access.log",
        "/dev/stderr": f"{folder}/error.log",
    }.items():
        text = text.replace(old, new)
    return text


def _answers(nginx: Nginx) -> bool:
    """True if it answers at all, for itself: what is not named in its files is not there."""
    try:
        return request(nginx.port, "/nothing-is-here").status in (308, 404)
    except OSError:
        return False
