"""The commands behind the Makefile: `python -m kneewise <command>`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def _quiet() -> None:
    """Keep what Rasa's libraries say about themselves at every start off the terminal."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import sanic  # noqa: F401 - it switches deprecation warnings on, so it is imported before

    warnings.simplefilter("ignore")


def _one_thread() -> None:
    """Let numpy work in one thread: for one message, more of them only wait for each other."""
    for library in ("OMP", "OPENBLAS", "MKL"):
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")


def build() -> int:
    """Write the spaCy pipeline and the sentence encoder that config.yml names, and the pictures."""
    from kneewise.encoder_build import WrongWeights, build_encoder
    from kneewise.picture_build import NoFont, build_drawings
    from kneewise.training import build_spacy

    build_spacy(ROOT)
    try:
        build_encoder(ROOT)
        build_drawings(ROOT)
    except (WrongWeights, NoFont) as error:
        print(error.args[0], file=sys.stderr)
        return 1
    return 0


def train() -> int:
    """Train the model, unless what it is made of is unchanged."""
    from kneewise.training import train_model

    model, fresh = train_model(ROOT)
    print(f"Model {model.name} {'trained' if fresh else 'is up to date'}.")
    return 0


def _end_at_once(*_: object) -> None:
    """End while starting, when nothing has been begun yet. Sanic then has its own way of ending."""
    raise SystemExit(0)


def serve() -> int:
    """Serve the assistant."""
    _one_thread()
    # Process 1 of a container hears only of signals that it asked for, and Sanic asks last.
    signal.signal(signal.SIGTERM, _end_at_once)
    _quiet()
    from kneewise.lean import without_tensorflow

    try:
        without_tensorflow()
    except ValueError as error:
        print(error.args[0], file=sys.stderr)
        return 1
    from kneewise.serve import serve as serve_forever
    from kneewise.starting import CannotServe

    try:
        serve_forever(ROOT)
    except (CannotServe, KeyError) as error:
        print(error.args[0], file=sys.stderr)
        return 1
    return 0


def migrate() -> int:
    """Bring the database to this version; serving does it too."""
    from sqlalchemy.exc import SQLAlchemyError

    from kneewise.database import SETTING, Database, WrongDatabase
    from kneewise.migrate import migrate as bring
    from kneewise.privacy import where
    from kneewise.store import DATABASE

    try:
        done = bring(Database(os.environ.get(SETTING) or DATABASE))
    except WrongDatabase as error:
        print(error, file=sys.stderr)
        return 1
    except SQLAlchemyError as error:
        # Its own words may hold the address, and so a password.
        print(f"The database cannot be used ({where(error)}). Check {SETTING}.", file=sys.stderr)
        return 1
    print("The database was brought to this version." if done else "The database is up to date.")
    return 0


def shell() -> int:
    """Talk to the assistant in the terminal."""
    _quiet()
    from kneewise.shell import talk

    talk()
    return 0


def check() -> int:
    """Check the knowledge files; every problem on a line with its file and line."""
    from kneewise.validation import check as problems_of

    problems = problems_of(ROOT)
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"knowledge: {len(problems)} problem{'' if len(problems) == 1 else 's'}")
    return 1 if problems else 0


def rasa_test() -> int:
    """Run `rasa test core` on tests/test_stories.yml and require that stories were run."""
    from kneewise.privacy import configure_logging
    from kneewise.training import test_stories

    configure_logging()

    passed, total = test_stories(ROOT)
    print(f"stories: {passed} of {total} predicted right")
    return 0 if total and passed == total else 1


def journey() -> int:
    """Write docs/journey.md: eight weeks with the coach, as they are held today."""
    from kneewise.journey import write

    write(ROOT)
    return 0


def transcripts() -> int:
    """Write the conversations in README.md and docs/transcripts.md as they are held today."""
    from kneewise.transcripts import write

    write(ROOT)
    return 0


COMMANDS: Mapping[str, Callable[[], int]] = {
    "build": build,
    "train": train,
    "serve": serve,
    "migrate": migrate,
    "shell": shell,
    "check": check,
    "rasa-test": rasa_test,
    "transcripts": transcripts,
    "journey": journey,
}


def main(argv: list[str] | None = None) -> int:
    """Run one command; the exit status is 0 if it went well."""
    # Rasa reports usage over the network unless told not to; not from a health assistant.
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
    parser = argparse.ArgumentParser(prog="kneewise", description="Run and check Kneewise.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, run in COMMANDS.items():
        commands.add_parser(name, help=(run.__doc__ or "").splitlines()[0])
    return COMMANDS[parser.parse_args(argv).command]()
