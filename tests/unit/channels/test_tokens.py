"""Tokens of the web channel, and the key that signs them."""

from __future__ import annotations

import base64
import json
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import jwt
import pytest
from sanic.request import Request

from kneewise.channels.core import Refused, WrongSetting
from kneewise.channels.tokens import FILE, LIFETIME, SETTING, Tokens, secret_key

ROOT = Path(__file__).resolve().parents[3]
KEY = "k" * 48
TOKENS = Tokens(KEY)
NOW = int(time.time())
CLAIMS: dict[str, Any] = {
    "sub": "0123456789abcdef" * 2,
    "aud": "kneewise-web",
    "iat": NOW,
    "exp": NOW + 3600,
    "region": "uk",
}


def made(key: str = KEY, without: str | None = None, **changed: Any) -> str:
    """A token with claims other than ours."""
    claims = {**CLAIMS, **changed}
    claims.pop(without or "", None)
    return jwt.encode(claims, key, algorithm="HS256")


def unsigned(header: bytes, claims: bytes = json.dumps(CLAIMS).encode()) -> str:
    """A token whose parts are what they are, without a signature."""
    parts = (base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in (header, claims, b""))
    return ".".join(parts)


def test_a_token_says_who_and_where_and_for_how_long():
    token = TOKENS.issue("uk")
    visitor = TOKENS.read(token)
    assert visitor.region == "uk"
    assert visitor.conversation == f"web-{visitor.subject}"
    claims = jwt.decode(token, options={"verify_signature": False})
    assert set(claims) == set(CLAIMS)
    assert claims["exp"] - claims["iat"] == LIFETIME == 86_400
    assert len(bytes.fromhex(claims["sub"])) == 16
    assert TOKENS.read(made()).subject == CLAIMS["sub"]


def test_a_token_can_be_good_for_longer():
    claims = jwt.decode(TOKENS.issue("uk", None, 7_776_000), options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == 7_776_000
    assert set(claims) == set(CLAIMS)


def test_a_token_of_a_machine_whose_clock_is_ahead_is_good():
    assert TOKENS.read(made(iat=NOW + 7200, exp=NOW + 10_800)).subject == CLAIMS["sub"]


def test_every_visitor_gets_another_subject_and_a_known_one_keeps_theirs():
    subjects = {TOKENS.read(TOKENS.issue("uk")).subject for _ in range(50)}
    assert len(subjects) == 50
    kept = subjects.pop()
    assert TOKENS.read(TOKENS.issue("us", kept)).subject == kept


BAD = {
    "another key": made(key="x" * 48),
    "alg none": unsigned(b'{"alg":"none","typ":"JWT"}'),
    "alg HS512": jwt.encode(CLAIMS, "k" * 64, algorithm="HS512"),
    "expired": made(exp=NOW - 1),
    "another audience": made(aud="kneewise-rest"),
    "subject of another form": made(sub="../etc/passwd"),
    "subject with a line end": made(sub=CLAIMS["sub"] + "\n"),
    "subject of another kind": made(sub=7),
    "audience of another kind": made(aud={"kneewise-web": 1}),
    "end of another kind": made(exp="tomorrow"),
    "region of another kind": made(region=7),
    **{f"without {claim}": made(without=claim) for claim in CLAIMS},
    "nothing": "",
    "no token": "token",
    "only dots": "..",
    "no JSON": unsigned(b"hello"),
    "very deep": unsigned(b"[" * 500 + b"]" * 500),
    "very long": made() + "a" * 5000,
    "lone surrogate": made()[:-1] + "\ud800",
    "cut short": made()[:-1],
}


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
@pytest.mark.parametrize("token", BAD.values(), ids=BAD.keys())
def test_what_is_not_ours_is_refused(token):
    with pytest.raises(Refused) as refused:
        TOKENS.read(token)
    assert (refused.value.status, refused.value.code) == (401, "unauthorized")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_header(scheme):
    request = Request(b"/", {"Authorization": f"{scheme} {made()}"}, "1.1", "POST", None, None)
    assert TOKENS.bearer(request).subject == CLAIMS["sub"]


@pytest.mark.parametrize("header", [{}, {"Authorization": ""}, {"Authorization": made()}])
def test_without_the_header_nobody_is_known(header):
    with pytest.raises(Refused, match="Bearer <token>"):
        TOKENS.bearer(Request(b"/", header, "1.1", "POST", None, None))


# --- the key -------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SETTING, raising=False)


def test_a_key_is_made_once_for_this_user_only(tmp_path):
    key = secret_key(tmp_path)
    assert len(key) >= 32
    assert secret_key(tmp_path) == key
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    other = tmp_path / "other"
    other.mkdir()
    assert secret_key(other) != key


def test_the_setting_comes_first_and_leaves_no_file(tmp_path, monkeypatch):
    monkeypatch.setenv(SETTING, KEY)
    assert secret_key(tmp_path) == KEY
    assert not list(tmp_path.iterdir())


def test_a_short_setting_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv(SETTING, "k" * 31)
    with pytest.raises(WrongSetting, match=rf"^{SETTING} must have at least 32 characters\.$"):
        secret_key(tmp_path)


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 64], ids=["empty", "short", "bytes"])
def test_a_damaged_file_is_refused(content, tmp_path):
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(WrongSetting, match=FILE):
        secret_key(tmp_path)


def test_a_folder_that_cannot_be_written_asks_for_the_setting(tmp_path):
    with pytest.raises(WrongSetting, match=rf"cannot be kept .*Set {SETTING} to"):
        secret_key(tmp_path / "nowhere")


MAKE = "import sys; from pathlib import Path; from kneewise.channels.tokens import secret_key; "
MAKE += "sys.stdin.readline(); print(secret_key(Path(sys.argv[1])))"


def test_processes_that_start_at_once_get_the_same_key(tmp_path):
    command = (sys.executable, "-W", "ignore", "-c", MAKE, str(tmp_path))
    pipe = subprocess.PIPE
    started = [
        subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)  # noqa: S603
        for _ in range(3)
    ]
    for process in started:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    keys = [process.communicate(timeout=120)[0].strip() for process in started]
    assert len(keys[0]) >= 32
    assert set(keys) == {keys[0]}
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
