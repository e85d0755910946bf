"""Serve the assistant with Rasa's own Slack connector, pointed at another address than Slack's.

The connector has no setting for the address, so the default of slack_sdk's client is changed in
this process; nothing that is installed is touched. All else is as in `kneewise serve`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from slack_sdk.web.async_base_client import AsyncBaseClient

from benchmarks.connectors import serve_stock


def redirect(base_url: str) -> None:
    """Have every client of slack_sdk that names no address call this one."""
    token, _, *others = AsyncBaseClient.__init__.__defaults__ or ()
    AsyncBaseClient.__init__.__defaults__ = (token, base_url, *others)


def main(root: Path, models: Path, base_url: str) -> None:
    """Serve at PORT, with the credentials.yml and endpoints.yml of a folder."""
    redirect(base_url)
    serve_stock(root, models)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
