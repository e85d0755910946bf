"""Serve the assistant with Rasa's own Telegram connector, pointed at another address.

The connector has no setting for the address, so the one that aiogram has is changed in this
process; nothing that is installed is touched. All else is as in `kneewise serve`.

On today's dependencies the connector answers nothing: its `asyncio.run` at the start leaves a
session that is bound to a closed loop. With `repaired` that call is left out, to see the rest.
"""

from __future__ import annotations

import sys
from pathlib import Path

from aiogram.bot.api import TELEGRAM_PRODUCTION
from rasa.core.channels.telegram import TelegramInput, TelegramOutput

from benchmarks.connectors import serve_stock


def redirect(base_url: str) -> None:
    """Have every bot of aiogram that names no server call this one."""
    # The object itself is the bound default of aiogram's constructor.
    object.__setattr__(TELEGRAM_PRODUCTION, "base", f"{base_url}/bot{{token}}/{{method}}")


def repair() -> None:
    """Leave out the call at the start that breaks the rest; the webhook is then set by hand."""
    TelegramInput.get_output_channel = lambda self: TelegramOutput(self.access_token)


def main(root: Path, models: Path, base_url: str, how: str) -> None:
    """Serve at PORT, with the credentials.yml and endpoints.yml of a folder."""
    redirect(base_url)
    if how == "repaired":
        repair()
    serve_stock(root, models)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4])
