"""Which web pages may talk to the server."""

from __future__ import annotations

import pytest
from sanic.request import Request

from kneewise.channels.core import Refused, WrongSetting
from kneewise.channels.origins import SETTING, Origins, set_origins

CLUB = "https://club.example"


def asked(**headers: str) -> Request:
    """A request with headers."""
    return Request(b"/", headers, "1.1", "POST", None, None)


@pytest.mark.parametrize(
    ("given", "origins"),
    [
        ("", ()),
        (" , ", ()),
        (CLUB, (CLUB,)),
        (f"{CLUB}, http://localhost:8000,{CLUB}", (CLUB, "http://localhost:8000")),
        ("https://Club.Example", (CLUB,)),
        ("http://[::1]:5005", ("http://[::1]:5005",)),
    ],
)
def test_the_setting(given, origins, monkeypatch):
    monkeypatch.setenv(SETTING, given)
    assert set_origins() == origins


@pytest.mark.parametrize(
    "given",
    [
        "*",
        "https://*.club.example",
        "club.example",
        "https://club.example/",
        "https://club.example/page",
        "https://club.example; script-src *",
        "https://club.example 'self'",
        "https://user@club.example",
        "ftp://club.example",
        "null",
        "https://",
        f"{CLUB},*",
    ],
)
def test_what_is_no_exact_origin_is_refused(given, monkeypatch):
    monkeypatch.setenv(SETTING, given)
    with pytest.raises(WrongSetting, match=SETTING):
        set_origins()


ALLOWED = [
    {"Origin": "http://127.0.0.1:5005", "Host": "127.0.0.1:5005"},
    {"Origin": "https://knee.example", "Host": "knee.example"},
    {"Origin": "https://Knee.example", "Host": "knee.Example"},
    {"Origin": CLUB, "Host": "knee.example"},
]
FORBIDDEN = [
    {"Origin": "https://evil.example", "Host": "knee.example"},
    {"Origin": "http://club.example", "Host": "knee.example"},
    {"Origin": "https://club.example:8443", "Host": "knee.example"},
    {"Origin": "https://sub.club.example", "Host": "knee.example"},
    {"Origin": "https://club.example.evil.example", "Host": "knee.example"},
    {"Origin": "http://127.0.0.1:5006", "Host": "127.0.0.1:5005"},
    {"Origin": "null", "Host": "knee.example"},
    {"Origin": "", "Host": ""},
    {"Origin": "http://", "Host": ""},
    {"Origin": "file://", "Host": ""},
]


@pytest.mark.parametrize("headers", ALLOWED)
def test_its_own_page_and_those_of_the_setting_are_let_in(headers):
    origins, request = Origins((CLUB,)), asked(**headers)
    origins.check(request, needed=True)
    told = origins.headers(request)
    assert told["Access-Control-Allow-Origin"] == headers["Origin"]
    assert told["Vary"] == "Origin"
    assert "Access-Control-Allow-Credentials" not in told


@pytest.mark.parametrize("headers", FORBIDDEN)
def test_other_pages_are_not(headers):
    origins, request = Origins((CLUB,)), asked(**headers)
    with pytest.raises(Refused) as refused:
        origins.check(request)
    assert (refused.value.status, refused.value.code) == (403, "forbidden_origin")
    assert origins.headers(request) == {"Vary": "Origin"}


def test_without_an_origin_it_depends():
    origins, request = Origins((CLUB,)), asked(Host="knee.example")
    origins.check(request)
    with pytest.raises(Refused):
        origins.check(request, needed=True)
