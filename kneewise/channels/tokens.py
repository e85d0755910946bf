"""Who writes over the web: a signed token that this server gave out, and the key that signs it."""

from __future__ import annotations

import os
import re
import secrets
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import jwt
from sanic.request import Request

from kneewise.channels.core import Refused, WrongSetting, conversation_id

SETTING = "KNEEWISE_WEB_SECRET"
FILE = "kneewise.secret"
SHORTEST = 32
"""Characters of a key: HMAC-SHA256 is as strong as its 256 bits at most."""
LIFETIME = 24 * 3600
"""Seconds that a token is good for, unless told otherwise; the widget renews it before."""
AUDIENCE = "kneewise-web"
_ALGORITHM = "HS256"
_CLAIMS = ["sub", "aud", "iat", "exp", "region"]
_SUBJECT = re.compile(r"[0-9a-f]{32}")
_LONGEST = 1000
"""Characters of a token; ours have about 250."""


@dataclass(frozen=True)
class Visitor:
    """Whom a token was given to: a number that says nothing about them, and where they live."""

    subject: str
    region: str

    @property
    def conversation(self) -> str:
        """The id of the one conversation that this visitor can read and write."""
        return conversation_id("web", self.subject)


class Tokens:
    """Gives out tokens and reads them."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def issue(self, region: str, subject: str | None = None, lifetime: int = LIFETIME) -> str:
        """A token for a new visitor, or for the one with that subject, good for so many seconds."""
        now = int(time.time())
        claims = {
            "sub": subject or secrets.token_hex(16),
            "aud": AUDIENCE,
            "iat": now,
            "exp": now + lifetime,
            "region": region,
        }
        return jwt.encode(claims, self._secret, algorithm=_ALGORITHM)

    def read(self, token: str) -> Visitor:
        """Whom a token was given to.

        Raises:
            Refused: 401, it is not one of ours, or it has expired.
        """
        try:
            claims = jwt.decode(
                token[:_LONGEST],
                self._secret,
                algorithms=[_ALGORITHM],
                audience=AUDIENCE,
                # When it was given out may lie ahead: the clocks of machines differ, and are set.
                options={"require": _CLAIMS, "verify_iat": False},
            )
        # ValueError: bytes that are no text; RecursionError: JSON nested without end.
        except (jwt.PyJWTError, ValueError, RecursionError):
            claims = {}
        ours = _SUBJECT.fullmatch(claims.get("sub", "")) and isinstance(claims["region"], str)
        if not ours:
            raise Refused(401, "the token is not valid, or has expired", "unauthorized")
        return Visitor(claims["sub"], claims["region"])

    def bearer(self, request: Request) -> Visitor:
        """Who sent a request.

        Raises:
            Refused: 401, it carries no valid token.
        """
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise Refused(401, "send the header Authorization: Bearer <token>", "unauthorized")
        return self.read(token.strip())


def secret_key(root: Path) -> str:
    """The key of the setting `KNEEWISE_WEB_SECRET`, else one made once and kept in a file.

    Raises:
        WrongSetting: the key is too short, or cannot be kept.
    """
    given = os.environ.get(SETTING)
    if given:
        if len(given) < SHORTEST:
            raise WrongSetting(f"{SETTING} must have at least {SHORTEST} characters.")
        return given
    file = root / FILE
    try:
        if not file.exists():
            _make(file)
        kept = file.read_text("ascii").strip()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "not text"
        raise WrongSetting(
            f"The key of the web channel cannot be kept in {file} ({why}). "
            f"Set {SETTING} to a random text of {SHORTEST} or more characters."
        ) from error
    if len(kept) < SHORTEST:
        raise WrongSetting(f"{file} is damaged. Delete it, and a new key is made at the start.")
    return kept


def _make(file: Path) -> None:
    """Write a random key that only this user can read; if another process was first, leave its.

    Linked into place whole: a process that starts at the same time never reads half a key.
    """
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f"{FILE}.")  # mode 0600
    try:
        with os.fdopen(handle, "w", encoding="ascii") as out:
            out.write(secrets.token_urlsafe(48) + "\n")
        with suppress(FileExistsError):
            os.link(name, file)
    finally:
        Path(name).unlink()
