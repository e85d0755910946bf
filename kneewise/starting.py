"""What happens when the server starts and stops: all is looked at before the first runner comes."""

from __future__ import annotations

import gc
import os
import re
import tarfile
from asyncio import AbstractEventLoop, CancelledError
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from rasa.core import run as rasa_run
from rasa.core.tracker_store import TrackerStore
from rasa.core.utils import AvailableEndpoints
from sanic import Sanic

from kneewise import knowledge, metrics, watching
from kneewise.channels.core import WrongSetting
from kneewise.coach.reading import read_day
from kneewise.database import WrongDatabase
from kneewise.lean import SETTING, needing_tensorflow
from kneewise.privacy import where
from kneewise.rasa_compat import check_version, keep_in, own_store
from kneewise.retention import keep_erasing
from kneewise.shared import Shared, shared_by

_VERSION = re.compile(r'^version = "(.+)"$', re.MULTILINE)
ROOT = Path(__file__).resolve().parents[1]


class CannotServe(RuntimeError):
    """Why the server cannot start, in a sentence that says what to do."""


def checked(root: Path) -> Path:
    """The newest model, when all that it needs to answer is there.

    Raises:
        CannotServe: something is missing, damaged, or of another version.
    """
    try:
        check_version()
        kb = knowledge.load()
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise CannotServe(
            f"The knowledge cannot be read: {' '.join(str(error).split())}. Run `make check`."
        ) from error
    except RuntimeError as error:
        raise CannotServe(str(error)) from error
    try:
        kb.region()
    except KeyError as error:
        raise CannotServe(f"{error.args[0]}.") from error
    return checked_model(root / "models")


def checked_model(folder: Path) -> Path:
    """The newest model of a folder, read once from end to end.

    Raises:
        CannotServe: there is none, or it is damaged.
    """
    found = sorted(folder.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    if not found:
        raise CannotServe(f"There is no model in {folder}. Run `make train`.")
    try:
        with tarfile.open(found[-1]) as archive:
            names = archive.getnames()
    except (tarfile.TarError, EOFError, OSError) as error:
        raise CannotServe(
            f"The model {found[-1]} is damaged. Delete it and run `make train`."
        ) from error
    if not any(name.endswith("metadata.json") for name in names):
        raise CannotServe(
            f"The model {found[-1]} is not a Rasa model. Delete it and run `make train`."
        )
    if needing := needing_tensorflow(found[-1]):
        raise CannotServe(
            f"The model {found[-1]} needs TensorFlow for {', '.join(needing)}. Set {SETTING}=on."
        )
    return found[-1]


def version(root: Path) -> str:
    """The version of the code, which pyproject.toml holds."""
    found = _VERSION.search((root / "pyproject.toml").read_text("utf-8"))
    return found[1] if found else "unknown"


def shared_of_setting() -> Shared | None:
    """What several processes share.

    Raises:
        WrongSetting: another setting is missing for that, or it is no address of Redis.
    """
    try:
        shared = Shared.of_setting()
    except ValueError as error:
        raise WrongSetting("KNEEWISE_REDIS must be redis://host:port/number.") from error
    if shared is not None and not os.environ.get("KNEEWISE_WEB_SECRET"):
        raise WrongSetting(
            "KNEEWISE_REDIS is for several processes, and these sign with one secret: set "
            "KNEEWISE_WEB_SECRET to the same 32 characters or more for all of them."
        )
    return shared


async def start(
    model: Path, endpoints: AvailableEndpoints, app: Sanic, loop: AbstractEventLoop
) -> None:
    """Load the model and open the store, and see that both work before the first runner does."""
    store = await _opened(endpoints)
    if shared := shared_by(app):
        if not store.shared:
            raise CannotServe(
                "KNEEWISE_REDIS is for several processes, and these need a database that they "
                "share: let KNEEWISE_DB be postgresql://user:password@host:port/name."
            )
        await shared.begin()
    agent = await rasa_run.load_agent_on_start(str(model), endpoints, None, app, loop)
    if not agent.is_ready():
        raise CannotServe(f"The model {model} is damaged. Delete it and run `make train`.")
    keep_in(agent, store)
    metrics.build(version(ROOT), model.name)
    try:
        await agent.parse_message("knee")
    except Exception as error:
        raise CannotServe(
            f"The model {model} does not answer ({where(error)}). Run `make train`."
        ) from error
    # Compiles the words of a diary, so that the first runner who writes a line need not wait.
    read_day("ran 5 km", date.today())
    watching.watch(agent)
    # What is loaded by now stays: the collector need not look at it again.
    gc.collect()
    gc.freeze()


async def _opened(endpoints: AvailableEndpoints) -> Any:
    """The store, which answers."""
    try:
        store = endpoints.tracker_store = TrackerStore.create(endpoints.tracker_store)
        await store.ping()
    except WrongDatabase as error:
        raise CannotServe(str(error)) from error
    except Exception as error:
        raise CannotServe(
            f"Conversations cannot be stored ({where(error)}). Check the setting KNEEWISE_DB."
        ) from error
    return store


async def begin_erasing(days: int, app: Sanic, loop: AbstractEventLoop) -> None:
    """Erase conversations that nobody has continued for so many days, as long as this runs."""
    app.ctx.eraser = loop.create_task(keep_erasing(app.ctx.agent.tracker_store, days))


async def end_erasing(app: Sanic, _: AbstractEventLoop) -> None:
    """Erase no more."""
    app.ctx.eraser.cancel()
    with suppress(CancelledError):
        await app.ctx.eraser


async def part(app: Sanic, _: AbstractEventLoop) -> None:
    """Leave the other processes, and close the database: so SQLite leaves one file, not three."""
    if shared := shared_by(app):
        await shared.end()
    if (agent := getattr(app.ctx, "agent", None)) is not None:
        own_store(agent).database.close()
