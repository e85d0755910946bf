"""What the comparisons of Rasa's own connectors with ours share: servers, waiting, a table."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.programs import ROOT, running
from kneewise.privacy import configure_logging
from kneewise.serve import make_app
from kneewise.starting import checked_model

REQUEST_MAX_SIZE = 100_000_000
"""Sanic's own, which stock Rasa leaves as it is."""

Verdict = tuple[str, bool]
"""What became of a case, and whether that is what a runner needs."""


@contextmanager
def stock_server(
    module: str, folder: Path, credentials: str, port: int, *more: str, **settings: str
) -> Iterator[Any]:
    """A process that serves Rasa's own connector, as `module` redirects it.

    Args:
        module: its name in `benchmarks`; it gets the folder, the models, and `more`.
        folder: where its credentials.yml, its log and its database go.
    """
    (folder / "credentials.yml").write_text(credentials)
    (folder / "endpoints.yml").write_text((ROOT / "endpoints.yml").read_text())
    command = (
        *(sys.executable, "-m", f"benchmarks.{module}"),
        *(str(folder), str(ROOT / "models"), *more),
    )
    log = folder / "log.txt"
    with running.running(command, port, log, PORT=str(port), **settings) as server:
        server.wait_for("/health")
        yield server


def serve_stock(root: Path, models: Path) -> None:
    """Serve at PORT with the credentials.yml and endpoints.yml of a folder: what a module does."""
    configure_logging()
    app = make_app(root, checked_model(models))
    app.config.REQUEST_MAX_SIZE = REQUEST_MAX_SIZE
    app.run(host="127.0.0.1", port=int(os.environ["PORT"]), access_log=False)


def wait_until_quiet(count: Callable[[], int], within: float, still: float) -> None:
    """Wait until a count has not changed for `still` seconds, `within` seconds at most."""
    end, seen, since = time.monotonic() + within, -1, time.monotonic()
    while time.monotonic() < end and time.monotonic() - since < still:
        now = count()
        seen, since = (now, time.monotonic()) if now != seen else (seen, since)
        time.sleep(0.05)


def judged(case: Callable[[Any], Verdict], target: Any) -> tuple[str, Verdict]:
    """The name of a case, and what a connector made of it."""
    name = (case.__doc__ or case.__name__).strip().rstrip(".")
    try:
        return name, case(target)
    except Exception as error:  # noqa: BLE001 - it is the connector's result
        return name, (f"failed: {type(error).__name__}", False)


def table(results: Mapping[str, Mapping[str, Verdict]]) -> str:
    """The results side by side, by the title of each connector, as Markdown."""
    names = list(dict.fromkeys(name for found in results.values() for name in found))
    lines = [["case", *results], ["---"] * (len(results) + 1)]
    lines += [[name, *(_cell(found.get(name)) for found in results.values())] for name in names]
    totals = (f"{sum(right for _, right in v.values())} of {len(v)}" for v in results.values())
    lines.append(["**right**", *(f"**{total}**" for total in totals)])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(verdict: Verdict | None) -> str:
    if verdict is None:
        return ""
    told, right = verdict
    return f"{'right' if right else '**wrong**'}: {told}".replace("|", "\\|")
